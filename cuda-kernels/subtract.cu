#include "tensor.cuh"

namespace dp {
namespace {

/* Eights are elements that can be moved 16 bytes at a time: 8 * eights of them, all others one by one. */
template <dp_type Tuned, dp_type Base>
__global__ void subtract_kernel(int64_t n, int64_t eights, const void *tuned, const void *base, float *out, int64_t *non_finite) {
  int64_t thread = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
  int64_t threads = (int64_t)gridDim.x * blockDim.x;
  unsigned found = 0;
  for (int64_t i = thread; i < eights; i += threads) {
    float x[8], y[8];
    get8<Tuned>(tuned, i, x);
    get8<Base>(base, i, y);
#pragma unroll
    for (int k = 0; k < 8; ++k) {
      x[k] -= y[k];
      found += dp_non_finite(x[k]);
    }
    set8<DP_F32>(out, i, x);
  }
  for (int64_t i = 8 * eights + thread; i < n; i += threads) {
    out[i] = get<Tuned>(tuned, i) - get<Base>(base, i);
    found += dp_non_finite(out[i]);
  }
  add_count(non_finite, found);
}

}  // namespace

dp_status subtract(dp_stream *stream, int64_t n, const void *tuned, dp_type tuned_type, const void *base, dp_type base_type,
                   float *out, int64_t *non_finite) {
  DP_TRY(zero(stream, non_finite, sizeof *non_finite));
  int64_t eights = aligned(tuned, 16) && aligned(base, 16) && aligned(out, 16) ? n / 8 : 0;
  dim3 grid = grid_of(stream, n / (eights > 0 ? 8 * BLOCK : BLOCK) + 1);
  return with_type(tuned_type, [&](auto x) {
    return with_type(base_type, [&](auto y) {
      DP_LAUNCH((subtract_kernel<decltype(x)::value, decltype(y)::value>), grid, BLOCK, stream, n, eights, tuned, base, out,
                non_finite);
      return launched("dp_subtract");
    });
  });
}

}  // namespace dp
