#include "dense.h"

INNER_LOOP Real NAME(dot)(int64_t n, const Real *x, const Real *y) {
  Vector sums[2] = {{0}, {0}};
  int64_t i = 0;
  for (; i + 2 * LANES <= n; i += 2 * LANES) {
    sums[0] += *(const LooseVector *)(x + i) * *(const LooseVector *)(y + i);
    sums[1] += *(const LooseVector *)(x + i + LANES) * *(const LooseVector *)(y + i + LANES);
  }
  sums[0] += sums[1];
  Real sum = 0;
  for (int lane = 0; lane < LANES; lane++) sum += sums[0][lane];
  for (; i < n; i++) sum += x[i] * y[i];
  return sum;
}

INNER_LOOP void NAME(add_multiple)(int64_t n, Real factor, const Real *restrict x, Real *restrict y) {
  for (int64_t i = 0; i < n; i++) y[i] += factor * x[i];
}

Real NAME(norm)(int64_t n, const Real *x, int64_t stride) {
  Real largest = 0;
  for (int64_t i = 0; i < n; i++) {
    Real size = fabs(x[i * stride]);
    if (!(size <= largest)) largest = size; /* a NaN too */
  }
  if (largest == 0 || !isfinite(largest)) return largest;
  Real sum = 0;
  for (int64_t i = 0; i < n; i++) {
    Real scaled = x[i * stride] / largest;
    sum += scaled * scaled;
  }
  return largest * sqrt(sum);
}

void NAME(poison)(int64_t m, int64_t n, Real *c, int64_t ldc) {
  for (int64_t j = 0; j < n; j++) {
    for (int64_t i = 0; i < m; i++) c[i + j * ldc] = (Real)NAN;
  }
}
