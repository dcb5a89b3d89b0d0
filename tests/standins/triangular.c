/* Triangular systems and Cholesky factors, halved until they are small: most of the work is then products. */
#include "dense.h"

enum { SMALL = 32 };

static void solve_left(bool lower, bool unit, int64_t m, int64_t n, const Real *t, Real *b, int64_t ldb) {
  for (int64_t j = 0; j < n; j++) {
    Real *x = b + j * ldb;
    for (int64_t step = 0; step < m; step++) {
      int64_t i = lower ? step : m - 1 - step;
      if (!unit) x[i] /= t[i + i * SMALL];
      int64_t from = lower ? i + 1 : 0;
      NAME(add_multiple)(lower ? m - from : i, -x[i], t + from + i * SMALL, x + from);
    }
  }
}

static void solve_right(bool lower, bool unit, int64_t m, int64_t n, const Real *t, Real *b, int64_t ldb) {
  for (int64_t step = 0; step < n; step++) {
    int64_t j = lower ? n - 1 - step : step;
    Real *x = b + j * ldb;
    for (int64_t i = 0; !unit && i < m; i++) x[i] /= t[j + j * SMALL];
    int64_t from = lower ? 0 : j + 1;
    int64_t to = lower ? j : n;
    for (int64_t other = from; other < to; other++) NAME(add_multiple)(m, -t[j + other * SMALL], x, b + other * ldb);
  }
}

static void solve_small(bool left, bool lower, bool unit, int64_t m, int64_t n, View t, Real *b, int64_t ldb) {
  Real copy[SMALL * SMALL];
  int64_t size = left ? m : n;
  for (int64_t j = 0; j < size; j++) {
    for (int64_t i = lower ? j : 0; i < (lower ? size : j + 1); i++) {
      if (i != j || !unit) copy[i + j * SMALL] = t.at[i * t.down + j * t.right];
    }
  }
  (left ? solve_left : solve_right)(lower, unit, m, n, copy, b, ldb);
}

void NAME(solve)(bool left, bool lower, bool unit, int64_t m, int64_t n, View t, Real *b, int64_t ldb) {
  int64_t size = left ? m : n;
  if (size <= SMALL) {
    solve_small(left, lower, unit, m, n, t, b, ldb);
    return;
  }
  int64_t half = size / 2;
  int64_t rest = size - half;
  View corner = view_from(t, half, half);
  View off = lower ? view_from(t, half, 0) : view_from(t, 0, half);
  if (left) {
    Real *below = b + half;
    if (lower) {
      NAME(solve)(left, lower, unit, half, n, t, b, ldb);
      NAME(product)(WHOLE, rest, n, half, -1, off, view(b, ldb, false), 1, below, ldb);
      NAME(solve)(left, lower, unit, rest, n, corner, below, ldb);
    } else {
      NAME(solve)(left, lower, unit, rest, n, corner, below, ldb);
      NAME(product)(WHOLE, half, n, rest, -1, off, view(below, ldb, false), 1, b, ldb);
      NAME(solve)(left, lower, unit, half, n, t, b, ldb);
    }
  } else {
    Real *beside = b + half * ldb;
    if (lower) {
      NAME(solve)(left, lower, unit, m, rest, corner, beside, ldb);
      NAME(product)(WHOLE, m, half, rest, -1, view(beside, ldb, false), off, 1, b, ldb);
      NAME(solve)(left, lower, unit, m, half, t, b, ldb);
    } else {
      NAME(solve)(left, lower, unit, m, half, t, b, ldb);
      NAME(product)(WHOLE, m, rest, half, -1, view(b, ldb, false), off, 1, beside, ldb);
      NAME(solve)(left, lower, unit, m, rest, corner, beside, ldb);
    }
  }
}

/* Factor elements of column j at and behind the diagonal, in a triangle whose columns run down or right. */
static int cholesky_small(int64_t n, Real *a, int64_t down, int64_t right) {
  for (int64_t j = 0; j < n; j++) {
    for (int64_t i = j; i < n; i++) {
      Real sum = a[i * down + j * right];
      for (int64_t k = 0; k < j; k++) sum -= a[i * down + k * right] * a[j * down + k * right];
      if (i == j) {
        if (!(sum > 0)) return (int)j + 1;
        a[j * down + j * right] = sqrt(sum);
      } else {
        a[i * down + j * right] = sum / a[j * down + j * right];
      }
    }
  }
  return 0;
}

int NAME(cholesky)(bool lower, int64_t n, Real *a, int64_t lda) {
  if (n <= SMALL) return lower ? cholesky_small(n, a, 1, lda) : cholesky_small(n, a, lda, 1);
  int64_t half = n / 2;
  int64_t rest = n - half;
  Real *off = lower ? a + half : a + half * lda;
  Real *corner = a + half + half * lda;
  int info = NAME(cholesky)(lower, half, a, lda);
  if (info != 0) return info;
  if (lower) {
    NAME(solve)(false, false, false, rest, half, view(a, lda, true), off, lda);
    NAME(product)(LOWER, rest, rest, half, -1, view(off, lda, false), view(off, lda, true), 1, corner, lda);
  } else {
    NAME(solve)(true, true, false, half, rest, view(a, lda, true), off, lda);
    NAME(product)(UPPER, rest, rest, half, -1, view(off, lda, true), view(off, lda, false), 1, corner, lda);
  }
  info = NAME(cholesky)(lower, rest, corner, lda);
  return info == 0 ? 0 : (int)half + info;
}
