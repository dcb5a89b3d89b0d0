/* Householder reflectors. */
#include "dense.h"

Real NAME(reflector)(int64_t n, Real *x) {
  Real rest = n > 1 ? NAME(norm)(n - 1, x + 1, 1) : 0;
  if (rest == 0) return 0;
  Real head = x[0];
  Real beta = -copysign(hypot(head, rest), head);
  if (fabs(beta) < LEAST_NORMAL / EPSILON) { /* too few bits for H to be orthogonal */
    for (int64_t i = 0; i < n; i++) x[i] *= EPSILON / LEAST_NORMAL;
    Real tau = NAME(reflector)(n, x);
    x[0] *= LEAST_NORMAL / EPSILON;
    return tau;
  }
  for (int64_t i = 1; i < n; i++) x[i] /= head - beta;
  x[0] = beta;
  return (beta - head) / beta;
}

/* The columns become H times them; v[0] counts as 1 whatever is there. */
static void reflect(int64_t m, int64_t n, const Real *v, Real tau, Real *c, int64_t ldc) {
  for (int64_t j = 0; j < n && tau != 0; j++) {
    Real *column = c + j * ldc;
    Real sum = tau * (column[0] + NAME(dot)(m - 1, v + 1, column + 1));
    column[0] -= sum;
    NAME(add_multiple)(m - 1, -sum, v + 1, column + 1);
  }
}

void NAME(qr)(int64_t m, int64_t n, Real *a, int64_t lda, Real *tau) {
  for (int64_t k = 0; k < (m < n ? m : n); k++) {
    Real *column = a + k + k * lda;
    tau[k] = NAME(reflector)(m - k, column);
    reflect(m - k, n - k - 1, column, tau[k], column + lda, lda);
  }
}

void NAME(form_q)(int64_t m, int64_t n, int64_t k, Real *a, int64_t lda, const Real *tau) {
  for (int64_t j = k; j < n; j++) {
    for (int64_t i = 0; i < m; i++) a[i + j * lda] = i == j;
  }
  for (int64_t j = k - 1; j >= 0; j--) {
    Real *column = a + j + j * lda;
    reflect(m - j, n - j - 1, column, tau[j], column + lda, lda);
    for (int64_t i = 1; i < m - j; i++) column[i] *= -tau[j];
    column[0] = 1 - tau[j];
    for (int64_t i = 0; i < j; i++) a[i + j * lda] = 0;
  }
}
