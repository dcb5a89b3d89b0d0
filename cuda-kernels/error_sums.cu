#include "tensor.cuh"

/*
 * A stripe's additions are a chain, so a piece has only DP_STRIPES of them to work on. To keep a device busy, small blocks take four
 * stripes a thread, and the two pairs of inputs are different blocks; stripes go to the workspace and are added in two more steps.
 */
namespace dp {
namespace {

constexpr int QUADS = DP_STRIPES / 4;

struct Squares {
  double of[4] = {0, 0, 0, 0};

  __device__ __forceinline__ void add(double x, double y, double z, double w) {
    of[0] += x * x;
    of[1] += y * y;
    of[2] += z * z;
    of[3] += w * w;
  }

  __device__ __forceinline__ void store(double *stripes) const {
    for (int k = 0; k < 4; ++k) stripes[k] = of[k];
  }
};

/* workspace: pieces x 3 x DP_STRIPES. Both: sums 0 and 1, of x and of y - x; else sum 2, of y - x. */
template <dp_type X, dp_type Y, bool Both>
__device__ __forceinline__ void sum_stripes(int64_t n, int64_t piece, int quad, const void *x, const void *y, double *workspace) {
  int64_t end = (piece + 1) * DP_PIECE < n ? (piece + 1) * DP_PIECE : n;
  Squares whole, difference;
#pragma unroll 4
  for (int64_t i = piece * DP_PIECE + 4 * quad; i < end; i += DP_STRIPES) {
    float4 a = get4<X>(x, i, end - i);
    float4 b = get4<Y>(y, i, end - i);
    if (Both) whole.add(a.x, a.y, a.z, a.w);
    difference.add((double)b.x - a.x, (double)b.y - a.y, (double)b.z - a.z, (double)b.w - a.w);
  }
  double *stripes = workspace + piece * 3 * DP_STRIPES + 4 * quad;
  if (Both) whole.store(stripes);
  difference.store(stripes + (Both ? 1 : 2) * DP_STRIPES);
}

template <dp_type Tuned, dp_type Restored>
__global__ void stripes_kernel(int64_t n, int64_t pieces, const float *truth, const float *decoded, const void *tuned,
                               const void *restored, double *workspace) {
  int step = gridDim.y * blockDim.x;
  for (int64_t piece = blockIdx.x; piece < pieces; piece += gridDim.x) {
    for (int quad = blockIdx.y * blockDim.x + threadIdx.x; quad < QUADS; quad += step) {
      if (blockIdx.z == 0) {
        sum_stripes<DP_F32, DP_F32, true>(n, piece, quad, truth, decoded, workspace);
      } else {
        sum_stripes<Tuned, Restored, false>(n, piece, quad, tuned, restored, workspace);
      }
    }
  }
}

/* Adds the stripes of each sum pairwise, into the first. */
__global__ void pairs_kernel(int64_t sums, double *workspace) {
  for (int64_t sum = blockIdx.x; sum < sums; sum += gridDim.x) {
    double *stripes = workspace + sum * DP_STRIPES;
    for (int half = DP_STRIPES / 2; half > 0; half /= 2) {
      for (int j = threadIdx.x; j < half; j += blockDim.x) stripes[j] += stripes[j + half];
      __syncthreads();
    }
  }
}

__global__ void pieces_kernel(int64_t pieces, const double *workspace, double *sums) {
  for (int s = threadIdx.x; s < 3; s += blockDim.x) {
    double sum = 0;
    for (int64_t piece = 0; piece < pieces; ++piece) sum += workspace[(piece * 3 + s) * DP_STRIPES];
    sums[s] = sum;
  }
}

}  // namespace

dp_status error_sums(dp_stream *stream, int64_t n, const float *truth, const float *decoded, const void *tuned,
                     dp_type tuned_type, const void *restored, dp_type restored_type, double *workspace, double *sums) {
  int64_t pieces = (n + DP_PIECE - 1) / DP_PIECE;
  dim3 grid = grid_of(stream, pieces);
  grid.y = QUADS / WARP;
  grid.z = 2;
  DP_TRY(with_type(tuned_type, [&](auto x) {
    return with_type(restored_type, [&](auto y) {
      DP_LAUNCH((stripes_kernel<decltype(x)::value, decltype(y)::value>), grid, WARP, stream, n, pieces, truth, decoded, tuned,
                restored, workspace);
      return launched("dp_error_sums");
    });
  }));
  DP_LAUNCH(pairs_kernel, grid_of(stream, 3 * pieces), BLOCK, stream, 3 * pieces, workspace);
  DP_LAUNCH(pieces_kernel, 1, WARP, stream, pieces, workspace, sums);
  return launched("dp_error_sums");
}

}  // namespace dp
