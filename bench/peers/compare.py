"""Runs ours and the peers on the same inputs, in turns, and prints a Markdown table.

    python bench/peers/compare.py product [--size 4096]      fp32 product: numpy/OpenBLAS, PyTorch
    python bench/peers/compare.py svd     [--size 4096]      a fifth of a delta's components: torch.linalg.svd, svd_lowrank
    python bench/peers/compare.py bge                        the bge pair with ImPart at 32x, process to process
    python bench/peers/compare.py layer   [--layers 1]       layers of a 7B-shaped pair, the same

Run it from anywhere after `mvn package`, by the Python that has the peers' libraries. Common options: --threads 2,
--rounds (each a run of ours and one of the peers; the lower median counts), --work (folder for data and outputs; generated
data is kept there). A peer whose libraries are missing is skipped with a word. The last column is the peer's time over
ours.
"""

import argparse
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import time

import machine

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS = ROOT / "bench/peers"
# What svd_lowrank with two powers leaves on such a delta.
LOWRANK_EXCESS = 0.034
CLASS_PATH = "bench/target/*:java/cli/target/lib/*"
JVM = ["--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"]


class Table:
    """Results by peer, in the order in which they first came."""

    def __init__(self):
        self.rows = {}
        self.neighbours = machine.Neighbours()

    def add(self, peer, command, seconds, details):
        self.rows.setdefault(peer, []).append((seconds, command, details))

    def print(self, data):
        print(f"\nMachine: {machine.description()}. {machine.versions()}.\nData: {data}.")
        print(f"Other processes took {self.neighbours.share():.0%} of the processors' time meanwhile.\n")
        print("| who | command | seconds | details | times ours |\n|---|---|---|---|---|")
        medians = {peer: sorted(runs)[(len(runs) - 1) // 2] for peer, runs in self.rows.items()}
        ours = medians["deltapress"][0]
        for peer, (seconds, command, details) in medians.items():
            print(f"| {peer} | `{command}` | {seconds:.3g} | {details} | {seconds / ours:.2f} |")


def shown(command):
    """A command as in the table: what matters of it, without folders of this machine."""
    words = [str(word) for word in command if str(word) not in JVM]
    words = [word.replace(f"{ROOT}/", "") for word in words if word != CLASS_PATH and word != "-cp"]
    words[0] = pathlib.Path(words[0]).name if words[0].startswith("/") else words[0]
    return shlex.join(word.rpartition("/")[2] if word.startswith("/") else word for word in words)


def run(command):
    """Runs a command in the root; gives its output, wall seconds and peak resident bytes (Linux)."""
    words = [str(word) for word in command]
    start = time.perf_counter()
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{shown(command)} failed with {process.returncode}:\n{output}")
    return output, seconds, usage.ru_maxrss * 1024


def lines(output):
    """The JSON lines of an output; words on what was skipped are passed on."""
    for line in output.splitlines():
        if line.startswith("{"):
            yield json.loads(line)
        elif line.startswith("skipped"):
            print(line, file=sys.stderr)


def java(main, *arguments):
    """The command that runs one of our classes."""
    return [f"{machine.java_home()}/bin/java", *JVM, "-cp", CLASS_PATH, f"dev.deltapress.bench.{main}", *arguments]


def peer(script, *arguments):
    return [sys.executable, PEERS / script, *arguments]


def generate(target, option, *arguments):
    """A file or folder that the generator writes, made once."""
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        run(java("SyntheticPair", option, target, *arguments))
    return target


def timed_inside(args, commands, details):
    """Kernels: each process prints its own times, so that its start does not count."""
    table = Table()
    for _ in range(args.rounds):
        for command in commands:
            for result in lines(run(command)[0]):
                name = result["peer"] + ("" if "--excess" not in command else f", excess {command[-1]}")
                table.add(name, shown(command), result["seconds"], details(result))
    return table


def product(args):
    options = ["--size", args.size, "--threads", args.threads, "--runs", 3]
    commands = [java("ProductTime", *options), peer("products.py", *options)]
    table = timed_inside(args, commands, lambda r: f"{r['gflops']:.0f} GFLOP/s, {r['kernel']}")
    table.print(f"normal numbers, {args.size} x {args.size}, fp32, {args.threads} threads")


def svd(args):
    size = ["--rows", args.size, "--columns", args.size]
    file = generate(args.work / f"delta-{args.size}.safetensors", "--matrix", *size)
    options = [file, "--rank", args.size // 5, "--threads", args.threads]
    ours = [*options, "--warm-up", 3, "--runs", 3]
    commands = [
        java("SvdTime", *ours),
        java("SvdTime", *ours, "--excess", LOWRANK_EXCESS),
        peer("svd.py", *options, "--runs", 1),
    ]
    table = timed_inside(args, commands, lambda r: f"relative error {r['error']:.5f}")
    table.print(f"synthetic delta, {args.size} x {args.size}, seed 0, {args.threads} threads")


def pipelines(args, base, tuned):
    """Whole programs, from start to end of their processes."""
    table = Table()
    run(["./deltapress", "--version"])  # builds it
    args.work.mkdir(parents=True, exist_ok=True)
    options = ["--base", base, "--tuned", tuned, "--ratio", args.ratio, "--threads", args.threads, "--out"]
    ours = ["./deltapress", "compress", "--json", "--quiet", *options, args.work / "ours.delta"]
    theirs = peer("impart.py", *options, args.work / "theirs")
    for _ in range(args.rounds):
        for command in (ours, theirs):
            shutil.rmtree(command[-1], ignore_errors=True)
            output, seconds, resident = run(command)
            for result in lines(output):
                name = result.get("peer", "deltapress")
                table.add(name, shown(command), seconds, pipeline_details(result, resident))
    return table


def pipeline_details(result, resident):
    phases = ", ".join(f"{k[8:]} {v:.2f} s" for k, v in result.items() if k.startswith("seconds_"))
    return f"peak {resident / 1e9:.2f} GB" + (f"; {phases}" if phases else "")


def bge(args):
    models = ROOT / "bench/target/models"
    table = pipelines(args, models / "bge-small-en.onnx", models / "bge-small-en-v1.5.onnx")
    table.print(f"bge-small-en to bge-small-en-v1.5, 72 matrices, {args.threads} threads")


def layer(args):
    pair = generate(args.work / f"layers-{args.layers}", "--out", "--layers", args.layers)
    table = pipelines(args, pair / "base", pair / "tuned")
    table.print(f"synthetic pair in the shape of Llama-2-7B, {args.layers} layers, seed 0, {args.threads} threads")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--threads", type=int, default=2)
    common.add_argument("--rounds", type=int)
    common.add_argument("--ratio", type=float, default=32)
    common.add_argument("--size", type=int, default=4096)
    common.add_argument("--layers", type=int, default=1)
    common.add_argument("--work", type=pathlib.Path, default=ROOT / "bench/target/compare")
    commands = parser.add_subparsers(required=True)
    for function, rounds in ((product, 3), (svd, 1), (bge, 3), (layer, 1)):
        command = commands.add_parser(function.__name__, parents=[common])
        command.set_defaults(function=function, default_rounds=rounds)
    args = parser.parse_args()
    args.rounds = args.rounds or args.default_rounds
    args.work = args.work.resolve()
    args.function(args)


if __name__ == "__main__":
    main()
