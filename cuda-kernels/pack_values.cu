#include "convert.cuh"
#include "values.cuh"

#include "packed.cuh"

/*
 * A block packs DP_TILE survivors, wherever in the component they come from: they are whole bytes at every width, so no two blocks
 * write the same byte. Where they begin is found in the ranks; tiles are then walked until enough were met.
 */
namespace dp {
namespace {

/* The last tile with no more than that many survivors before it. */
__device__ __forceinline__ int64_t tile_of(const Survivors &kept, int64_t c, int64_t rank) {
  int64_t low = 0;
  for (int64_t high = DP_TILES(kept.entries); high - low > 1;) {
    int64_t middle = low + (high - low) / 2;
    if (rank_of(kept, c, middle) <= rank) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

__global__ void pack_values_kernel(Survivors kept, Widths widths, const float *x, int64_t stride, const float *scales,
                                   const float *boundaries, Packed<uint8_t> packed) {
  __shared__ TileMask mask;
  __shared__ uint16_t stage[DP_TILE];
  int64_t tiles = DP_TILES(kept.entries);
  for (int64_t c = blockIdx.y; c < kept.components; c += gridDim.y) {
    int bits = bits_of(widths, c);
    float scale = bits == 16 ? 1 : scales[c];
    const float *bounds = bits == 16 ? nullptr : boundaries + DP_AT(bits);
    int64_t most = rank_of(kept, c, tiles - 1) + DP_TILE; /* survivors, at most */
    for (int64_t low = (int64_t)blockIdx.x * DP_TILE; low < most; low += (int64_t)gridDim.x * DP_TILE) {
      int64_t end = low; /* behind the last survivor met */
      for (int64_t tile = tile_of(kept, c, low); tile < tiles; ++tile) {
        int64_t before = rank_of(kept, c, tile);
        if (before >= low + DP_TILE) break;
        mask.load(kept, c, tile);
        __syncthreads();
        for (int q = threadIdx.x; q < DP_TILE / 4; q += blockDim.x) {
          unsigned four = mask.four(q);
          if (four == 0) continue;
          int64_t entry = tile * DP_TILE + 4 * q;
          float4 values = load4(x + c * stride + entry, kept.entries - entry);
          int64_t place = before + mask.rank(q) - low;
          const float each[4] = {values.x, values.y, values.z, values.w};
#pragma unroll
          for (int k = 0; k < 4; ++k) {
            if ((four >> k & 1) == 0) continue;
            if (place >= 0 && place < DP_TILE) stage[place] = bits == 16 ? dp_to_f16(each[k]) : dp_code(each[k] / scale, bounds, bits);
            ++place;
          }
        }
        end = before + mask.survivors;
        __syncthreads();
      }
      int64_t all = end - low;
      int count = (int)(all < 0 ? 0 : all < DP_TILE ? all : DP_TILE);
      int64_t at = packed.offsets[c] + low / 8 * bits;
      if (bits == 16) {
        for (int i = threadIdx.x; i < count; i += blockDim.x) put_bytes(packed, at + 2 * i, stage[i], 2);
      } else {
        for (int i = 8 * threadIdx.x; i < count; i += 8 * blockDim.x) {
          int group = count - i < 8 ? count - i : 8;
          uint64_t eight = 0;
          for (int k = 0; k < group; ++k) eight |= (uint64_t)stage[i + k] << (8 * k);
          put_bytes(packed, at + i / 8 * bits, dp_pack8(eight, bits), (group * bits + 7) / 8);
        }
      }
      __syncthreads(); /* the stage can be filled again */
    }
  }
}

}  // namespace

dp_status pack_values(dp_stream *stream, const Survivors &kept, const Widths &widths, const float *x, int64_t stride,
                      const float *scales, const float *boundaries, const Packed<uint8_t> &packed) {
  dim3 grid = grid_of(stream, DP_TILES(kept.entries), kept.components);
  DP_LAUNCH(pack_values_kernel, grid, BLOCK, stream, kept, widths, x, stride, scales, boundaries, packed);
  return launched("dp_pack_values");
}

}  // namespace dp
