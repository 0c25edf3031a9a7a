"""The training shapes of bench/speed/shapes.ts in PyTorch with transformers' Qwen3, for a run side by side.

Forward, cross-entropy, backward, clip to norm 1 and AdamW in float32 on the CPU; the loss is `crossEntropy` of
`npm run bench`. Needs torch and transformers; the product does not.

    python bench/compare-torch.py [--threads N] [--steps N] [--attention sdpa|eager] [--compile] [--only 4x128,8x512]
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time

import torch
import transformers

SHAPES = {
    "4x128": dict(layers=4, width=128, ffn=384, heads=4, kv_heads=2, head_dim=32, vocabulary=32, batch=64, length=64),
    "8x512": dict(
        layers=8, width=512, ffn=1536, heads=8, kv_heads=4, head_dim=64, vocabulary=8192, batch=16, length=256
    ),
}


def training_flops(s):
    """bench/speed/flops.ts: 3 x forward; every token but the first of a sequence is predicted."""
    tokens = s["batch"] * s["length"]
    attention_width = s["heads"] * s["head_dim"]
    layer = 2 * s["width"] * attention_width + 2 * s["width"] * s["kv_heads"] * s["head_dim"] + 3 * s["width"] * s["ffn"]
    head = (tokens - s["batch"]) * s["vocabulary"] * s["width"]
    attended = tokens * (s["length"] + 1) / 2
    return 3 * (2 * (tokens * s["layers"] * layer + head) + 4 * s["layers"] * attention_width * attended)


def measure(name, shape, arguments):
    torch.manual_seed(1)
    config = transformers.Qwen3Config(
        hidden_size=shape["width"],
        intermediate_size=shape["ffn"],
        num_hidden_layers=shape["layers"],
        num_attention_heads=shape["heads"],
        num_key_value_heads=shape["kv_heads"],
        head_dim=shape["head_dim"],
        vocab_size=shape["vocabulary"],
        max_position_embeddings=256,
        tie_word_embeddings=True,
        use_cache=False,
        attn_implementation=arguments.attention,
    )
    model = transformers.Qwen3ForCausalLM(config).float().train()
    parameters = list(model.parameters())
    optimiser = torch.optim.AdamW(parameters, lr=1e-5, weight_decay=0.01)
    forward = torch.compile(model) if arguments.compile else model

    def step():
        tokens = torch.randint(0, shape["vocabulary"], (shape["batch"], shape["length"]))
        started = time.perf_counter()
        forward(input_ids=tokens, labels=tokens).loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        return time.perf_counter() - started

    step()
    step()
    # As many steps as `npm run bench` takes in its rounds: seven of the small ones for each large one.
    seconds = [step() for _ in range(arguments.steps * (7 if name == "4x128" else 1))]
    tokens = shape["batch"] * shape["length"]
    return {
        "config": name,
        "tokensPerSecond": tokens / min(seconds),
        "medianTokensPerSecond": tokens / statistics.median(seconds),
        "gflops": training_flops(shape) / min(seconds) / 1e9,
        "samples": len(seconds),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--attention", choices=["sdpa", "eager"], default="sdpa")
    parser.add_argument("--compile", action="store_true", help="torch.compile instead of eager")
    parser.add_argument("--only", default=",".join(SHAPES))
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    train = []
    for name in arguments.only.split(","):
        if name not in SHAPES:
            parser.error(f"--only: {name!r} is not one of {', '.join(SHAPES)}")
        train.append(measure(name, SHAPES[name], arguments))
        print(f"{name}: {train[-1]['tokensPerSecond']:.0f} tokens/s", file=sys.stderr)
    mode = "compile" if arguments.compile else "eager"
    versions = dict(torch=torch.__version__, transformers=transformers.__version__, python=platform.python_version())
    print(json.dumps(dict(train=train, mode=mode, attention=arguments.attention, threads=arguments.threads, **versions)))


if __name__ == "__main__":
    main()
