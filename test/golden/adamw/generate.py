"""Golden values of torch.optim.AdamW, clip_grad_norm_ and transformers' warm-up-cosine schedule on a few numbers.

    python generate.py        # writes adamw.json beside it
"""
import pathlib
import sys

import torch
from transformers import get_constant_schedule_with_warmup, get_cosine_with_min_lr_schedule_with_warmup

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parent))
from golden_json import write_json  # noqa: E402

torch.set_num_threads(1)
settings = {"learningRate": 3e-2, "beta1": 0.9, "beta2": 0.99, "epsilon": 1e-8, "weightDecay": 0.3}


def adamw_steps():
    """Three decayed weights, three that are not. One gradient is always 0, one is tiny, one changes sign."""
    torch.manual_seed(20261123)
    decayed = torch.nn.Parameter(torch.tensor([1.5, -0.8, 0.02]))
    plain = torch.nn.Parameter(torch.tensor([1.0, -2.5, 0.3]))
    start = torch.cat([decayed, plain]).tolist()
    optimizer = torch.optim.AdamW(
        [{"params": [decayed], "weight_decay": settings["weightDecay"]}, {"params": [plain], "weight_decay": 0.0}],
        lr=settings["learningRate"],
        betas=(settings["beta1"], settings["beta2"]),
        eps=settings["epsilon"],
        foreach=False,
    )
    steps = []
    for step in range(6):
        gradient = torch.randn(6) * torch.tensor([1.0, 10.0, 1e-7, 1.0, 0.0, 1.0])
        gradient[0] = 0.5 * (-1) ** step
        decayed.grad, plain.grad = gradient[:3].clone(), gradient[3:].clone()
        optimizer.step()
        moments = {
            name: torch.cat([optimizer.state[decayed][name], optimizer.state[plain][name]])
            for name in ("exp_avg", "exp_avg_sq")
        }
        steps.append(
            {
                "gradient": gradient,
                "weights": torch.cat([decayed, plain]),
                "firstMoment": moments["exp_avg"],
                "secondMoment": moments["exp_avg_sq"],
            }
        )
    return {**settings, "start": start, "decayMask": [1, 1, 1, 0, 0, 0], "steps": steps}


def clipping():
    cases = []
    for gradient, max_norm in [([3.0, 4.0], 1.0), ([3.0, 4.0], 10.0), ([3.0, 4.0], 5.0), ([1e-4, 2e-4], 1e-5), ([0.0, 0.0], 1.0)]:
        weight = torch.nn.Parameter(torch.zeros(2))
        weight.grad = torch.tensor(gradient)
        norm = torch.nn.utils.clip_grad_norm_([weight], max_norm)
        cases.append({"gradient": gradient, "maxNorm": max_norm, "clipped": weight.grad, "norm": norm})
    return cases


def rates(make):
    """The rate of step 1, 2, ...: the scheduler's own count starts at 0."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=settings["learningRate"])
    scheduler = make(optimizer)
    result = []
    for _ in range(14):
        optimizer.step()
        scheduler.step()
        result.append(scheduler.get_last_lr()[0])
    return result


def schedules():
    cosine = dict(num_warmup_steps=4, num_training_steps=12, min_lr=3e-3)
    return {
        "peak": settings["learningRate"],
        "floor": 3e-3,
        "warmup": 4,
        "total": 12,
        "warmupCosine": rates(lambda o: get_cosine_with_min_lr_schedule_with_warmup(o, **cosine))[:12],
        "constant": rates(lambda o: get_constant_schedule_with_warmup(o, num_warmup_steps=4)),
    }


write_json(here / "adamw.json", {"adamw": adamw_steps(), "clipping": clipping(), "schedules": schedules()})
