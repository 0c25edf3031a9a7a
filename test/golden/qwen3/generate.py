"""Golden values of a tiny Qwen3 from transformers: log-probabilities, SFT gradients, AdamW steps, GRPO steps.

    python generate.py        # writes the files beside it

Everything is float32, eager attention, one thread, seed 20261123.
"""
import pathlib
import sys

import torch
from safetensors.torch import save_file
from transformers import Qwen3Config, Qwen3ForCausalLM

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parent))
from golden_json import write_json  # noqa: E402

torch.set_num_threads(1)
seed = 20261123
lengths = [9, 6, 3, 7, 9, 5, 2, 8]
prompt_lengths = [3, 2, 1, 4, 1, 2, 1, 3]
group_advantages = [1.2, -0.7, 0.3, -0.8, 0.9, -1.4, 0.6, -0.1]


def tiny_config(tied):
    return Qwen3Config(
        hidden_size=24,
        intermediate_size=20,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=16,
        rms_norm_eps=1e-6,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
        vocab_size=40,
        tie_word_embeddings=tied,
        max_position_embeddings=32,
        attention_bias=False,
        attention_dropout=0.0,
        use_sliding_window=False,
        attn_implementation="eager",
        dtype=torch.float32,
    )


def decoder_config(c):
    """In the names of gpu/models/decoder-config.ts."""
    return {
        "architecture": "qwen3",
        "hiddenSize": c.hidden_size,
        "intermediateSize": c.intermediate_size,
        "layers": c.num_hidden_layers,
        "heads": c.num_attention_heads,
        "keyValueHeads": c.num_key_value_heads,
        "headDim": c.head_dim,
        "rmsNormEpsilon": c.rms_norm_eps,
        "ropeTheta": 10000.0,
        "ropeScaling": None,
        "vocabularySize": c.vocab_size,
        "tieWordEmbeddings": c.tie_word_embeddings,
        "contextLength": c.max_position_embeddings,
        "qkNorm": True,
        "qkvBias": False,
    }


def new_model(tied):
    """Weights large enough that attention and the distribution are far from uniform."""
    torch.manual_seed(seed + int(tied))
    model = Qwen3ForCausalLM(tiny_config(tied)).float().eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() == 1:
                weight.copy_(1 + 0.2 * torch.randn(weight.shape))
            else:
                weight.copy_(torch.randn(weight.shape) * (0.6 if "embed" in name or "head" in name else 0.3))
    return model


def weights_of(model):
    return {name: weight.detach().clone().contiguous() for name, weight in model.named_parameters()}


def new_batch():
    """Right-padded; the padding's token occurs in real text too."""
    torch.manual_seed(seed)
    tokens = torch.zeros(len(lengths), max(lengths), dtype=torch.long)
    mask = torch.zeros_like(tokens)
    for row, length in enumerate(lengths):
        tokens[row, :length] = torch.randint(0, 40, (length,))
        mask[row, :length] = 1
    tokens[1, 2] = 0
    return tokens, mask


def next_token_logits(model, tokens, mask):
    """[B, T-1, V]: what position t says about token t + 1."""
    return model(input_ids=tokens, attention_mask=mask).logits[:, :-1].float()


def target_mask(mask, first_target):
    """[B, T-1]: true where the target token is real and not before `first_target` of its row."""
    place = torch.arange(1, mask.shape[1])[None, :]
    return (mask[:, 1:] == 1) & (place >= torch.tensor(first_target)[:, None])


def target_logprobs(logits, tokens, temperature=1.0):
    distribution = torch.log_softmax(logits / temperature, -1)
    return distribution.gather(-1, tokens[:, 1:, None]).squeeze(-1), distribution


def logprob_results(model, tokens, mask, k=5):
    with torch.no_grad():
        logprobs, distribution = target_logprobs(next_token_logits(model, tokens, mask), tokens)
        entropies = torch.distributions.Categorical(logits=distribution).entropy()
        best = distribution.topk(k, -1)
    keep = target_mask(mask, [1] * len(lengths))
    return {
        "k": k,
        "logprobs": logprobs[keep],
        "entropies": entropies[keep],
        "topLogprobs": best.values[keep],
        "topTokens": best.indices[keep],
    }


def sft_loss(model, tokens, mask):
    """Mean negative log-probability of the completion tokens, by torch's own cross entropy."""
    keep = target_mask(mask, prompt_lengths)
    logits = next_token_logits(model, tokens, mask)
    return torch.nn.functional.cross_entropy(logits[keep], tokens[:, 1:][keep])


def sft_results(model, tokens, mask, gradient_file):
    model.zero_grad()
    loss = sft_loss(model, tokens, mask)
    loss.backward()
    save_file({name: w.grad.clone().contiguous() for name, w in model.named_parameters()}, here / gradient_file)
    return {"loss": loss}


