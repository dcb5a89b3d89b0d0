#!/usr/bin/env python3
"""Makes a table of what kernels use from what nvcc says while it builds libdeltapress_cuda.

cmake -S native -B native/target/build
cmake --build native/target/build --clean-first --target deltapress_cuda 2>&1 | python native/bench/resources.py
"""
import re
import subprocess
import sys
from collections import defaultdict

TYPES = {"0": "f32", "1": "f16", "2": "bf16"}


def kernel_name(mangled):
    plain = subprocess.run(["c++filt", mangled], capture_output=True, text=True, check=True).stdout
    name, types = re.search(r"(\w+)_kernel(?:<([^>]*)>)?", plain).groups()
    return name + "".join(" " + TYPES[number] for number in re.findall(r"\b\d\b", types or ""))


def entries(lines):
    """(architecture, kernel, figures) of each kernel."""
    architecture = kernel = None
    figures = {}
    for line in lines:
        if found := re.search(r"Compiling entry function '(\w+)' for '(\w+)'", line):
            kernel, architecture, figures = kernel_name(found[1]), found[2], {}
        elif found := re.search(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads", line):
            figures["stack"], figures["spills"] = int(found[1]), int(found[2]) + int(found[3])
        elif kernel and (found := re.search(r"Used (\d+) registers", line)):
            shared = re.search(r"(\d+) bytes smem", line)
            yield architecture, kernel, figures | {"registers": int(found[1]), "shared": int(shared[1]) if shared else 0}
            kernel = None


def main():
    kernels = defaultdict(dict)
    for architecture, kernel, figures in entries(sys.stdin):
        kernels[kernel][architecture] = figures
    if not kernels:
        sys.exit("no kernels in the input: is libdeltapress_cuda up to date? Build it with --clean-first")
    architectures = sorted({a for by_architecture in kernels.values() for a in by_architecture})
    print("| kernel | " + " | ".join(f"registers, {a}" for a in architectures) + " | shared memory, bytes | stack, bytes | spills, bytes |")
    print("|---|" + "---|" * (len(architectures) + 3))
    for kernel, found in sorted(kernels.items()):
        most = {key: max(figures[key] for figures in found.values()) for key in ("shared", "stack", "spills")}
        registers = " | ".join(str(found[a]["registers"]) for a in architectures)
        print(f"| {kernel} | {registers} | {most['shared']} | {most['stack']} | {most['spills']} |")


if __name__ == "__main__":
    main()
