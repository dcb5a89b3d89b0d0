"""Reads the initialisers of an ONNX model without the onnx package. Not run by itself.

A model is one protobuf message; field numbers are those of onnx.proto. Only tensors whose bytes lie in the file as in
memory (raw_data, float_data) are found, which holds for weights; numbers stored as varints and external data do not
count.
"""

import mmap

import numpy as np

_ITEM_BYTES = {1: 4, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8, 16: 2}
_TORCH_TYPES = {1: "float32", 2: "uint8", 3: "int8", 5: "int16", 6: "int32", 7: "int64", 9: "bool"}
_TORCH_TYPES |= {10: "float16", 11: "float64", 16: "bfloat16"}
_SHORTEST_SIDE = 64
_PASS_THROUGH = ("Transpose", "Identity", "Cast")


def _varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def _fields(data, at, end):
    """Fields of a message: pairs of number and value, where the value of a nested one is its (start, end)."""
    while at < end:
        key, at = _varint(data, at)
        wire = key & 7
        if wire == 0:
            value, at = _varint(data, at)
        elif wire == 2:
            length, at = _varint(data, at)
            value = (at, at + length)
            at += length
        else:
            value = None
            at += 8 if wire == 1 else 4
        yield key >> 3, value


def _varints(data, value):
    """A repeated varint, packed or not."""
    if isinstance(value, int):
        return [value]
    at, end = value
    values = []
    while at < end:
        item, at = _varint(data, at)
        values.append(item)
    return values


class _Tensor:
    def __init__(self, data, start, end):
        self.shape, self.type, self.name, self.extent = [], 0, "", None
        for number, value in _fields(data, start, end):
            if number == 1:
                self.shape += _varints(data, value)
            elif number == 2:
                self.type = value
            elif number == 8:
                self.name = data[slice(*value)].decode()
            elif number == 9 or (number == 4 and isinstance(value, tuple)):
                self.extent = value

    def is_whole(self):
        """Whether its bytes were found."""
        if self.extent is None or self.type not in _TORCH_TYPES:
            return False
        return self.extent[1] - self.extent[0] == int(np.prod(self.shape)) * _ITEM_BYTES[self.type]


def _node(data, start, end):
    inputs, outputs, kind = [], [], ""
    for number, value in _fields(data, start, end):
        if number == 1:
            inputs.append(data[slice(*value)].decode())
        elif number == 2:
            outputs.append(data[slice(*value)].decode())
        elif number == 4:
            kind = data[slice(*value)].decode()
    return inputs, outputs, kind


class OnnxWeights:
    """Initialisers by name, in file order."""

    def __init__(self, path):
        self.path = path
        self._tensors, self._uses, self._aliases = {}, {}, {}
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            for number, graph in _fields(data, 0, len(data)):
                if number == 7:
                    self._read_graph(data, *graph)

    def _read_graph(self, data, start, end):
        for number, value in _fields(data, start, end):
            if number == 5:
                tensor = _Tensor(data, *value)
                if tensor.is_whole():
                    self._tensors[tensor.name] = tensor
            elif number == 1:
                inputs, outputs, kind = _node(data, *value)
                for position, name in enumerate(inputs):
                    self._uses.setdefault(name, []).append((kind, position))
                    if kind in _PASS_THROUGH:
                        self._aliases.setdefault(name, []).extend(outputs)

    def names(self):
        return list(self._tensors)

    def is_matrix(self, name):
        """Whether MatMul or Gemm reads it and Gather does not, and both sides are long enough."""
        tensor = self._tensors[name]
        if tensor.type not in (1, 10, 16) or len(tensor.shape) != 2 or min(tensor.shape) < _SHORTEST_SIDE:
            return False
        uses = [use for alias in [name, *self._aliases.get(name, [])] for use in self._uses.get(alias, [])]
        if ("Gather", 0) in uses:
            return False
        return any(kind in ("MatMul", "Gemm") and position < 2 for kind, position in uses)

    def load(self, name):
        """The tensor, copied from the file."""
        import torch

        tensor = self._tensors[name]
        start, end = tensor.extent
        raw = np.fromfile(self.path, np.uint8, end - start, offset=start)
        return torch.from_numpy(raw).view(getattr(torch, _TORCH_TYPES[tensor.type])).reshape(tensor.shape)
