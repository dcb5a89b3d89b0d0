/* Elements of tensors by type, one at a time or eight at a time (16 bytes of a 16-bit type). */
#ifndef DELTAPRESS_TENSOR_CUH
#define DELTAPRESS_TENSOR_CUH

#include <type_traits>

#include "convert.cuh"
#include "launch.cuh"

namespace dp {

template <dp_type Type>
using TypeOf = std::integral_constant<dp_type, Type>;

/* Calls body with the type as a constant. */
template <class Body>
dp_status with_type(dp_type type, const Body &body) {
  switch (type) {
    case DP_F32: return body(TypeOf<DP_F32>());
    case DP_F16: return body(TypeOf<DP_F16>());
    default: return body(TypeOf<DP_BF16>());
  }
}

template <dp_type Type>
__device__ __forceinline__ float widen(uint16_t word) {
  return Type == DP_F16 ? dp_from_f16(word) : dp_from_bf16(word);
}

template <dp_type Type>
__device__ __forceinline__ uint16_t narrow(float value) {
  return Type == DP_F16 ? dp_to_f16(value) : dp_to_bf16(value);
}

template <dp_type Type>
__device__ __forceinline__ float get(const void *data, int64_t i) {
  if constexpr (Type == DP_F32) {
    return ((const float *)data)[i];
  } else {
    return widen<Type>(((const uint16_t *)data)[i]);
  }
}

template <dp_type Type>
__device__ __forceinline__ void set(void *data, int64_t i, float value) {
  if constexpr (Type == DP_F32) {
    ((float *)data)[i] = value;
  } else {
    ((uint16_t *)data)[i] = narrow<Type>(value);
  }
}

/* Elements 8 i to 8 i + 7 of a tensor that is 16-byte aligned. */
template <dp_type Type>
__device__ __forceinline__ void get8(const void *data, int64_t i, float *values) {
  if constexpr (Type == DP_F32) {
    float4 low = ((const float4 *)data)[2 * i], high = ((const float4 *)data)[2 * i + 1];
    values[0] = low.x, values[1] = low.y, values[2] = low.z, values[3] = low.w;
    values[4] = high.x, values[5] = high.y, values[6] = high.z, values[7] = high.w;
  } else {
    uint4 words = ((const uint4 *)data)[i];
    const uint32_t pairs[4] = {words.x, words.y, words.z, words.w};
#pragma unroll
    for (int p = 0; p < 4; ++p) {
      values[2 * p] = widen<Type>((uint16_t)pairs[p]);
      values[2 * p + 1] = widen<Type>((uint16_t)(pairs[p] >> 16));
    }
  }
}

template <dp_type Type>
__device__ __forceinline__ void set8(void *data, int64_t i, const float *values) {
  if constexpr (Type == DP_F32) {
    ((float4 *)data)[2 * i] = make_float4(values[0], values[1], values[2], values[3]);
    ((float4 *)data)[2 * i + 1] = make_float4(values[4], values[5], values[6], values[7]);
  } else {
    uint32_t pairs[4];
#pragma unroll
    for (int p = 0; p < 4; ++p) pairs[p] = narrow<Type>(values[2 * p]) | (uint32_t)narrow<Type>(values[2 * p + 1]) << 16;
    ((uint4 *)data)[i] = make_uint4(pairs[0], pairs[1], pairs[2], pairs[3]);
  }
}

/* Elements i to i + 3 of which count are there; those missing are 0. */
template <dp_type Type>
__device__ __forceinline__ float4 get4(const void *data, int64_t i, int64_t count) {
  if constexpr (Type == DP_F32) {
    return load4((const float *)data + i, count);
  } else {
    const uint16_t *from = (const uint16_t *)data + i;
    uint2 words = make_uint2(0, 0);
    if (count >= 4 && aligned(from, 8)) {
      words = *(const uint2 *)from;
    } else {
      if (count > 0) words.x = from[0];
      if (count > 1) words.x |= (uint32_t)from[1] << 16;
      if (count > 2) words.y = from[2];
      if (count > 3) words.y |= (uint32_t)from[3] << 16;
    }
    return make_float4(widen<Type>((uint16_t)words.x), widen<Type>((uint16_t)(words.x >> 16)), widen<Type>((uint16_t)words.y),
                       widen<Type>((uint16_t)(words.y >> 16)));
  }
}

}  // namespace dp

#endif
