/* One element between f32 and the 16-bit types: to nearest, ties to even. No branches, so that host loops become vectors. */
#ifndef DELTAPRESS_CONVERT_CUH
#define DELTAPRESS_CONVERT_CUH

#include "portable.cuh"

#if defined(__CUDA_ARCH__)
#include <cuda_fp16.h>
#endif

#define DP_F32_INFINITE 0x7F800000u

DP_ELEMENT float dp_from_bf16(uint16_t word) { return dp_float((uint32_t)word << 16); }

DP_ELEMENT uint16_t dp_to_bf16(float value) {
  uint32_t bits = dp_bits(value);
  uint32_t rounded = bits + 0x7FFF + ((bits >> 16) & 1);
  uint32_t quiet = bits | 0x400000; /* rounding could carry a NaN into infinity */
  return (uint16_t)(((bits & 0x7FFFFFFF) > DP_F32_INFINITE ? quiet : rounded) >> 16);
}

DP_ELEMENT float dp_from_f16(uint16_t word) {
#if defined(__CUDA_ARCH__)
  return __half2float(__ushort_as_half(word));
#else
  uint32_t magnitude = (uint32_t)(word & 0x7FFF) << 13;
  uint32_t normal = magnitude + (112u << 23);
  uint32_t infinite = magnitude + (224u << 23);
  uint32_t quiet = (magnitude & 0x7FFFFF) != 0 ? 0x400000 : 0; /* of NaN, as processors have it */
  /* A subnormal f16 m is m * 2^-24: put m under the exponent of 2^-14 and take 2^-14 away. The difference is exact. */
  uint32_t subnormal = dp_bits(dp_float(magnitude + (113u << 23)) - dp_float(113u << 23));
  uint32_t bits = magnitude < (1u << 23) ? subnormal : magnitude >= (31u << 23) ? infinite | quiet : normal;
  return dp_float(bits | (uint32_t)(word & 0x8000) << 16);
#endif
}

DP_ELEMENT uint16_t dp_to_f16(float value) {
#if defined(__CUDA_ARCH__)
  return __half_as_ushort(__float2half_rn(value));
#else
  uint32_t bits = dp_bits(value);
  uint32_t magnitude = bits & 0x7FFFFFFF;
  /* Adding 0.5, whose last place is 2^-24 as that of subnormal f16, rounds there; the sum's last places are the word. */
  uint32_t subnormal = dp_bits(dp_float(magnitude) + 0.5f) - (126u << 23);
  uint32_t normal = (magnitude - (112u << 23) + 0xFFF + ((magnitude >> 13) & 1)) >> 13;
  uint32_t special = magnitude > DP_F32_INFINITE ? 0x7E00 | ((magnitude >> 13) & 0x3FF) : 0x7C00;
  uint32_t word = magnitude < (113u << 23) ? subnormal : magnitude >= (143u << 23) ? special : normal;
  return (uint16_t)(word | (bits >> 16 & 0x8000));
#endif
}

/* 1 where the value is NaN or infinite, else 0. */
DP_ELEMENT uint32_t dp_non_finite(float value) { return (dp_bits(value) & 0x7FFFFFFF) >= DP_F32_INFINITE; }

/* The least magnitudes that rounding makes infinite: halfway from the type's largest number to the next, which would be even. */
#define DP_F16_OVERFLOW 0x477FF000u
#define DP_BF16_OVERFLOW 0x7F7F8000u

/* 1 where the value is finite but at least that large. */
DP_ELEMENT uint32_t dp_overflows(float value, uint32_t limit) {
  uint32_t magnitude = dp_bits(value) & 0x7FFFFFFF;
  return (magnitude >= limit) & (magnitude < DP_F32_INFINITE);
}

#endif
