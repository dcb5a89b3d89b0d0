#include "packed.cuh"

namespace dp {
namespace {

__device__ __forceinline__ uint32_t word_of(const Survivors &kept, int64_t c, int64_t word) {
  if (kept.words != nullptr) return kept.words[c * DP_MASK_WORDS(kept.entries) + word];
  int64_t left = kept.entries - 32 * word;
  return left >= 32 ? ~0u : left > 0 ? (1u << left) - 1 : 0;
}

/* starts[row] = entries of the row: survivors of a component, or components of which that entry survives. */
__global__ void count_kernel(Survivors kept, bool transpose, int32_t *starts) {
  int64_t thread = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
  int64_t threads = (int64_t)gridDim.x * blockDim.x;
  int64_t rows = transpose ? kept.entries : kept.components;
  for (int64_t row = thread; row < rows; row += threads) {
    int32_t count = 0;
    if (transpose) {
      for (int64_t c = 0; c < kept.components; ++c) count += word_of(kept, c, row / 32) >> (row % 32) & 1;
    } else {
      int64_t tile = DP_TILES(kept.entries) - 1;
      count = (int32_t)rank_of(kept, row, tile);
      for (int word = 0; word < DP_TILE / 32; ++word) count += __popc(word_of(kept, row, tile * (DP_TILE / 32) + word));
    }
    starts[row] = count;
  }
}

/* Counts become what lies before them. One block: every row hangs on all before. */
__global__ void scan_kernel(int64_t rows, int32_t *starts) {
  __shared__ long long sums[WARP];
  long long at = 0;
  for (int64_t first = 0; first < rows; first += blockDim.x) {
    int64_t row = first + threadIdx.x;
    long long total;
    long long before = block_scan(row < rows ? starts[row] : 0, sums, &total);
    if (row < rows) starts[row] = (int32_t)(at + before);
    at += total;
  }
  if (threadIdx.x == 0) starts[rows] = (int32_t)at;
}

__global__ void fill_rows_kernel(Survivors kept, const float *x, int64_t stride, const int32_t *starts, int32_t *indices,
                                 float *values) {
  __shared__ TileMask mask;
  for (int64_t c = blockIdx.y; c < kept.components; c += gridDim.y) {
    for (int64_t tile = blockIdx.x; tile < DP_TILES(kept.entries); tile += gridDim.x) {
      mask.load(kept, c, tile);
      __syncthreads();
      for (int q = threadIdx.x; q < DP_TILE / 4; q += blockDim.x) {
        unsigned four = mask.four(q);
        int64_t place = starts[c] + rank_of(kept, c, tile) + mask.rank(q);
        for (int k = 0; k < 4; ++k) {
          if ((four >> k & 1) == 0) continue;
          int64_t entry = tile * DP_TILE + 4 * q + k;
          indices[place] = (int32_t)entry;
          values[place++] = x[c * stride + entry];
        }
      }
      __syncthreads(); /* the mask can be loaded again */
    }
  }
}

__global__ void fill_columns_kernel(Survivors kept, const float *x, int64_t stride, const int32_t *starts, int32_t *indices,
                                    float *values) {
  int64_t thread = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
  int64_t threads = (int64_t)gridDim.x * blockDim.x;
  for (int64_t i = thread; i < kept.entries; i += threads) {
    int64_t place = starts[i];
    for (int64_t c = 0; c < kept.components; ++c) {
      if ((word_of(kept, c, i / 32) >> (i % 32) & 1) == 0) continue;
      indices[place] = (int32_t)c;
      values[place++] = x[c * stride + i];
    }
  }
}

}  // namespace

dp_status sparse_rows(dp_stream *stream, const Survivors &kept, const float *x, int64_t stride, bool transpose, int32_t *starts,
                      int32_t *indices, float *values) {
  int64_t rows = transpose ? kept.entries : kept.components;
  dim3 grid = grid_of(stream, rows / BLOCK + 1);
  DP_LAUNCH(count_kernel, grid, BLOCK, stream, kept, transpose, starts);
  DP_TRY(launched("dp_sparse_rows"));
  DP_LAUNCH(scan_kernel, 1, 1024, stream, rows, starts);
  DP_TRY(launched("dp_sparse_rows"));
  if (transpose) {
    DP_LAUNCH(fill_columns_kernel, grid, BLOCK, stream, kept, x, stride, starts, indices, values);
  } else {
    dim3 tiles = grid_of(stream, DP_TILES(kept.entries), kept.components);
    DP_LAUNCH(fill_rows_kernel, tiles, BLOCK, stream, kept, x, stride, starts, indices, values);
  }
  return launched("dp_sparse_rows");
}

}  // namespace dp
