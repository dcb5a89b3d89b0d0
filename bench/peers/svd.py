"""Times PyTorch's full and randomised SVD of one matrix and judges both at one rank.

    python bench/peers/svd.py FILE.safetensors [--rank 819] [--threads 2] [--runs 3]

FILE holds an F32 tensor named "a", as `dev.deltapress.bench.SyntheticPair --matrix` writes it. Needs PyTorch and
safetensors. Prints one line of JSON for each algorithm: seconds (the full one runs once), and the relative error of the
truncation to that rank, both from energies, sqrt(1 - sum of s^2 / ||A||^2), and directly, ||A - U S V'|| / ||A||; both in
fp64. Ours: dev.deltapress.bench.SvdTime.
"""

import argparse

import common


def errors(a, u, s, v):
    """Relative errors of u diag(s) v' as an approximation of a, by energies and by multiplying it out.

    a is m x n, u is m x k, s has k elements, v is n x k; all are widened to fp64.
    """
    a, u, s, v = (x.double() for x in (a, u, s, v))
    energy = float(a.square().sum())
    missing = max(0.0, 1 - float(s.square().sum()) / energy)
    difference = a - (u * s) @ v.T
    return missing**0.5, (float(difference.square().sum()) / energy) ** 0.5


def report(peer, a, rank, threads, seconds, u, s, v):
    by_energy, direct = errors(a, u[:, :rank], s[:rank], v[:, :rank])
    common.print_line(
        peer=peer,
        what=f"svd {rank} of {a.shape[0]} x {a.shape[1]}",
        seconds=seconds,
        threads=threads,
        error_from_energies=by_energy,
        error=direct,
    )


def time_full(torch, a, rank, threads):
    torch.linalg.svd(a[:256, :256])  # loads the library
    seconds, (u, s, vh) = common.median_seconds(
        lambda: torch.linalg.svd(a, full_matrices=False), runs=1, warm_up=0
    )
    report("torch.linalg.svd", a, rank, threads, seconds, u, s, vh.T)


def time_lowrank(torch, a, rank, threads, runs):
    def seeded():
        torch.manual_seed(0)
        return torch.svd_lowrank(a, q=rank, niter=2)

    seconds, (u, s, v) = common.median_seconds(seeded, runs)
    report("torch.svd_lowrank", a, rank, threads, seconds, u, s, v)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--rank", type=int, default=819)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3, help="of the randomised one")
    args = parser.parse_args()
    common.limit_threads(args.threads)
    common.require("torch", "safetensors")
    torch = common.import_torch(args.threads)
    from safetensors import safe_open

    with safe_open(args.file, "pt") as file:
        a = file.get_tensor("a").clone()
    time_lowrank(torch, a, args.rank, args.threads, args.runs)
    time_full(torch, a, args.rank, args.threads)


if __name__ == "__main__":
    main()
