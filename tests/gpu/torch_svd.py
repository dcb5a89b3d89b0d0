"""Times torch.linalg.svd on the deltas that GpuBench wrote, scaled to a whole model, and says how near the best error ours is.

usage: torch_svd.py SAMPLES BENCH_JSON OUT_JSON
"""

import json
import sys
import time
from pathlib import Path

import torch

RUNS = 2
OVERSAMPLE = 8


def seconds(work):
    """The best of some runs, and what the last one gave."""
    best = float("inf")
    result = None
    for _ in range(RUNS):
        result = None  # frees the memory of the run before
        torch.cuda.synchronize()
        start = time.perf_counter()
        result = work()
        torch.cuda.synchronize()
        best = min(best, time.perf_counter() - start)
    return best, result


def excess(energy, ours, best, rank):
    """Error norm of our leading components over the least possible, less 1; from energies."""

    def left(values):
        return energy - sum(s * s for s in values[:rank])

    return (max(0.0, left(ours)) / left(best)) ** 0.5 - 1


def measure(sample, folder):
    rows, columns = sample["rows"], sample["columns"]
    numbers = torch.from_file(str(folder / sample["file"]), size=rows * columns, dtype=torch.float32)
    delta = numbers.reshape(rows, columns).cuda()
    full, (_, s, _) = seconds(lambda: torch.linalg.svd(delta, full_matrices=False))
    best = s.double().cpu().tolist()
    rank = len(sample["values"])
    lowrank, _ = seconds(lambda: torch.svd_lowrank(delta, q=min(rank + OVERSAMPLE, rows, columns), niter=2))
    return {
        "rows": rows,
        "columns": columns,
        "in_model": sample["in_model"],
        "svd_seconds": full,
        "svd_lowrank_seconds": lowrank,
        "components": rank,
        "our_error_over_best_less_1": excess(sample["energy"], sample["values"], best, rank),
    }


def main(samples, bench, out):
    folder = Path(samples)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.linalg.svd(torch.randn(256, 256, device="cuda"))  # libraries load, handles are made
    found = []
    for sample in json.loads((folder / "index.json").read_text()):
        found.append(measure(sample, folder))
        print(found[-1], flush=True)
    ours = json.loads(Path(bench).read_text())
    scaled = {name: sum(m[name] * m["in_model"] for m in found) for name in ("svd_seconds", "svd_lowrank_seconds")}
    result = {
        "torch": torch.__version__,
        "device": torch.cuda.get_device_name(0),
        "matrices": found,
        "svd_seconds_of_32_layers": scaled["svd_seconds"],
        "svd_lowrank_seconds_of_32_layers": scaled["svd_lowrank_seconds"],
        "svd_over_our_impart": scaled["svd_seconds"] / ours["impart"]["seconds_of_32_layers"],
        "svd_over_our_svd": scaled["svd_seconds"] / ours["svd"]["seconds_of_32_layers"],
    }
    print(f"torch.linalg.svd of the model's matrices: {result['svd_seconds_of_32_layers']:.1f} s, "
          f"{result['svd_over_our_impart']:.1f} times our ImPart, {result['svd_over_our_svd']:.1f} times our SVDs")
    Path(out).write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
