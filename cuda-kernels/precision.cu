#include "launch.cuh"

namespace dp {
namespace {

template <class From, class To>
__global__ void precision_kernel(int64_t n, const From *x, To *out) {
  int64_t threads = (int64_t)gridDim.x * blockDim.x;
  for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += threads) out[i] = (To)x[i];
}

}  // namespace

dp_status widen(dp_stream *stream, int64_t n, const float *x, double *out) {
  DP_LAUNCH((precision_kernel<float, double>), grid_of(stream, n / BLOCK + 1), BLOCK, stream, n, x, out);
  return launched("dp_widen");
}

dp_status narrow(dp_stream *stream, int64_t n, const double *x, float *out) {
  DP_LAUNCH((precision_kernel<double, float>), grid_of(stream, n / BLOCK + 1), BLOCK, stream, n, x, out);
  return launched("dp_narrow");
}

}  // namespace dp
