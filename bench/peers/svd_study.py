"""Which iteration finds the leading part of a slowly decaying spectrum with the fewest operations?

Subspace iteration, Chebyshev-filtered subspace iteration on the Gram matrix, and block Krylov spaces
on a delta with power-law spikes over a Gaussian bulk: for each, the excess of the truncation error
over the best possible and the multiply-adds spent, in units of one product of A with k vectors
(m n k). Needs numpy alone.

    python svd_study.py [rows] [columns] [share of the rank, such as 0.1]
"""

import sys

import common

common.limit_threads(2)
common.require("numpy")

import numpy as np  # noqa: E402

SEED = 1


def delta(m, n, rng):
    """Spikes s_k = 2 edge k^-0.7 for k up to a third of the rank, edge = sqrt(m) + sqrt(n), plus N(0, 1)."""
    k = min(m, n) // 3
    s = 2 * (np.sqrt(m) + np.sqrt(n)) * np.arange(1.0, k + 1) ** -0.7
    u = np.linalg.qr(rng.standard_normal((m, k)))[0]
    v = np.linalg.qr(rng.standard_normal((n, k)))[0]
    return (u * s) @ v.T + rng.standard_normal((m, n))


class Study:
    def __init__(self, m, n, share):
        self.rng = np.random.default_rng(SEED)
        self.a = delta(m, n, self.rng)
        self.gram = self.a @ self.a.T
        self.k = int(m * share)
        self.values = np.linalg.eigvalsh(self.gram)[::-1]
        self.m, self.n = m, n
        self.unit = m * n * self.k

    def excess(self, q):
        """Error norm of the best rank-k approximation within the span of q over the best one, minus 1."""
        ritz = np.linalg.eigvalsh(q.T @ self.gram @ q)[::-1][: self.k].sum()
        missing = self.values[self.k :].sum()
        return np.sqrt((self.values.sum() - ritz) / missing) - 1

    def report(self, name, q, multiply_adds):
        # Projecting on q and turning the basis costs as much for every method.
        size = q.shape[1]
        projection = self.n * self.m * size + size * size * self.n + 2 * size * self.k * self.n
        units = (multiply_adds + projection) / self.unit
        print(f"| {name} | {size / self.k:.2f} k | {100 * self.excess(q):.2f}% | {units:.1f} |")

    def subspace(self, oversampling):
        """Orthonormalised after each A A': Halko, Martinsson and Tropp (2011), algorithm 4.4."""
        l = int(self.k * (1 + oversampling))
        y = np.linalg.qr(self.a @ self.rng.standard_normal((self.n, l)))[0]
        cost = self.m * self.n * l
        for power in range(7):
            if power in (2, 4, 6):
                self.report(f"subspace, {power} powers", y, cost)
            y = np.linalg.qr(self.gram @ y)[0]
            cost += 2 * self.m * self.n * l + self.m * l * l

    def chebyshev(self, oversampling):
        """Filter of degree d on the Gram matrix, which maps what lies below the block to [-1, 1]."""
        l = int(self.k * (1 + oversampling))
        edge = self.values[min(l, self.m - 1)]
        cost = self.m * self.m * self.n / 2
        before = self.rng.standard_normal((self.m, l))
        y = 2 / edge * (self.gram @ before) - before
        for degree in range(2, 7):
            before, y = y, 2 * (2 / edge * (self.gram @ y) - y) - before
            spent = cost + degree * self.m * self.m * l + self.m * l * l
            if degree > 2:
                self.report(f"Chebyshev, Gram, degree {degree}", np.linalg.qr(y)[0], spent)

    def krylov(self, block):
        """All powers of a small block, orthonormalised against each other: Musco and Musco (2015)."""
        q = np.linalg.qr(self.a @ self.rng.standard_normal((self.n, block)))[0]
        last = q
        cost = self.m * self.n * block
        looks = [1.6, 1.85, 2.1, 2.35, 2.6]
        while looks:
            if q.shape[1] >= looks[0] * self.k:
                # Z = Q A has been computed on the way: no further projection product.
                done = cost - self.m * self.n * q.shape[1]
                self.report(f"Krylov, blocks of k / {self.k // block}", q, done)
                looks.pop(0)
            y = self.gram @ last
            for _ in range(2):
                y -= q @ (q.T @ y)
            cost += 2 * self.m * self.n * block + 4 * self.m * q.shape[1] * block
            last = np.linalg.qr(y)[0]
            q = np.hstack([q, last])


def main():
    m = int(sys.argv[1]) if len(sys.argv) > 1 else 1024
    n = int(sys.argv[2]) if len(sys.argv) > 2 else m
    share = float(sys.argv[3]) if len(sys.argv) > 3 else 0.1
    study = Study(m, n, share)
    print(f"{m} x {n}, k = {study.k}, seed {SEED}; units of m n k multiply-adds\n")
    print("| method | basis | excess error | units |")
    print("|---|---|---|---|")
    study.subspace(0.125)
    study.chebyshev(0.125)
    study.chebyshev(0.25)
    study.krylov(max(1, study.k // 6))
    study.krylov(max(1, study.k // 3))


if __name__ == "__main__":
    main()
