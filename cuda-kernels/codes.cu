#include "mask.cuh"
#include "values.cuh"

#include "launch.cuh"
#include "packed.cuh"

namespace dp {
namespace {

__global__ void quantise_kernel(int64_t components, int64_t entries, int32_t bits, const float *x, int64_t stride,
                                const float *scales, const float *boundaries, uint8_t *codes) {
  __shared__ float shared[256]; /* every code looks at several boundaries */
  for (int i = threadIdx.x; i < (1 << bits) - 1; i += blockDim.x) shared[i] = boundaries[i];
  __syncthreads();
  int64_t threads = (int64_t)gridDim.x * blockDim.x;
  for (int64_t c = blockIdx.y; c < components; c += gridDim.y) {
    float scale = scales[c];
    uint8_t *row = codes + c * entries;
    for (int64_t i = 4 * ((int64_t)blockIdx.x * blockDim.x + threadIdx.x); i < entries; i += 4 * threads) {
      int64_t left = entries - i;
      float4 four = load4(x + c * stride + i, left);
      uchar4 found;
      found.x = dp_code(four.x / scale, shared, bits);
      found.y = dp_code(four.y / scale, shared, bits);
      found.z = dp_code(four.z / scale, shared, bits);
      found.w = dp_code(four.w / scale, shared, bits);
      if (left >= 4 && aligned(row + i, 4)) {
        *(uchar4 *)(row + i) = found;
        continue;
      }
      row[i] = found.x;
      if (left > 1) row[i + 1] = found.y;
      if (left > 2) row[i + 2] = found.z;
      if (left > 3) row[i + 3] = found.w;
    }
  }
}

__global__ void dequantise_kernel(int64_t components, int64_t entries, int32_t bits, const uint8_t *codes, const float *scales,
                                  const float *levels, float *out, int64_t stride) {
  __shared__ float shared[256];
  for (int i = threadIdx.x; i < 1 << bits; i += blockDim.x) shared[i] = levels[i];
  __syncthreads();
  int low = (1 << bits) - 1;
  int64_t threads = (int64_t)gridDim.x * blockDim.x;
  for (int64_t c = blockIdx.y; c < components; c += gridDim.y) {
    double scale = scales[c];
    const uint8_t *row = codes + c * entries;
    for (int64_t i = 4 * ((int64_t)blockIdx.x * blockDim.x + threadIdx.x); i < entries; i += 4 * threads) {
      int64_t left = entries - i;
      uchar4 four = {0, 0, 0, 0};
      if (left >= 4 && aligned(row + i, 4)) {
        four = *(const uchar4 *)(row + i);
      } else {
        four.x = row[i];
        if (left > 1) four.y = row[i + 1];
        if (left > 2) four.z = row[i + 2];
        if (left > 3) four.w = row[i + 3];
      }
      float4 values;
      values.x = dp_scaled(shared[four.x & low], scale);
      values.y = dp_scaled(shared[four.y & low], scale);
      values.z = dp_scaled(shared[four.z & low], scale);
      values.w = dp_scaled(shared[four.w & low], scale);
      store4(out + c * stride + i, left, values);
    }
  }
}

/* A thread takes eight codes, which are whole bytes. */
__global__ void pack_kernel(int64_t components, int64_t entries, int32_t bits, const uint8_t *codes, Packed<uint8_t> packed) {
  int64_t threads = (int64_t)gridDim.x * blockDim.x;
  for (int64_t c = blockIdx.y; c < components; c += gridDim.y) {
    const uint8_t *row = codes + c * entries;
    for (int64_t i = 8 * ((int64_t)blockIdx.x * blockDim.x + threadIdx.x); i < entries; i += 8 * threads) {
      int count = entries - i < 8 ? (int)(entries - i) : 8;
      uint64_t eight = 0;
      if (count == 8 && aligned(row + i, 8)) {
        eight = *(const uint64_t *)(row + i);
      } else {
        for (int k = 0; k < count; ++k) eight |= (uint64_t)row[i + k] << (8 * k);
      }
      put_bytes(packed, packed.offsets[c] + i / 8 * bits, dp_pack8(dp_low_bits(eight, bits), bits), (count * bits + 7) / 8);
    }
  }
}

__global__ void unpack_kernel(int64_t components, int64_t entries, int32_t bits, Packed<const uint8_t> packed, uint8_t *codes) {
  int64_t threads = (int64_t)gridDim.x * blockDim.x;
  for (int64_t c = blockIdx.y; c < components; c += gridDim.y) {
    uint8_t *row = codes + c * entries;
    for (int64_t i = 8 * ((int64_t)blockIdx.x * blockDim.x + threadIdx.x); i < entries; i += 8 * threads) {
      int count = entries - i < 8 ? (int)(entries - i) : 8;
      uint64_t stream = get_bytes(packed, packed.offsets[c] + i / 8 * bits, (count * bits + 7) / 8);
      uint64_t eight = dp_unpack8(stream, bits);
      if (count == 8 && aligned(row + i, 8)) {
        *(uint64_t *)(row + i) = eight;
      } else {
        for (int k = 0; k < count; ++k) row[i + k] = (uint8_t)(eight >> (8 * k));
      }
    }
  }
}

dim3 grid_for(const dp_stream *stream, int64_t components, int64_t entries, int64_t each) {
  return grid_of(stream, (entries + each * BLOCK - 1) / (each * BLOCK), components);
}

}  // namespace

dp_status quantise(dp_stream *stream, int64_t components, int64_t entries, int32_t bits, const float *x, int64_t stride,
                   const float *scales, const float *boundaries, uint8_t *codes) {
  DP_LAUNCH(quantise_kernel, grid_for(stream, components, entries, 4), BLOCK, stream, components, entries, bits, x, stride, scales,
            boundaries + DP_AT(bits), codes);
  return launched("dp_quantise");
}

dp_status dequantise(dp_stream *stream, int64_t components, int64_t entries, int32_t bits, const uint8_t *codes,
                     const float *scales, const float *levels, float *out, int64_t stride) {
  DP_LAUNCH(dequantise_kernel, grid_for(stream, components, entries, 4), BLOCK, stream, components, entries, bits, codes, scales,
            levels + DP_AT(bits), out, stride);
  return launched("dp_dequantise");
}

dp_status pack_codes(dp_stream *stream, int64_t components, int64_t entries, int32_t bits, const uint8_t *codes,
                     const Packed<uint8_t> &packed) {
  DP_LAUNCH(pack_kernel, grid_for(stream, components, entries, 8), BLOCK, stream, components, entries, bits, codes, packed);
  return launched("dp_pack_codes");
}

dp_status unpack_codes(dp_stream *stream, int64_t components, int64_t entries, int32_t bits,
                       const Packed<const uint8_t> &packed, uint8_t *codes) {
  DP_LAUNCH(unpack_kernel, grid_for(stream, components, entries, 8), BLOCK, stream, components, entries, bits, packed, codes);
  return launched("dp_unpack_codes");
}

}  // namespace dp
