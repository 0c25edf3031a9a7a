"""Rotary frequencies and magnitudes that transformers derives from config.json: python generate.py. transformers 5.18.0."""
import pathlib
import sys

from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parent))
from golden_json import write_json  # noqa: E402

original = {"original_max_position_embeddings": 8192}
bands = {"low_freq_factor": 1.0, "high_freq_factor": 4.0}
yarn = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768}
cases = {
    "linear": (128, 10000.0, {"rope_type": "linear", "factor": 8.0}),
    "llama-3.1": (128, 500000.0, {"rope_type": "llama3", "factor": 8.0, **bands, **original}),
    "llama-3.2": (64, 500000.0, {"rope_type": "llama3", "factor": 32.0, **bands, **original}),
    "yarn": (128, 1000000.0, yarn),
    "yarn with its own attention factor": (128, 1000000.0, {**yarn, "attention_factor": 0.75}),
    "yarn with mscale": (64, 10000.0, {**yarn, "factor": 40.0, "mscale": 0.707, "mscale_all_dim": 1.0,
                                       "original_max_position_embeddings": 4096}),
    "yarn with one mscale": (64, 10000.0, {**yarn, "mscale": 0.707, "mscale_all_dim": 0.0}),
    "yarn without truncation": (64, 150000.0, {**yarn, "factor": 32.0, "truncate": False, "beta_fast": 32.0,
                                               "beta_slow": 1.0, "original_max_position_embeddings": 4096}),
    "yarn with other bounds": (128, 10000.0, {**yarn, "beta_fast": 16.0, "beta_slow": 2.0}),
    "yarn whose bounds meet": (16, 10000.0, {**yarn, "beta_fast": 1e9, "beta_slow": 1e9}),
    "yarn that shortens": (16, 10000.0, {**yarn, "factor": 0.5}),
}


def result(head_dim, theta, rope):
    config = LlamaConfig(
        hidden_size=4 * head_dim,
        num_attention_heads=4,
        max_position_embeddings=131072,
        rope_parameters={"rope_theta": theta, **rope},
    )
    frequencies, magnitude = ROPE_INIT_FUNCTIONS[rope["rope_type"]](config)
    return {
        "headDim": head_dim,
        "ropeTheta": theta,
        "rope_scaling": rope,
        "frequencies": frequencies,
        "magnitude": float(magnitude),
    }


write_json(here / "rope.json", {name: result(*case) for name, case in cases.items()})
