"""PEFT adapters over the folders of test/golden/architectures, and what PEFT computes with them.

    python generate.py                # writes one folder per case beside it
    python generate.py --read DIR BASE   # prints what PEFT makes of an adapter folder over BASE: sum of the logits of 0..9
"""
import json
import pathlib
import shutil
import sys

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parent))
from golden_json import write_json  # noqa: E402
from golden_training import (  # noqa: E402
    adamw_results,
    greedy_results,
    logprob_results,
    new_batch,
    sft_loss,
)

torch.set_num_threads(1)
lengths = [40, 7, 23, 2]
prompt_lengths = [3, 2, 9, 1]
vocabulary = 28
everything = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
cases = {
    # name: (base, rank, alpha, targets)
    "qwen2-all": ("qwen2", 4, 6, everything),
    "qwen3-attention": ("qwen3-sharded", 2, 8, ["q_proj", "k_proj", "v_proj", "o_proj"]),
    "llama3-mlp": ("llama3", 3, 2, ["gate_proj", "up_proj", "down_proj"]),
}


def base_model(name):
    return AutoModelForCausalLM.from_pretrained(here.parent / "architectures" / name, dtype=torch.float32).eval()


def own_name(name):
    return name.removeprefix("base_model.model.").replace(".default", "")


def adapter_of(model, of):
    return {own_name(name): of(weight).detach().clone().contiguous()
            for name, weight in model.named_parameters() if "lora_" in name}


def write_case(name, seed, base, rank, alpha, targets):
    folder = here / name
    shutil.rmtree(folder, ignore_errors=True)
    torch.manual_seed(seed)
    model = get_peft_model(base_model(base), LoraConfig(r=rank, lora_alpha=alpha, target_modules=targets,
                                                        task_type="CAUSAL_LM"))
    with torch.no_grad():
        for parameter, weight in model.named_parameters():
            if "lora_" in parameter:
                weight.copy_(torch.randn(weight.shape) * 0.3)
    model.save_pretrained(folder)
    (folder / "README.md").unlink()
    # the path of this machine says nothing about the base
    config = json.loads((folder / "adapter_config.json").read_text())
    config["base_model_name_or_path"] = base
    config["target_modules"] = sorted(config["target_modules"])
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")

    tokens, mask = new_batch(lengths, vocabulary, seed + 1)
    torch.manual_seed(seed + 2)
    prompts = [torch.randint(0, vocabulary, (n,)) for n in (5, 2, 9)]
    logprobs = logprob_results(model, tokens, mask)
    merged = PeftModel.from_pretrained(base_model(base), folder).merge_and_unload()
    merged_logprobs = logprob_results(merged, tokens, mask)["logprobs"]
    greedy, lead = greedy_results(merged, prompts)
    model.zero_grad()
    loss = sft_loss(model, tokens, mask, prompt_lengths)
    loss.backward()
    gradient = adapter_of(model, lambda weight: weight.grad)
    for weight in model.parameters():
        weight.grad = None
    trainable = [weight for weight in model.parameters() if weight.requires_grad]
    assert all(weight.dim() == 2 for weight in trainable)
    adamw = adamw_results(Trainable(model, trainable), tokens, mask, prompt_lengths, 3, 0.01)
    write_json(folder / "golden.json", {
        "base": base,
        "lora": {"rank": rank, "alpha": alpha, "targets": targets},
        "sequences": [row[:n] for row, n in zip(tokens, lengths)],
        "promptLengths": prompt_lengths,
        "logprobs": logprobs,
        "mergedLogprobs": merged_logprobs,
        "greedy": greedy,
        "sft": {"loss": loss},
        "adamw": adamw,
    })
    save_file(gradient, folder / "sft-gradient.safetensors")
    save_file(adapter_of(model, lambda weight: weight), folder / "adamw-weights.safetensors")
    print(f"{name}: loss {loss.item():.4f}, smallest lead of a greedy token {lead:.3f}")


class Trainable:
    """The model, with only what is trained among its parameters."""

    def __init__(self, model, parameters):
        self.model, self.trained = model, parameters

    def parameters(self):
        return iter(self.trained)

    def __call__(self, **inputs):
        return self.model(**inputs)


if len(sys.argv) == 4 and sys.argv[1] == "--read":
    model = PeftModel.from_pretrained(
        AutoModelForCausalLM.from_pretrained(sys.argv[3], dtype=torch.float32), sys.argv[2]).eval()
    print(json.dumps(model(input_ids=torch.arange(10)[None]).logits[0].log_softmax(-1)[range(9), range(1, 10)].tolist()))
else:
    for index, (name, case) in enumerate(cases.items()):
        write_case(name, 100 * (index + 1), *case)
