"""What PyTorch says of a causal language model and a ragged batch: log-probabilities, greedy tokens, SFT, AdamW."""
import torch


def new_batch(lengths, vocabulary, seed):
    """Right-padded; the padding's token occurs in real text too."""
    torch.manual_seed(seed)
    tokens = torch.zeros(len(lengths), max(lengths), dtype=torch.long)
    mask = torch.zeros_like(tokens)
    for row, length in enumerate(lengths):
        tokens[row, :length] = torch.randint(0, vocabulary, (length,))
        mask[row, :length] = 1
    tokens[1, 2] = 0
    return tokens, mask


def enlarge_weights(model):
    """Weights large enough that attention and the distribution are far from uniform."""
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith(".bias"):
                weight.copy_(0.5 * torch.randn(weight.shape))
            elif weight.dim() == 1:
                weight.copy_(1 + 0.2 * torch.randn(weight.shape))
            else:
                weight.copy_(torch.randn(weight.shape) * (0.6 if "embed" in name or "head" in name else 0.3))


def weights_of(model):
    return {name: weight.detach().clone().contiguous() for name, weight in model.named_parameters()}


def gradients_of(model):
    return {name: weight.grad.clone().contiguous() for name, weight in model.named_parameters()}


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
    keep = target_mask(mask, [1] * len(tokens))
    return {
        "k": k,
        "logprobs": logprobs[keep],
        "entropies": entropies[keep],
        "topLogprobs": best.values[keep],
        "topTokens": best.indices[keep],
    }


def greedy_results(model, prompts, count=24):
    """By transformers' own `generate`, each prompt alone; and the smallest lead of a chosen token over the second best."""
    tokens, leads = [], []
    for prompt in prompts:
        result = model.generate(
            input_ids=prompt[None],
            attention_mask=torch.ones_like(prompt)[None],
            generation_config=type(model.generation_config)(
                do_sample=False, max_new_tokens=count, output_logits=True, return_dict_in_generate=True, pad_token_id=0
            ),
        )
        tokens.append(result.sequences[0, len(prompt):])
        best = torch.stack([logits[0].topk(2).values for logits in result.logits])
        leads.append((best[:, 0] - best[:, 1]).min().item())
    return {"prompts": list(prompts), "tokens": tokens}, min(leads)


def sft_loss(model, tokens, mask, prompt_lengths):
    """Mean negative log-probability of the completion tokens, by torch's own cross entropy."""
    keep = target_mask(mask, prompt_lengths)
    logits = next_token_logits(model, tokens, mask)
    return torch.nn.functional.cross_entropy(logits[keep], tokens[:, 1:][keep])


def adamw_results(model, tokens, mask, prompt_lengths, steps, learning_rate):
    """Trains `model` in place. Matrices decay, gains and biases do not."""
    matrices = [w for w in model.parameters() if w.dim() > 1]
    vectors = [w for w in model.parameters() if w.dim() == 1]
    settings = {
        "learningRate": learning_rate,
        "beta1": 0.9,
        "beta2": 0.95,
        "epsilon": 1e-8,
        "weightDecay": 0.1,
        "maxGradNorm": 1.0,
    }
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": settings["weightDecay"]}, {"params": vectors, "weight_decay": 0.0}],
        lr=settings["learningRate"],
        betas=(settings["beta1"], settings["beta2"]),
        eps=settings["epsilon"],
        foreach=False,
    )
    losses, norms = [], []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = sft_loss(model, tokens, mask, prompt_lengths)
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), settings["maxGradNorm"]).item())
        optimizer.step()
        losses.append(loss.item())
    return {**settings, "losses": losses, "gradNorms": norms, "finalLoss": sft_loss(model, tokens, mask, prompt_lengths)}
