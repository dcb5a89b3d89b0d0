/* Dense linear algebra in plain loops, for one type of numbers. Column-major; nothing checks arguments here. */
#ifndef STANDINS_DENSE_H
#define STANDINS_DENSE_H

#include <stdbool.h>
#include <stdint.h>

#include "real.h"

/* A matrix that is read, with the distances between neighbours in a column and in a row. Its transpose swaps them. */
typedef struct {
  const Real *at;
  int64_t down, right;
} View;

static inline View view(const Real *at, int64_t leading, bool transposed) {
  return transposed ? (View){at, leading, 1} : (View){at, 1, leading};
}

static inline View view_from(View whole, int64_t row, int64_t column) {
  return (View){whole.at + row * whole.down + column * whole.right, whole.down, whole.right};
}

/* Which elements of an output are written. */
typedef enum { WHOLE, LOWER, UPPER } Part;

/* ---- vectors.c ---- */

Real NAME(dot)(int64_t n, const Real *x, const Real *y);
void NAME(add_multiple)(int64_t n, Real factor, const Real *x, Real *y); /* y += factor x */
Real NAME(norm)(int64_t n, const Real *x, int64_t stride);               /* without overflow or underflow on the way */
void NAME(poison)(int64_t m, int64_t n, Real *c, int64_t ldc);           /* with NaN */

/* ---- product.c ---- */

/* C = alpha A B + beta C: A is m x k, B is k x n. C is not read when beta is 0; A and B are not when alpha is 0. */
void NAME(product)(Part part, int64_t m, int64_t n, int64_t k, Real alpha, View a, View b, Real beta, Real *c, int64_t ldc);

/* ---- triangular.c ---- */

/* B (m x n) becomes X of T X = B (left) or X T = B; the other triangle of T, and a unit diagonal, are not read. */
void NAME(solve)(bool left, bool lower, bool unit, int64_t m, int64_t n, View t, Real *b, int64_t ldb);

/* The triangle of A becomes its Cholesky factor. 0, or 1 + the column where A was found not positive definite. */
int NAME(cholesky)(bool lower, int64_t n, Real *a, int64_t lda);

/* ---- reflectors.c ---- */

/* x becomes v of H = I - tau v v', v[0] = 1 not stored; H x = (x[0], 0, ...) with the new x[0]. Gives tau. */
Real NAME(reflector)(int64_t n, Real *x);

/* R and the reflectors, as LAPACK's geqrf leaves them; and the first n columns of the product of k reflectors. */
void NAME(qr)(int64_t m, int64_t n, Real *a, int64_t lda, Real *tau);
void NAME(form_q)(int64_t m, int64_t n, int64_t k, Real *a, int64_t lda, const Real *tau);

/* ---- eigen.c ---- */

/*
 * Eigenvalues of a symmetric matrix, ascending, and eigenvectors in place of it if wanted. Of A only one triangle is read.
 * 0, or how many off-diagonal elements did not vanish.
 */
int NAME(eigen)(bool lower, bool vectors, int64_t n, Real *a, int64_t lda, Real *values);

#endif
