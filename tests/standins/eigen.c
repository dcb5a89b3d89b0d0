/* Symmetric eigenproblems: Householder reduction to a tridiagonal matrix, then QL or QR iteration with implicit shifts. */
#include <stdlib.h>
#include <string.h>

#include "bookkeeping.h"
#include "dense.h"

enum { SWEEPS_EACH = 30, WAITING_SWEEPS = 24, ROW_BLOCK = 64, COLUMN_BLOCK = 8 };

/*
 * Rotations of neighbouring columns that wait to be applied. Applying many to a few rows at a time keeps those rows in a near cache; the
 * vectors of a large matrix would not fit.
 */
typedef struct {
  int64_t n, count, space;
  Real *z;
  struct {
    Real c, s;
    int64_t column, step; /* the other column is a step away */
  } *waiting;
} Rotations;

INNER_LOOP static void rotate_rows(Rotations *rotations, int64_t from, int64_t to) {
  int64_t rows = to - from;
  for (int64_t k = 0; k < rotations->count; k++) {
    Real c = rotations->waiting[k].c, s = rotations->waiting[k].s;
    Real *restrict left = rotations->z + from + rotations->waiting[k].column * rotations->n;
    Real *restrict right = left + rotations->waiting[k].step * rotations->n;
    for (int64_t i = 0; i < rows; i++) {
      Real old = right[i];
      right[i] = s * left[i] + c * old;
      left[i] = c * left[i] - s * old;
    }
  }
}

static void apply(Rotations *rotations) {
  for (int64_t from = 0; from < rotations->n; from += ROW_BLOCK) {
    int64_t to = from + ROW_BLOCK;
    rotate_rows(rotations, from, to < rotations->n ? to : rotations->n);
  }
  rotations->count = 0;
}

static void rotate(Rotations *rotations, int64_t column, int64_t step, Real c, Real s) {
  if (rotations->z == NULL) return;
  if (rotations->count == rotations->space) apply(rotations);
  rotations->waiting[rotations->count].c = c;
  rotations->waiting[rotations->count].s = s;
  rotations->waiting[rotations->count].column = column;
  rotations->waiting[rotations->count++].step = step;
}

/* In one pass over a column of the matrix: a -= v wj + w vj, then y += a xj; gives a times x. */
INNER_LOOP static Real update_and_multiply(int64_t n, Real *restrict a, const Real *restrict v, const Real *restrict w, Real vj, Real wj,
                                           const Real *restrict x, Real xj, Real *restrict y) {
  Vector sums = {0};
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    Vector updated = *(LooseVector *)(a + i) - (*(const LooseVector *)(v + i) * wj + *(const LooseVector *)(w + i) * vj);
    *(LooseVector *)(a + i) = updated;
    *(LooseVector *)(y + i) += updated * xj;
    sums += updated * *(const LooseVector *)(x + i);
  }
  Real sum = 0;
  for (int lane = 0; lane < LANES; lane++) sum += sums[lane];
  for (; i < n; i++) {
    a[i] -= v[i] * wj + w[i] * vj;
    y[i] += a[i] * xj;
    sum += a[i] * x[i];
  }
  return sum;
}

/*
 * The lower triangle of a becomes Q' A Q = T: d and e are T's diagonal and subdiagonal. The reflectors stay in a below the diagonal, their
 * first elements, 1, included. The update by a reflector is done together with the product for the next one.
 */
