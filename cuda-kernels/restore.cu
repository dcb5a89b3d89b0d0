#include "tensor.cuh"

namespace dp {
namespace {

/* Rows and columns of a thread's sums. Its rows are those of its whole warp, whose lanes read the same factors of u. */
constexpr int ROWS = 8;
constexpr int COLUMNS = 4;

__device__ __forceinline__ void accumulate(float4 *sum, float factor, float4 row) {
  if (factor == 0) return; /* the whole warp */
  sum->x = fmaf(factor, row.x, sum->x);
  sum->y = fmaf(factor, row.y, sum->y);
  sum->z = fmaf(factor, row.z, sum->z);
  sum->w = fmaf(factor, row.w, sum->w);
}

template <dp_type Out>
__device__ __forceinline__ void set4(void *data, int64_t i, int64_t count, float4 four) {
  if constexpr (Out == DP_F32) {
    store4((float *)data + i, count, four);
  } else {
    uint16_t *to = (uint16_t *)data + i;
    const uint16_t words[4] = {narrow<Out>(four.x), narrow<Out>(four.y), narrow<Out>(four.z), narrow<Out>(four.w)};
    if (count >= 4 && aligned(to, 8)) {
      *(uint2 *)to = make_uint2(words[0] | (uint32_t)words[1] << 16, words[2] | (uint32_t)words[3] << 16);
    } else {
      if (count > 0) to[0] = words[0];
      if (count > 1) to[1] = words[1];
      if (count > 2) to[2] = words[2];
      if (count > 3) to[3] = words[3];
    }
  }
}

template <dp_type Base, dp_type Out>
__global__ void restore_kernel(Product product, const void *base, void *out, int64_t *overflows) {
  constexpr uint32_t LIMIT = Out == DP_F32 ? DP_F32_INFINITE : Out == DP_F16 ? DP_F16_OVERFLOW : DP_BF16_OVERFLOW;
  unsigned found = 0;
  for (int64_t row = (int64_t)blockIdx.y * ROWS; row < product.rows; row += (int64_t)gridDim.y * ROWS) {
    int64_t rows = product.rows - row;
    for (int64_t left = (int64_t)blockIdx.x * blockDim.x; left * COLUMNS < product.columns; left += (int64_t)gridDim.x * blockDim.x) {
      int64_t column = (left + threadIdx.x) * COLUMNS;
      int64_t columns = product.columns - column; /* not positive: the thread only keeps its warp company */
      float4 sums[ROWS];
#pragma unroll
      for (int i = 0; i < ROWS; ++i) sums[i].x = sums[i].y = sums[i].z = sums[i].w = 0;
      for (int64_t c = 0; c < product.components; ++c) {
        float4 v = load4(product.v + c * product.v_stride + column, columns);
        const float *u = product.u + c * product.u_stride + row;
        float4 low = load4(u, rows), high = load4(u + 4, rows - 4);
        accumulate(&sums[0], low.x, v);
        accumulate(&sums[1], low.y, v);
        accumulate(&sums[2], low.z, v);
        accumulate(&sums[3], low.w, v);
        accumulate(&sums[4], high.x, v);
        accumulate(&sums[5], high.y, v);
        accumulate(&sums[6], high.z, v);
        accumulate(&sums[7], high.w, v);
      }
#pragma unroll
      for (int i = 0; i < ROWS; ++i) {
        if (i >= rows || columns <= 0) continue;
        int64_t at = (row + i) * product.columns + column;
        float4 four = get4<Base>(base, at, columns);
        four.x += sums[i].x;
        four.y += sums[i].y;
        four.z += sums[i].z;
        four.w += sums[i].w;
        found += dp_overflows(four.x, LIMIT);
        if (columns > 1) found += dp_overflows(four.y, LIMIT);
        if (columns > 2) found += dp_overflows(four.z, LIMIT);
        if (columns > 3) found += dp_overflows(four.w, LIMIT);
        set4<Out>(out, at, columns, four);
      }
    }
  }
  add_count(overflows, found);
}

}  // namespace

dp_status restore(dp_stream *stream, const Product &product, const void *base, dp_type base_type, void *out, dp_type out_type,
                  int64_t *overflows) {
  DP_TRY(zero(stream, overflows, sizeof *overflows));
  dim3 grid = grid_of(stream, (product.columns + BLOCK * COLUMNS - 1) / (BLOCK * COLUMNS), (product.rows + ROWS - 1) / ROWS);
  return with_type(base_type, [&](auto x) {
    return with_type(out_type, [&](auto y) {
      DP_LAUNCH((restore_kernel<decltype(x)::value, decltype(y)::value>), grid, BLOCK, stream, product, base, out, overflows);
      return launched("dp_restore");
    });
  });
}

}  // namespace dp