def adamw_results(tied, tokens, mask, final_file):
    model = new_model(tied)
    matrices = [w for w in model.parameters() if w.dim() > 1]
    gains = [w for w in model.parameters() if w.dim() == 1]
    settings = {"learningRate": 1e-3, "beta1": 0.9, "beta2": 0.95, "epsilon": 1e-8, "weightDecay": 0.1, "maxGradNorm": 1.0}
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": settings["weightDecay"]}, {"params": gains, "weight_decay": 0.0}],
        lr=settings["learningRate"],
        betas=(settings["beta1"], settings["beta2"]),
        eps=settings["epsilon"],
        foreach=False,
    )
    losses, norms = [], []
    for _ in range(10):
        optimizer.zero_grad()
        loss = sft_loss(model, tokens, mask)
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), settings["maxGradNorm"]).item())
        optimizer.step()
        losses.append(loss.item())
    if final_file:
        save_file(weights_of(model), here / final_file)
    return {**settings, "losses": losses, "gradNorms": norms, "finalLoss": sft_loss(model, tokens, mask)}


grpo_variants = {
    "on-policy": dict(low=0.2, high=0.2, dual=None, kl=0.0, estimator="k3", temperature=1.0, old=False),
    "warm-kl": dict(low=0.2, high=0.28, dual=3.0, kl=0.05, estimator="k3", temperature=1.3, old=True),
    "cold-k2": dict(low=0.1, high=0.4, dual=None, kl=0.2, estimator="k2", temperature=0.7, old=True),
}


def grpo_results(tied, tokens, mask, gradient_file):
    """Token-mean GRPO through the whole model; gradients of the embedding and of every gain."""
    keep = target_mask(mask, prompt_lengths)
    count = int(keep.sum())
    generator = torch.Generator().manual_seed(seed)
    advantages = torch.tensor(group_advantages)[:, None].expand(keep.shape)[keep]
    results, gradients = {}, {}
    for name, v in grpo_variants.items():
        model = new_model(tied)
        logits = next_token_logits(model, tokens, mask)
        logprobs, distribution = target_logprobs(logits, tokens, v["temperature"])
        new = logprobs[keep]
        old = new.detach() + 0.5 * torch.randn(count, generator=generator) if v["old"] else new.detach()
        ref = new.detach() + 0.4 * torch.randn(count, generator=generator)
        ratio = torch.exp(new - old)
        unclipped = ratio * advantages
        clipped = torch.clamp(ratio, 1 - v["low"], 1 + v["high"]) * advantages
        surrogate = torch.minimum(unclipped, clipped)
        touched = clipped < unclipped
        if v["dual"] is not None:
            bound = v["dual"] * advantages
            touched |= (advantages < 0) & (surrogate < bound)
            surrogate = torch.where(advantages < 0, torch.maximum(surrogate, bound), surrogate)
        d = ref - new
        kl = {"k1": -d, "k2": d * d / 2, "k3": torch.exp(d) - d - 1}[v["estimator"]].mean()
        policy_loss = -surrogate.mean()
        loss = policy_loss + v["kl"] * kl
        loss.backward()
        entropy = torch.distributions.Categorical(logits=distribution[keep]).entropy().mean()
        for parameter, weight in model.named_parameters():
            if weight.dim() == 1 or "embed" in parameter:
                gradients[f"{name}/{parameter}"] = weight.grad.clone().contiguous()
        results[name] = {
            "program": {
                "clipRatioLow": v["low"],
                "clipRatioHigh": v["high"],
                "clipRatioDual": v["dual"],
                "klCoef": v["kl"],
                "klEstimator": v["estimator"],
                "temperature": v["temperature"],
                "givenOldLogprobs": v["old"],
            },
            "advantages": advantages,
            "oldLogprobs": old,
            "refLogprobs": ref,
            "logprobs": new,
            "metrics": {
                "loss": loss,
                "policyLoss": policy_loss,
                "kl": kl if v["kl"] > 0 else 0.0,
                "clipFraction": touched.float().mean(),
                "ratioMean": ratio.mean(),
                "entropy": entropy,
            },
        }
    save_file(gradients, here / gradient_file)
    return results


def main():
    tokens, mask = new_batch()
    for tied in (True, False):
        name = "tied" if tied else "untied"
        model = new_model(tied)
        save_file(weights_of(model), here / f"{name}-weights.safetensors")
        write_json(
            here / f"{name}.json",
            {
                "config": decoder_config(model.config),
                "sequences": [tokens[row, :length] for row, length in enumerate(lengths)],
                "promptLengths": prompt_lengths,
                "logprobs": logprob_results(model, tokens, mask),
                "sft": sft_results(model, tokens, mask, f"{name}-sft-gradient.safetensors"),
                "adamw": adamw_results(tied, tokens, mask, "tied-adamw-weights.safetensors" if tied else None),
                "grpo": grpo_results(tied, tokens, mask, f"{name}-grpo-gradient.safetensors"),
            },
        )


main()
