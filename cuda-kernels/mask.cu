#include "mask.cuh"

#include "launch.cuh"

namespace dp {
namespace {

constexpr int COUNTERS = DP_TILE / 4; /* of a tile */

/* The four draws of a counter, as bits of those that survive. */
__device__ __forceinline__ unsigned draw4(const dp_mask &mask, int64_t component, int64_t counter, uint32_t last) {
  uint32_t x0 = (uint32_t)(mask.first_entry / 4 + counter);
  uint32_t x1 = (uint32_t)(mask.first_component + component);
  uint32_t x2 = mask.side;
  uint32_t x3 = 0;
  dp_philox(&x0, &x1, &x2, &x3, mask.seed, mask.tensor);
  return dp_survives(x0, last) | dp_survives(x1, last) << 1 | dp_survives(x2, last) << 2 | dp_survives(x3, last) << 3;
}

/* Bits of the entries that are there, of four of which left are. */
__device__ __forceinline__ unsigned valid4(int64_t left) { return left >= 4 ? 15 : left > 0 ? (1u << left) - 1 : 0; }

/* A block draws a tile; eight neighbours in a warp join their bits in a word. ranks receive the counts of tiles. */
__global__ void draw_kernel(dp_mask mask, int64_t tiles, const uint32_t *thresholds, uint32_t *words, int64_t *ranks,
                            int64_t *survivors) {
  __shared__ unsigned tile_count;
  for (int64_t c = blockIdx.y; c < mask.components; c += gridDim.y) {
    uint32_t last = thresholds[c];
    for (int64_t tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
      if (threadIdx.x == 0) tile_count = 0;
      __syncthreads();
      unsigned count = 0;
      for (int q = threadIdx.x; q < COUNTERS; q += blockDim.x) {
        int64_t counter = tile * COUNTERS + q;
        unsigned four = draw4(mask, c, counter, last) & valid4(mask.entries - 4 * counter);
        count += __popc(four);
        unsigned word = four << (4 * (q % 8));
        word |= __shfl_xor_sync(ALL_LANES, word, 1);
        word |= __shfl_xor_sync(ALL_LANES, word, 2);
        word |= __shfl_xor_sync(ALL_LANES, word, 4);
        if (words != nullptr && q % 8 == 0) words[(c * tiles + tile) * (DP_TILE / 32) + q / 8] = word;
      }
      count = warp_sum(count);
      if (threadIdx.x % WARP == 0) atomicAdd(&tile_count, count);
      __syncthreads();
      if (threadIdx.x == 0) {
        if (ranks != nullptr) ranks[c * tiles + tile] = tile_count;
        if (survivors != nullptr) atomicAdd((unsigned long long *)&survivors[c], (unsigned long long)tile_count);
      }
    }
  }
}

/* Turns the counts of a component's tiles into the sums over those before. */
__global__ void ranks_kernel(int64_t components, int64_t tiles, int64_t *ranks) {
  __shared__ long long sums[WARP];
  for (int64_t c = blockIdx.x; c < components; c += gridDim.x) {
    int64_t *row = ranks + c * tiles;
    long long before = 0;
    for (int64_t first = 0; first < tiles; first += blockDim.x) {
      int64_t tile = first + threadIdx.x;
      long long total;
      long long rank = block_scan(tile < tiles ? row[tile] : 0, sums, &total);
      if (tile < tiles) row[tile] = before + rank;
      before += total;
    }
  }
}

__global__ void rescale_kernel(dp_mask mask, const uint32_t *thresholds, const float *x, int64_t x_stride, float *out,
                               int64_t out_stride, int64_t *survivors) {
  int64_t counters = (mask.entries + 3) / 4;
  int64_t threads = (int64_t)gridDim.x * blockDim.x;
  for (int64_t c = blockIdx.y; c < mask.components; c += gridDim.y) {
    uint32_t last = thresholds[c];
    double inverse = dp_inverse_keep(last);
    unsigned count = 0;
    for (int64_t counter = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; counter < counters; counter += threads) {
      int64_t left = mask.entries - 4 * counter;
      float4 four = load4(x + c * x_stride + 4 * counter, left);
      unsigned bits = draw4(mask, c, counter, last) & valid4(left);
      four.x = bits & 1 ? dp_scaled(four.x, inverse) : 0;
      four.y = bits & 2 ? dp_scaled(four.y, inverse) : 0;
      four.z = bits & 4 ? dp_scaled(four.z, inverse) : 0;
      four.w = bits & 8 ? dp_scaled(four.w, inverse) : 0;
      store4(out + c * out_stride + 4 * counter, left, four);
      count += __popc(bits);
    }
    if (survivors != nullptr) add_count(&survivors[c], count);
  }
}

}  // namespace

dp_status mask_draw(dp_stream *stream, const dp_mask &mask, const uint32_t *thresholds, uint32_t *words, int64_t *ranks,
                    int64_t *survivors) {
  int64_t tiles = DP_TILES(mask.entries);
  if (survivors != nullptr) DP_TRY(zero(stream, survivors, mask.components * 8));
  DP_LAUNCH(draw_kernel, grid_of(stream, tiles, mask.components), BLOCK, stream, mask, tiles, thresholds, words, ranks, survivors);
  if (ranks != nullptr) {
    int threads = tiles > 256 ? 1024 : BLOCK; /* one long component has a block to itself */
    DP_LAUNCH(ranks_kernel, grid_of(stream, mask.components), threads, stream, mask.components, tiles, ranks);
  }
  return launched("dp_mask_draw");
}

dp_status mask_rescale(dp_stream *stream, const dp_mask &mask, const uint32_t *thresholds, const float *x, int64_t x_stride,
                       float *out, int64_t out_stride, int64_t *survivors) {
  if (survivors != nullptr) DP_TRY(zero(stream, survivors, mask.components * 8));
  dim3 grid = grid_of(stream, (mask.entries + 4 * BLOCK - 1) / (4 * BLOCK), mask.components);
  DP_LAUNCH(rescale_kernel, grid, BLOCK, stream, mask, thresholds, x, x_stride, out, out_stride, survivors);
  return launched("dp_mask_rescale");
}

}  // namespace dp
