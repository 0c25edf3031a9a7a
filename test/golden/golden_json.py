"""Small, diffable JSON: every float32 with the nine digits that identify it."""
import json
import pathlib


def plain(value):
    if hasattr(value, "detach"):
        value = value.detach().tolist()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.9g}")
    return value


def write_json(path: pathlib.Path, value) -> None:
    """One line per top-level key, so that a change of one result is a change of one line."""
    lines = [f"  {json.dumps(key)}: {json.dumps(plain(item))}" for key, item in value.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
