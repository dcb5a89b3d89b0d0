"""Times the fp32 product of two square matrices in numpy (OpenBLAS) and in PyTorch.

    python bench/peers/products.py [--size 4096] [--threads 2] [--runs 5]

Needs numpy; PyTorch, and threadpoolctl to tell which kernel ran, are used where they are installed. Prints one line of
JSON for each library: median seconds of the runs after a first one, and GFLOP/s (2 n^3 operations). Ours:
dev.deltapress.bench.ProductTime.
"""

import argparse
import importlib.util

import common


def report(peer, size, threads, seconds, kernel):
    common.print_line(
        peer=peer,
        what=f"product {size}^3",
        seconds=seconds,
        gflops=2 * size**3 / seconds / 1e9,
        threads=threads,
        kernel=kernel,
    )


def openblas_kernel():
    """Which kernels numpy's BLAS chose for this machine, such as SkylakeX; None if unknown."""
    if importlib.util.find_spec("threadpoolctl") is None:
        return None
    from threadpoolctl import threadpool_info

    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    return pools[0].get("architecture") if pools else None


def time_numpy(size, threads, runs):
    import numpy as np

    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal((size, size), dtype=np.float32) for _ in range(2))
    c = np.empty_like(a)
    seconds, _ = common.median_seconds(lambda: np.matmul(a, b, out=c), runs)
    report("numpy-openblas", size, threads, seconds, openblas_kernel())


def time_torch(size, threads, runs):
    torch = common.import_torch(threads)
    torch.manual_seed(0)
    a, b = (torch.randn(size, size) for _ in range(2))
    c = torch.empty_like(a)
    seconds, _ = common.median_seconds(lambda: torch.mm(a, b, out=c), runs)
    kernel = "MKL" if torch.backends.mkl.is_available() else None
    report("torch", size, threads, seconds, kernel)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=4096)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    common.limit_threads(args.threads)
    common.require("numpy")
    time_numpy(args.size, args.threads, args.runs)
    common.require("torch")
    time_torch(args.size, args.threads, args.runs)


if __name__ == "__main__":
    main()
