"""Golden values of the GRPO loss: per-token log-probabilities in, loss, its parts and its gradient out.

    python generate.py        # writes cases.json beside it

Written over padded [B, T] matrices and masks, as the papers state the loss. float32, one thread, seed 20261123.
"""
import itertools
import pathlib
import sys

import torch

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parent))
from golden_json import write_json  # noqa: E402

torch.set_num_threads(1)
lengths = [5, 2, 7, 1, 4, 3]
advantages = [1.3, -0.9, 0.4, 0.0, -1.7, 0.9]

mask = torch.zeros(len(lengths), max(lengths))
for row, length in enumerate(lengths):
    mask[row, :length] = 1

clips = {
    "no clip": (1.0, 1e6, None),
    "symmetric": (0.2, 0.2, None),
    "higher": (0.2, 0.28, None),
    "dual": (0.2, 0.3, 3.0),
    "tight dual": (0.1, 0.4, 1.5),
}
penalties = [("k3", 0.0), ("k1", 0.05), ("k2", 0.1), ("k3", 0.05)]


def masked_mean(x):
    return (x * mask).sum() / mask.sum()


aggregations = {
    "token-mean": masked_mean,
    "seq-mean-token-mean": lambda x: ((x * mask).sum(1) / mask.sum(1)).mean(),
    "seq-mean-token-sum": lambda x: (x * mask).sum(1).mean(),
}


def kl_estimate(name, logprobs, reference):
    """Schulman 2020, with r = reference / policy."""
    log_r = reference - logprobs
    if name == "k1":
        return -log_r
    if name == "k2":
        return log_r.square() / 2
    return torch.exp(log_r) - 1 - log_r


def case(data, clip, estimator, coefficient, aggregation, given_old):
    low, high, dual = clips[clip]
    mean = aggregations[aggregation]
    logprobs = data["logprobs"].clone().requires_grad_(True)
    old = data["old"] if given_old else logprobs.detach()
    advantage = torch.tensor(advantages)[:, None]

    ratio = torch.exp(logprobs - old)
    loss_free = -advantage * ratio
    loss_clipped = -advantage * ratio.clamp(1 - low, 1 + high)
    loss_per_token = torch.maximum(loss_free, loss_clipped)
    touched = loss_clipped > loss_free
    if dual is not None:
        ceiling = (-advantage * dual).expand_as(ratio)
        touched = touched | ((advantage < 0) & (loss_per_token > ceiling))
        loss_per_token = torch.where(advantage < 0, torch.minimum(loss_per_token, ceiling), loss_per_token)

    policy_loss = mean(loss_per_token)
    kl = mean(kl_estimate(estimator, logprobs, data["reference"]))
    loss = policy_loss + coefficient * kl if coefficient > 0 else policy_loss
    loss.backward()
    keep = mask.bool()
    return {
        "name": f"{clip}, {estimator} x {coefficient}, {aggregation}, {'old given' if given_old else 'on policy'}",
        "clipRatioLow": low,
        "clipRatioHigh": high,
        "clipRatioDual": dual,
        "klEstimator": estimator,
        "klCoef": coefficient,
        "aggregation": aggregation,
        "givenOldLogprobs": given_old,
        "loss": loss,
        "policyLoss": policy_loss,
        "kl": kl if coefficient > 0 else 0.0,
        "clipFraction": mean(touched.float()),
        "ratioMean": mean(ratio),
        "gradient": logprobs.grad[keep],
    }


def main():
    torch.manual_seed(20261123)
    shape = mask.shape
    logprobs = -torch.rand(shape) * 4
    data = {
        "logprobs": logprobs,
        # wide enough that every clip, the dual one too, is met on some tokens and not on others
        "old": logprobs + 0.6 * torch.randn(shape) - 0.2,
        "reference": logprobs + 0.5 * torch.randn(shape),
    }
    cases = [case(data, c, *p, a, True) for c, p, a in itertools.product(clips, penalties, aggregations)]
    cases += [case(data, "dual", *p, a, False) for p, a in itertools.product(penalties, aggregations)]
    keep = mask.bool()
    write_json(
        here / "cases.json",
        {
            "lengths": lengths,
            "advantages": advantages,
            "logprobs": logprobs[keep],
            "oldLogprobs": data["old"][keep],
            "refLogprobs": data["reference"][keep],
            "cases": cases,
        },
    )


main()
