"""ImPart in PyTorch, from the paper: what a researcher would run. Ours: `./deltapress compress`.

    python bench/peers/impart.py --base B --tuned T --out D [--ratio 32] [--threads 2] [--seed 0]

B and T are Hugging Face folders, .safetensors or .onnx files; D is a folder that receives one safetensors file. Needs
PyTorch, numpy and safetensors. Works tensor by tensor; each matrix gets a full SVD, as the published code does it.
Matrices are selected as in DeltaPress, all other tensors of the tuned model are stored plainly. Masks are not stored,
their seeds are. Nothing is hashed and headers are not charged, so the file does not quite reach the ratio.

Prints one line of JSON: seconds of each phase, wall time since the start of the process, peak resident bytes.

Source: Yang et al., "ImPart", ACL 2025, arXiv 2504.13237, section 3; budgets per shape as in docs/methods.md.
"""

import argparse
import contextlib
import os
import pathlib
import resource
import time

import common

PHASES = ("import", "load", "svd", "rest", "write")


class Clock:
    """Seconds by phase."""

    def __init__(self):
        self.seconds = dict.fromkeys(PHASES, 0.0)
        self.seconds["import"] = common.seconds_since_process_start()

    @contextlib.contextmanager
    def phase(self, name):
        start = time.perf_counter()
        yield
        self.seconds[name] += time.perf_counter() - start


def keep_rates(s, rows, columns, ratio, beta, exponent):
    """Algorithm 1: the share of each leading component's entries that survives.

    s are all singular values, descending, the first above 0. The result may be empty.
    """
    rank = min(rows, columns)
    alpha = max(0.0, 1 - rows * columns / ((rows + columns) * rank * ratio))
    beta = 1 - (1 - beta) * 2 * max(rows, columns) / (rows + columns)
    beta = max(0.0, min(beta, alpha))
    gamma = (alpha - beta) / (1 - beta)
    components = int(rank * (1 - beta))
    strength = s[:components].double() ** exponent
    keep = 1 - (1 - strength / strength[0]) * gamma
    # Boundary shift: components from the end are dropped until the mean sparsity is gamma.
    length = int((keep.cumsum(0) <= components * (1 - gamma)).sum())
    return keep[:length].float()


def survivors(torch, vectors, keep, generator):
    """Entries of k vectors (k x length) that survive their masks, rescaled, as fp16, one vector after another."""
    mask = torch.rand(vectors.shape, generator=generator) < keep[:, None]
    return (vectors / keep[:, None])[mask].half()


def compress(torch, name, delta, seed, args, clock, out):
    """Adds the tensors that stand for one matrix to out."""
    with clock.phase("svd"):
        u, s, vh = torch.linalg.svd(delta, full_matrices=False)
    if s[0] == 0:
        return
    with clock.phase("rest"):
        keep = keep_rates(s, *delta.shape, args.ratio, args.beta, args.C)
        generator = torch.Generator().manual_seed(seed)
        k = len(keep)
        out[f"{name}.u"] = survivors(torch, u.T[:k], keep, generator)
        out[f"{name}.v"] = survivors(torch, vh[:k], keep, generator)
        out[f"{name}.s"] = s[:k].clone()
        out[f"{name}.keep"] = keep
        out[f"{name}.seed"] = torch.tensor([seed])


def compress_model(torch, base, tuned, args, clock):
    """All tensors of the output, and how many matrices were compressed."""
    out = {}
    matrices = 0
    base_names = set(base.names())
    for name in tuned.names():
        with clock.phase("load"):
            tensor = tuned.load(name)
        if name not in base_names or not tuned.is_matrix(name):
            with clock.phase("rest"):
                out[name] = tensor.clone()
            continue
        with clock.phase("load"):
            delta = tensor.float() - base.load(name).float()
            del tensor
        experts = delta if delta.ndim == 3 else [delta]
        for expert, matrix in enumerate(experts):
            part = f"{name}.{expert}" if delta.ndim == 3 else name
            compress(torch, part, matrix, args.seed + matrices, args, clock, out)
            matrices += 1
    return out, matrices


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--base", required=True)
    parser.add_argument("--tuned", required=True)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--ratio", type=float, default=32)
    parser.add_argument("--beta", type=float, default=0.6)
    parser.add_argument("--C", type=float, default=0.5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def main():
    args = parse_arguments()
    common.limit_threads(args.threads)
    common.require("numpy", "torch", "safetensors")
    torch = common.import_torch(args.threads)
    from safetensors.torch import save_file

    import checkpoints

    clock = Clock()
    base, tuned = (checkpoints.open_model(path) for path in (args.base, args.tuned))
    out, matrices = compress_model(torch, base, tuned, args, clock)
    with clock.phase("write"):
        args.out.mkdir(parents=True, exist_ok=True)
        file = args.out / "impart.safetensors"
        save_file(out, file)
        with open(file) as written:
            os.fsync(written.fileno())
    common.print_line(
        peer="torch-impart",
        what=f"impart {args.ratio:g}x",
        seconds=common.seconds_since_process_start(),
        threads=args.threads,
        matrices=matrices,
        stored_bytes=file.stat().st_size,
        peak_rss_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        **{f"seconds_{phase}": seconds for phase, seconds in clock.seconds.items()},
    )


if __name__ == "__main__":
    main()
