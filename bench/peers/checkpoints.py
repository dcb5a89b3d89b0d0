"""Opens models as DeltaPress does: folders, .safetensors and .onnx files. Not run by itself.

A model has names(), is_matrix(name) for what is compressed, and load(name), which gives a tensor.
"""

import json
import pathlib

from onnx_weights import OnnxWeights

_SHORTEST_SIDE = 64
_FLOATS = ("F32", "F16", "BF16")


class SafetensorsWeights:
    """Tensors of a file or a Hugging Face folder. Files are opened per tensor, so that no map outlives its tensor."""

    def __init__(self, path):
        path = pathlib.Path(path)
        self._headers, self._files = {}, {}
        for file in self._shards(path) if path.is_dir() else [path]:
            header = self._header(file)
            self._headers.update(header)
            self._files.update(dict.fromkeys(header, file))

    @staticmethod
    def _shards(folder):
        index = folder / "model.safetensors.index.json"
        if not index.exists():
            return [folder / "model.safetensors"]
        shard_of = json.loads(index.read_text())["weight_map"]
        return [folder / name for name in sorted(set(shard_of.values()))]

    @staticmethod
    def _header(file):
        with open(file, "rb") as data:
            header = json.loads(data.read(int.from_bytes(data.read(8), "little")))
        header.pop("__metadata__", None)
        return header

    def names(self):
        return list(self._headers)

    def is_matrix(self, name):
        """Whether it is a float matrix, or one for each expert, inside a numbered layer."""
        entry = self._headers[name]
        shape = entry["shape"]
        if entry["dtype"] not in _FLOATS or len(shape) not in (2, 3) or min(shape[-2:]) < _SHORTEST_SIDE:
            return False
        return any(module.isdigit() for module in name.split("."))

    def load(self, name):
        from safetensors import safe_open

        with safe_open(self._files[name], "pt") as file:
            return file.get_tensor(name)


def open_model(path):
    return OnnxWeights(path) if str(path).endswith(".onnx") else SafetensorsWeights(path)
