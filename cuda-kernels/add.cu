#include "tensor.cuh"

namespace dp {
namespace {

template <dp_type Base, dp_type Out>
__global__ void add_kernel(int64_t n, int64_t eights, const void *base, const float *delta, void *out, int64_t *overflows) {
  constexpr uint32_t LIMIT = Out == DP_F32 ? DP_F32_INFINITE : Out == DP_F16 ? DP_F16_OVERFLOW : DP_BF16_OVERFLOW;
  int64_t thread = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
  int64_t threads = (int64_t)gridDim.x * blockDim.x;
  unsigned found = 0;
  for (int64_t i = thread; i < eights; i += threads) {
    float x[8], y[8];
    get8<Base>(base, i, x);
    get8<DP_F32>(delta, i, y);
#pragma unroll
    for (int k = 0; k < 8; ++k) {
      x[k] += y[k];
      found += dp_overflows(x[k], LIMIT);
    }
    set8<Out>(out, i, x);
  }
  for (int64_t i = 8 * eights + thread; i < n; i += threads) {
    float sum = get<Base>(base, i) + delta[i];
    found += dp_overflows(sum, LIMIT);
    set<Out>(out, i, sum);
  }
  add_count(overflows, found);
}

}  // namespace

dp_status add(dp_stream *stream, int64_t n, const void *base, dp_type base_type, const float *delta, void *out,
              dp_type out_type, int64_t *overflows) {
  DP_TRY(zero(stream, overflows, sizeof *overflows));
  int64_t eights = aligned(base, 16) && aligned(delta, 16) && aligned(out, 16) ? n / 8 : 0;
  dim3 grid = grid_of(stream, n / (eights > 0 ? 8 * BLOCK : BLOCK) + 1);
  return with_type(base_type, [&](auto x) {
    return with_type(out_type, [&](auto y) {
      DP_LAUNCH((add_kernel<decltype(x)::value, decltype(y)::value>), grid, BLOCK, stream, n, eights, base, delta, out, overflows);
      return launched("dp_add");
    });
  });
}

}  // namespace dp