static void tridiagonalise(int64_t n, Real *a, Real *d, Real *e, Real *tau) {
  Real *v = book_memory(sizeof(Real) * (size_t)n);
  Real *w = book_memory(sizeof(Real) * (size_t)n);
  Real *y = book_memory(sizeof(Real) * (size_t)n);
  memset(v, 0, sizeof(Real) * (size_t)n);
  memset(w, 0, sizeof(Real) * (size_t)n);
  for (int64_t k = 0; k < n; k++) {
    Real *column = a + k * n;
    Real vk = v[k], wk = w[k];
    for (int64_t i = k; i < n; i++) column[i] -= v[i] * wk + w[i] * vk;
    d[k] = column[k];
    e[k] = 0;
    if (k == n - 1) break;
    Real *x = column + k + 1;
    tau[k] = NAME(reflector)(n - k - 1, x);
    e[k] = x[0];
    x[0] = 1;
    memset(y + k + 1, 0, sizeof(Real) * (size_t)(n - k - 1));
    for (int64_t j = k + 1; j < n; j++) {
      Real *below = a + j * n + j;
      Real xj = column[j];
      below[0] -= 2 * v[j] * w[j];
      y[j] += below[0] * xj + update_and_multiply(n - j - 1, below + 1, v + j + 1, w + j + 1, v[j], w[j], column + j + 1, xj, y + j + 1);
    }
    for (int64_t i = k + 1; i < n; i++) y[i] *= tau[k];
    NAME(add_multiple)(n - k - 1, -tau[k] / 2 * NAME(dot)(n - k - 1, y + k + 1, x), x, y + k + 1);
    memcpy(v + k + 1, x, sizeof(Real) * (size_t)(n - k - 1));
    memcpy(w + k + 1, y + k + 1, sizeof(Real) * (size_t)(n - k - 1));
  }
  free(v);
  free(w);
  free(y);
}

/* Some columns of z become those of Q. Reflector k leaves the unit vectors of columns up to k alone. */
static void form_columns(int64_t n, const Real *a, const Real *tau, Real *z, int64_t from, int64_t to) {
  for (int64_t j = from; j < to; j++) {
    memset(z + j * n, 0, sizeof(Real) * (size_t)n);
    z[j + j * n] = 1;
  }
  for (int64_t k = to - 2; k >= 0; k--) {
    const Real *v = a + k * n + k + 1;
    for (int64_t j = from > k ? from : k + 1; j < to; j++) {
      Real *column = z + j * n + k + 1;
      NAME(add_multiple)(n - k - 1, -tau[k] * NAME(dot)(n - k - 1, v, column), v, column);
    }
  }
}

/*
 * A block of T, walked from one of its ends: element i of the diagonal is d[i * step], the one between i and i + 1 is e[i * step]. e has a
 * place before and behind its ends for what a sweep pushes out.
 */
typedef struct {
  Real *d, *e;
  int64_t step;
  int64_t column; /* of the eigenvectors, where the walk begins */
} Walk;

static bool negligible(Walk walk, int64_t i) {
  const Real *d = walk.d + i * walk.step;
  Real size = fabs(walk.e[i * walk.step]);
  return size <= EPSILON * (fabs(d[0]) + fabs(d[walk.step])) || size <= LEAST_NORMAL / EPSILON;
}

/* c and s of the rotation that makes f vanish beside g, even where both are so small that they have few bits. Gives the new g. */
static Real make_rotation(Real f, Real g, Real *c, Real *s) {
  Real unit = fmax(fabs(f), fabs(g)) < LEAST_NORMAL / EPSILON ? LEAST_NORMAL / EPSILON : 1;
  f /= unit;
  g /= unit;
  Real r = hypot(f, g);
  *s = f / r;
  *c = g / r;
  return r * unit;
}

/* One sweep over the elements [first, last] of a block, towards its beginning. */
static void sweep(Walk walk, int64_t first, int64_t last, Rotations *rotations) {
  Real *d = walk.d, *e = walk.e;
  int64_t step = walk.step;
  Real g = (d[(first + 1) * step] - d[first * step]) / (2 * e[first * step]);
  g = d[last * step] - d[first * step] + e[first * step] / (g + copysign(hypot(g, (Real)1), g));
  Real s = 1, c = 1, p = 0;
  for (int64_t i = last - 1; i >= first; i--) {
    Real f = s * e[i * step], b = c * e[i * step];
    if (f == 0 && g == 0) { /* the block falls in two */
      e[(i + 1) * step] = 0;
      d[(i + 1) * step] -= p;
      e[last * step] = 0;
      return;
    }
    e[(i + 1) * step] = make_rotation(f, g, &c, &s);
    g = d[(i + 1) * step] - p;
    Real r = (d[i * step] - g) * s + 2 * c * b;
    p = s * r;
    d[(i + 1) * step] = g + p;
    g = c * r - b;
    rotate(rotations, walk.column + i * step, step, c, s);
  }
  d[first * step] -= p;
  e[first * step] = g;
  e[last * step] = 0;
}

