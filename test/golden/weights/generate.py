"""Golden safetensors files from Hugging Face's own writer: python generate.py. Made with safetensors 0.8.0, torch 2.13."""
import base64
import hashlib
import json
from pathlib import Path

import torch
from safetensors.torch import save

torch.manual_seed(3)
float32 = {
    "model.embed_tokens.weight": torch.randn(5, 4),
    "model.layers.10.w": torch.randn(2, 3),
    "model.layers.2.w": torch.randn(3),
    "scalar": torch.tensor(-0.0),
    "empty": torch.zeros(0, 7),
    "\u00e9\U0001f600\uff5e \"quoted\"": torch.tensor([float("inf"), 1e-45]),
}
special = [0.0, -0.0, 1.0, -2.5, 65504.0, 6e-8, 6.1e-5, float("inf"), float("-inf"), 0.333]
mixed = {
    "f64": torch.tensor([0.1, -3.0], dtype=torch.float64),
    "f16": torch.tensor(special, dtype=torch.float16),
    "bf16": torch.tensor(special, dtype=torch.bfloat16),
    "i64": torch.tensor([-(2**24), 7], dtype=torch.int64),
    "i32": torch.tensor([[-5, 9]], dtype=torch.int32),
    "u8": torch.tensor([255, 0, 3], dtype=torch.uint8),
    "bool": torch.tensor([True, False, True]),
    "f32": torch.tensor([1.5]),
}


def case(tensors):
    data = save(tensors, metadata={"format": "pt"})
    return {
        "base64": base64.b64encode(data).decode(),
        "sha256": hashlib.sha256(data).hexdigest(),
        "tensors": [
            {"name": name, "shape": list(t.shape),
             "float32Bits": [v & 0xFFFFFFFF for v in t.to(torch.float32).flatten().view(torch.int32).tolist()]}
            for name, t in tensors.items()
        ],
    }


path = Path(__file__).parent / "safetensors.json"
path.write_text(json.dumps({"float32": case(float32), "mixed": case(mixed)}, separators=(",", ":")) + "\n")
