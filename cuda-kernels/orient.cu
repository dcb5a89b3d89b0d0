#include "launch.cuh"
#include "portable.cuh"

namespace dp {
namespace {

/*
 * What makes an entry the leading one, as a number that is larger for a larger magnitude and, on a tie, for an earlier entry. The last bit is
 * the sign, which no comparison depends on: of one place there is one entry.
 */
__device__ __forceinline__ unsigned long long key_of(float value, int64_t place) {
  unsigned long long magnitude = dp_bits(value) & 0x7FFFFFFF;
  unsigned long long earlier = 0x7FFFFFFFull - (unsigned long long)place;
  return magnitude << 32 | earlier << 1 | (dp_bits(value) >> 31);
}

__device__ __forceinline__ void copy_signed(const float *from, float *to, int64_t entries, bool negative) {
  for (int64_t i = threadIdx.x; i < entries; i += blockDim.x) to[i] = negative ? -from[i] : from[i];
}

/* A block takes a component. */
__global__ void orient_kernel(int64_t components, int64_t u_entries, const float *u, int64_t v_entries,
                              const float *v, float *u_out, float *v_out) {
  __shared__ unsigned long long most;
  for (int64_t c = blockIdx.x; c < components; c += gridDim.x) {
    if (threadIdx.x == 0) most = 0;
    __syncthreads();
    const float *row = u + c * u_entries;
    unsigned long long mine = 0;
    for (int64_t i = threadIdx.x; i < u_entries; i += blockDim.x) {
      unsigned long long key = key_of(row[i], i);
      mine = key > mine ? key : mine;
    }
    atomicMax(&most, mine);
    __syncthreads();
    bool negative = (most & 1) != 0 && most >> 32 != 0; /* not for -0 */
    __syncthreads(); /* all have read before the next component begins */
    copy_signed(row, u_out + c * u_entries, u_entries, negative);
    copy_signed(v + c * v_entries, v_out + c * v_entries, v_entries, negative);
  }
}

}  // namespace

dp_status orient(dp_stream *stream, int64_t components, int64_t u_entries, const float *u, int64_t v_entries, const float *v,
                 float *u_out, float *v_out) {
  DP_LAUNCH(orient_kernel, grid_of(stream, components), 256, stream, components, u_entries, u, v_entries, v, u_out,
            v_out);
  return launched("dp_orient");
}

}  // namespace dp