/* Makes the off-diagonal elements of a block vanish from its beginning on. False: the sweeps that were left did not do. */
static bool diagonalise_block(Walk walk, int64_t size, int64_t *sweeps_left, Rotations *rotations) {
  for (int64_t first = 0; first < size - 1;) {
    int64_t last = first;
    while (last < size - 1 && !negligible(walk, last)) last++;
    if (last == first) {
      first++;
    } else {
      if ((*sweeps_left)-- == 0) return false;
      sweep(walk, first, last, rotations);
    }
  }
  return true;
}

/* T becomes diagonal. Each block is walked from the end with the smaller elements: sweeps towards large ones converge badly. */
static int diagonalise(int64_t n, Real *d, Real *e, Rotations *rotations) {
  int64_t sweeps_left = SWEEPS_EACH * n;
  Walk whole = {d, e, 1, 0};
  for (int64_t first = 0, last; first < n; first = last + 1) {
    last = first;
    while (last < n - 1 && !negligible(whole, last)) last++;
    Walk up = {d + first, e + first, 1, first};
    Walk down = {d + last, e + last - 1, -1, last};
    if (diagonalise_block(fabs(d[last]) < fabs(d[first]) ? down : up, last - first + 1, &sweeps_left, rotations)) continue;
    int left = 0;
    for (int64_t i = 0; i < n - 1; i++) left += !negligible(whole, i);
    return left;
  }
  if (rotations->z != NULL) apply(rotations);
  return 0;
}

/* A power of two near the largest element, so that no square overflows and scaling rounds nothing. 0 of a zero matrix. */
static Real scale_of(bool lower, int64_t n, const Real *a, int64_t lda) {
  Real largest = 0;
  for (int64_t j = 0; j < n; j++) {
    for (int64_t i = lower ? j : 0; i < (lower ? n : j + 1); i++) largest = fmax(largest, fabs(a[i + j * lda]));
  }
  int exponent;
  frexp(largest, &exponent);
  if (largest == 0 || !isfinite(largest)) return 1;
  return largest < LEAST_NORMAL ? LEAST_NORMAL : ldexp((Real)1, exponent - 1);
}

static int by_value(const void *left, const void *right) {
  Real a = **(const Real *const *)left, b = **(const Real *const *)right;
  return (a > b) - (a < b);
}

/* Values ascending, and the vectors in that order. */
static void write_sorted(int64_t n, const Real *d, Real scale, const Real *z, Real *a, int64_t lda, Real *values) {
  const Real **order = book_memory(sizeof *order * (size_t)n);
  for (int64_t j = 0; j < n; j++) order[j] = d + j;
  qsort(order, (size_t)n, sizeof *order, by_value);
  for (int64_t j = 0; j < n; j++) {
    values[j] = *order[j] * scale;
    if (z != NULL) memcpy(a + j * lda, z + (order[j] - d) * n, sizeof(Real) * (size_t)n);
  }
  free(order);
}

int NAME(eigen)(bool lower, bool vectors, int64_t n, Real *a, int64_t lda, Real *values) {
  if (n == 0) return 0;
  size_t square = sizeof(Real) * (size_t)(n * n), line = sizeof(Real) * (size_t)n; /* e has a place more at either end */
  Real *reduced = book_memory(square), *d = book_memory(line), *e = book_memory(line + 2 * sizeof(Real)), *tau = book_memory(line);
  Real scale = scale_of(lower, n, a, lda);
  for (int64_t j = 0; j < n; j++) {
    for (int64_t i = j; i < n; i++) reduced[i + j * n] = (lower ? a[i + j * lda] : a[j + i * lda]) / scale;
  }
  tridiagonalise(n, reduced, d, e + 1, tau);
  Rotations rotations = {n, 0, WAITING_SWEEPS * n, NULL, NULL};
  if (vectors) {
    rotations.z = book_memory(square);
    rotations.waiting = book_memory(sizeof *rotations.waiting * (size_t)rotations.space);
    for (int64_t j = 0; j < n; j += COLUMN_BLOCK) {
      form_columns(n, reduced, tau, rotations.z, j, j + COLUMN_BLOCK < n ? j + COLUMN_BLOCK : n);
    }
  }
  int info = diagonalise(n, d, e + 1, &rotations);
  if (info == 0) write_sorted(n, d, scale, rotations.z, a, lda, values);
  free(reduced);
  free(d);
  free(e);
  free(tau);
  free(rotations.z);
  free(rotations.waiting);
  return info;
}
