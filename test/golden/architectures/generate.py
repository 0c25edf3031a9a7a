"""A tiny folder per architecture as its users have it on disk, and what transformers computes from that folder.

    python generate.py        # writes one folder per case beside it

Each case is made at random, written with the dtype and the spelling of config.json that its kind of checkpoint has, read
back with `from_pretrained(dtype=float32)`, and only then asked: so reading the folder is part of what is compared.
"""
import json
import pathlib
import shutil
import sys

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM
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
    sft_loss,
    weights_of,
)

torch.set_num_threads(1)
lengths = [40, 7, 23, 2]
prompt_lengths = [3, 2, 9, 1]
vocabulary = 28
shape = dict(
    hidden_size=20,
    intermediate_size=12,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    vocab_size=vocabulary,
    max_position_embeddings=256,
    bos_token_id=None,
    eos_token_id=None,
    pad_token_id=None,
)
# Over 64 original positions, theta 10000 and 8 pairs, each of these leaves some pairs alone, slows some down by the
# whole factor and mixes some.
llama3 = {
    "rope_type": "llama3",
    "factor": 4.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
yarn = {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64}


def version4(theta, scaling):
    """config.json as transformers 4 wrote it."""
    def respell(config):
        config.pop("rope_parameters")
        config.pop("layer_types", None)
        dtype = config.pop("dtype")
        return {**config, "rope_theta": theta, "rope_scaling": scaling, "torch_dtype": dtype}

    return respell


def llama2(config):
    """As Llama 2 wrote it: it has keys for every head and does not say how many, nor how large a head is."""
    config = version4(10000.0, None)(config)
    return {key: value for key, value in config.items() if key not in ("num_key_value_heads", "head_dim")}


cases = {
    # name: (config, model class, dtype on disk, largest shard, how config.json is respelled)
    "qwen3-sharded": (
        Qwen3Config(**shape, head_dim=16, rope_parameters={"rope_type": "default", "rope_theta": 1e6}),
        Qwen3ForCausalLM, torch.bfloat16, "8KB", None,
    ),
    "qwen2": (
        Qwen2Config(**{**shape, "hidden_size": 24}, rope_parameters={"rope_type": "default", "rope_theta": 1e6}),
        Qwen2ForCausalLM, torch.float32, None, version4(1e6, None),
    ),
    "qwen2-yarn": (
        Qwen2Config(**{**shape, "hidden_size": 32, "num_attention_heads": 2, "num_key_value_heads": 1},
                    tie_word_embeddings=True),
        Qwen2ForCausalLM, torch.bfloat16, None, version4(10000.0, yarn),
    ),
    "llama3": (
        LlamaConfig(**shape, head_dim=16, rms_norm_eps=1e-5, tie_word_embeddings=True,
                    rope_parameters={"rope_theta": 10000.0, **llama3}),
        LlamaForCausalLM, torch.bfloat16, None, None,
    ),
    "llama-mha": (
        LlamaConfig(**{**shape, "hidden_size": 24, "num_key_value_heads": 4}),
        LlamaForCausalLM, torch.float16, None, llama2,
    ),
    "llama-linear": (
        LlamaConfig(**shape, head_dim=16,
                    rope_parameters={"rope_type": "linear", "factor": 2.5, "rope_theta": 10000.0}),
        LlamaForCausalLM, torch.bfloat16, None, None,
    ),
}


def write_folder(folder, seed, config, model_class, dtype, shard_size, respell):
    shutil.rmtree(folder, ignore_errors=True)
    torch.manual_seed(seed)
    model = model_class(config).float()
    enlarge_weights(model)
    model.to(dtype).save_pretrained(folder, **({"max_shard_size": shard_size} if shard_size else {}))
    (folder / "generation_config.json").unlink()
    if respell is not None:
        path = folder / "config.json"
        path.write_text(json.dumps(respell(json.loads(path.read_text())), indent=2) + "\n")


def read_folder(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()


def main():
    tokens, mask = new_batch(lengths, vocabulary, 20261125)
    for name, case in cases.items():
        folder = here / name
        for seed in range(100):
            write_folder(folder, seed, *case)
            model = read_folder(folder)
            greedy, lead = greedy_results(model, [tokens[0, :9], tokens[2, :5], tokens[3, :1]])
            if lead > 0.02:
                break
        logprobs = logprob_results(model, tokens, mask)
        loss = sft_loss(model, tokens, mask, prompt_lengths)
        loss.backward()
        save_file(gradients_of(model), folder / "sft-gradient.safetensors")
        trained = read_folder(folder)
        adamw = adamw_results(trained, tokens, mask, prompt_lengths, steps=3, learning_rate=1e-2)
        save_file(weights_of(trained), folder / "adamw-weights.safetensors")
        print(name, "seed", seed, "smallest lead", round(lead, 3), "loss", round(loss.item(), 3))
        write_json(
            folder / "golden.json",
            {
                "sequences": [tokens[row, :length] for row, length in enumerate(lengths)],
                "promptLengths": prompt_lengths,
                "logprobs": logprobs,
                "greedy": greedy,
                "sft": {"loss": loss},
                "adamw": adamw,
            },
        )


main()
