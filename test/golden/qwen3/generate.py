"""Golden values of a tiny Qwen3 from transformers: log-probabilities, greedy tokens, SFT gradients, AdamW and GRPO steps.

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
from golden_training import (  # noqa: E402
    adamw_results,
    enlarge_weights,
    gradients_of,
    greedy_results,
    logprob_results,
    new_batch,
    next_token_logits,
    sft_loss,
    target_logprobs,
    target_mask,
    weights_of,
)

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
    torch.manual_seed(seed + int(tied))
    model = Qwen3ForCausalLM(tiny_config(tied)).float().eval()
    enlarge_weights(model)
    return model


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
    tokens, mask = new_batch(lengths, 40, seed)
    for tied in (True, False):
        name = "tied" if tied else "untied"
        model = new_model(tied)
        save_file(weights_of(model), here / f"{name}-weights.safetensors")
        logprobs = logprob_results(model, tokens, mask)
        greedy, lead = greedy_results(model, [tokens[0, :4], tokens[4, :7], tokens[6, :1]])
        assert lead > 0.01, f"{name}: two tokens are almost equally likely ({lead})"
        loss = sft_loss(model, tokens, mask, prompt_lengths)
        loss.backward()
        save_file(gradients_of(model), here / f"{name}-sft-gradient.safetensors")
        trained = new_model(tied)
        adamw = adamw_results(trained, tokens, mask, prompt_lengths, steps=10, learning_rate=1e-3)
        if tied:
            save_file(weights_of(trained), here / "tied-adamw-weights.safetensors")
        write_json(
            here / f"{name}.json",
            {
                "config": decoder_config(model.config),
                "sequences": [tokens[row, :length] for row, length in enumerate(lengths)],
                "promptLengths": prompt_lengths,
                "logprobs": logprobs,
                "greedy": greedy,
                "sft": {"loss": loss},
                "adamw": adamw,
                "grpo": grpo_results(tied, tokens, mask, f"{name}-grpo-gradient.safetensors"),
            },
        )


main()
