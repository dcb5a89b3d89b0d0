/* What all kernels share: grids, sums over a warp, accesses of 16 bytes where alignment allows. */
#ifndef DELTAPRESS_LAUNCH_CUH
#define DELTAPRESS_LAUNCH_CUH

#include "cuda/stream.h"
#include "operations.h"

/* The launch, in one place so that a host emulator can run the same kernels thread by thread (native/tests/emulator). */
#ifndef DP_LAUNCH
#define DP_LAUNCH(kernel, grid, block, stream, ...) kernel<<<(grid), (block), 0, (stream)->queue>>>(__VA_ARGS__)
#endif

namespace dp {

/* Threads of a block, a multiple of a warp. Kernels stride by blockDim and gridDim, so any such number is correct. */
constexpr int BLOCK = 128;
constexpr int WARP = 32;
constexpr unsigned ALL_LANES = 0xFFFFFFFFu;

/* Enough blocks to fill the device a few times over; strides do the rest. */
inline int64_t most_blocks(const dp_stream *stream) { return (int64_t)stream->multiprocessors * 32; }

inline dim3 grid_of(const dp_stream *stream, int64_t items) {
  int64_t blocks = items < most_blocks(stream) ? items : most_blocks(stream);
  return dim3((unsigned)(blocks < 1 ? 1 : blocks));
}

/* Columns of a factor in x and components in y, which saves kernels a division. */
inline dim3 grid_of(const dp_stream *stream, int64_t columns, int64_t components) {
  dim3 grid = grid_of(stream, columns);
  int64_t rows = most_blocks(stream) / grid.x + 1;
  rows = components < rows ? components : rows;
  grid.y = (unsigned)(rows < 65535 ? rows : 65535);
  return grid;
}

__device__ __forceinline__ unsigned warp_sum(unsigned value) {
  for (int other = WARP / 2; other > 0; other /= 2) value += __shfl_xor_sync(ALL_LANES, value, other);
  return value;
}

/* Adds what all threads of the warp counted. Called by whole warps. Integers: their order does not matter. */
__device__ __forceinline__ void add_count(int64_t *total, unsigned count) {
  count = warp_sum(count);
  if (threadIdx.x % WARP == 0 && count != 0) atomicAdd((unsigned long long *)total, (unsigned long long)count);
}

/* Of the thread's value, the sum over all threads before it; *total is that of the block. For whole blocks; sums has WARP places. */
__device__ __forceinline__ long long block_scan(long long value, long long *sums, long long *total) {
  int lane = threadIdx.x % WARP, warp = threadIdx.x / WARP, warps = blockDim.x / WARP;
  long long before = value;
  for (int step = 1; step < WARP; step *= 2) {
    long long other = __shfl_up_sync(ALL_LANES, before, step);
    if (lane >= step) before += other;
  }
  if (lane == WARP - 1) sums[warp] = before;
  __syncthreads();
  long long earlier = 0;
  *total = 0;
  for (int w = 0; w < warps; ++w) {
    if (w < warp) earlier += sums[w];
    *total += sums[w];
  }
  __syncthreads(); /* sums can be used again */
  return earlier + before - value;
}

__host__ __device__ __forceinline__ bool aligned(const void *pointer, unsigned bytes) {
  return (uintptr_t)pointer % bytes == 0;
}

/* Up to four floats; those missing are 0. */
__device__ __forceinline__ float4 load4(const float *from, int64_t count) {
  if (count >= 4 && aligned(from, 16)) return *(const float4 *)from;
  float4 four;
  four.x = count > 0 ? from[0] : 0;
  four.y = count > 1 ? from[1] : 0;
  four.z = count > 2 ? from[2] : 0;
  four.w = count > 3 ? from[3] : 0;
  return four;
}

__device__ __forceinline__ void store4(float *to, int64_t count, float4 four) {
  if (count >= 4 && aligned(to, 16)) {
    *(float4 *)to = four;
    return;
  }
  if (count > 0) to[0] = four.x;
  if (count > 1) to[1] = four.y;
  if (count > 2) to[2] = four.z;
  if (count > 3) to[3] = four.w;
}

}  // namespace dp

#endif
