#include "mask.cuh"

#include "launch.cuh"

namespace dp {
namespace {

__device__ __forceinline__ bool kept(const uint32_t *words, int64_t i) { return words == nullptr || (words[i / 32] >> (i % 32) & 1); }

/* A block takes a component, its pieces in turn; a thread takes whole stripes, so that their order is kept. */
__global__ void scales_kernel(Survivors all, const float *x, int64_t stride, float *largest, double *squares) {
  __shared__ double stripes[DP_STRIPES];
  __shared__ unsigned most;
  for (int64_t c = blockIdx.x; c < all.components; c += gridDim.x) {
    const uint32_t *words = all.words == nullptr ? nullptr : all.words + c * DP_MASK_WORDS(all.entries);
    const float *row = x + c * stride;
    if (threadIdx.x == 0) most = 0;
    unsigned mine = 0;
    double sum = 0;
    for (int64_t piece = 0; piece < all.entries; piece += DP_PIECE) {
      int64_t end = piece + DP_PIECE < all.entries ? piece + DP_PIECE : all.entries;
      for (int j = threadIdx.x; j < DP_STRIPES; j += blockDim.x) {
        double stripe = 0;
        for (int64_t i = piece + j; i < end; i += DP_STRIPES) {
          if (!kept(words, i)) continue;
          double value = row[i];
          stripe += value * value;
          unsigned magnitude = dp_bits(row[i]) & 0x7FFFFFFF; /* ordered as floats are, NaN above all */
          mine = magnitude > mine ? magnitude : mine;
        }
        stripes[j] = stripe;
      }
      __syncthreads();
      for (int half = DP_STRIPES / 2; half > 0; half /= 2) {
        for (int j = threadIdx.x; j < half; j += blockDim.x) stripes[j] += stripes[j + half];
        __syncthreads();
      }
      sum += stripes[0];
      __syncthreads();
    }
    atomicMax(&most, mine);
    __syncthreads();
    if (threadIdx.x == 0) {
      if (largest != nullptr) largest[c] = dp_float(most);
      if (squares != nullptr) squares[c] = sum;
    }
    __syncthreads();
  }
}

}  // namespace

dp_status component_scales(dp_stream *stream, const Survivors &kept, const float *x, int64_t stride, float *largest,
                           double *squares) {
  DP_LAUNCH(scales_kernel, grid_of(stream, kept.components), DP_STRIPES, stream, kept, x, stride, largest, squares);
  return launched("dp_component_scales");
}

}  // namespace dp
