#include "convert.cuh"
#include "mask.cuh"
#include "values.cuh"

#include "packed.cuh"

namespace dp {
namespace {

/* How the values of a component become floats. */
struct Decoder {
  int bits;
  double scale;
  const float *levels;
  bool rescaled;
  double inverse;
  double gain;
  int64_t offset;

  __device__ __forceinline__ float value(const Packed<const uint8_t> &packed, int64_t rank) const {
    float value;
    if (bits == 16) {
      value = dp_from_f16((uint16_t)get_bytes(packed, offset + 2 * rank, 2));
    } else {
      int64_t bit = rank * bits;
      int shift = (int)(bit % 8);
      uint64_t bytes = get_bytes(packed, offset + bit / 8, shift + bits > 8 ? 2 : 1);
      value = dp_scaled(levels[bytes >> shift & ((1u << bits) - 1)], scale);
    }
    if (rescaled) value = dp_scaled(value, inverse);
    return dp_scaled(value, gain);
  }
};

/* A block restores a tile; a thread asks the mask how many survivors lie before its four entries. */
__global__ void unpack_values_kernel(Survivors kept, Widths widths, Packed<const uint8_t> packed, const float *scales,
                                     const float *levels, const uint32_t *thresholds, const double *gains, float *out,
                                     int64_t stride) {
  __shared__ TileMask mask;
  int64_t tiles = DP_TILES(kept.entries);
  for (int64_t c = blockIdx.y; c < kept.components; c += gridDim.y) {
    Decoder decoder;
    decoder.bits = bits_of(widths, c);
    decoder.scale = decoder.bits == 16 ? 1 : scales[c];
    decoder.levels = decoder.bits == 16 ? nullptr : levels + DP_AT(decoder.bits);
    decoder.rescaled = thresholds != nullptr;
    decoder.inverse = thresholds == nullptr ? 1 : dp_inverse_keep(thresholds[c]);
    decoder.gain = gains == nullptr ? 1 : gains[c];
    decoder.offset = packed.offsets[c];
    for (int64_t tile = blockIdx.x; tile < tiles; tile += gridDim.x) {
      mask.load(kept, c, tile);
      __syncthreads();
      int64_t before = rank_of(kept, c, tile);
      for (int q = threadIdx.x; q < DP_TILE / 4; q += blockDim.x) {
        unsigned four = mask.four(q);
        int64_t rank = before + mask.rank(q);
        float each[4] = {0, 0, 0, 0};
#pragma unroll
        for (int k = 0; k < 4; ++k) {
          if (four >> k & 1) each[k] = decoder.value(packed, rank++);
        }
        int64_t entry = tile * DP_TILE + 4 * q;
        store4(out + c * stride + entry, kept.entries - entry, make_float4(each[0], each[1], each[2], each[3]));
      }
      __syncthreads(); /* the mask can be loaded again */
    }
  }
}

}  // namespace

dp_status unpack_values(dp_stream *stream, const Survivors &kept, const Widths &widths,
                        const Packed<const uint8_t> &packed, const float *scales, const float *levels,
                        const uint32_t *thresholds, const double *gains, float *out, int64_t stride) {
  dim3 grid = grid_of(stream, DP_TILES(kept.entries), kept.components);
  DP_LAUNCH(unpack_values_kernel, grid, BLOCK, stream, kept, widths, packed, scales, levels, thresholds, gains, out, stride);
  return launched("dp_unpack_values");
}

}  // namespace dp
