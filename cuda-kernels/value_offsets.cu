#include "packed.cuh"

namespace dp {
namespace {

__device__ __forceinline__ long long bytes_of(int64_t survivors, int bits) {
  return (long long)(((uint64_t)survivors * (uint64_t)bits + 7) / 8);
}

/* One block: there are few components, and every offset hangs on all before. */
__global__ void offsets_kernel(int64_t components, Widths widths, const int64_t *survivors_u, const int64_t *survivors_v,
                               int64_t first_offset, int64_t *offsets_u, int64_t *offsets_v, int64_t *end) {
  __shared__ long long sums[WARP];
  long long at = first_offset;
  for (int64_t first = 0; first < components; first += blockDim.x) {
    int64_t c = first + threadIdx.x;
    bool there = c < components;
    int bits = there ? bits_of(widths, c) : 0;
    long long u = there ? bytes_of(survivors_u[c], bits) : 0;
    long long v = there && survivors_v != nullptr ? bytes_of(survivors_v[c], bits) : 0;
    long long total;
    long long before = block_scan(u + v, sums, &total);
    if (there) offsets_u[c] = at + before;
    if (there && survivors_v != nullptr) offsets_v[c] = at + before + u;
    at += total;
  }
  if (threadIdx.x == 0) *end = at;
}

}  // namespace

dp_status value_offsets(dp_stream *stream, int64_t components, const Widths &widths, const int64_t *survivors_u,
                        const int64_t *survivors_v, int64_t first_offset, int64_t *offsets_u, int64_t *offsets_v,
                        int64_t *end) {
  DP_LAUNCH(offsets_kernel, 1, 1024, stream, components, widths, survivors_u, survivors_v, first_offset, offsets_u, offsets_v, end);
  return launched("dp_value_offsets");
}

}  // namespace dp
