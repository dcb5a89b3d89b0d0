/* What makes an element function compile for host and device, and the few words they share. */
#ifndef DELTAPRESS_PORTABLE_CUH
#define DELTAPRESS_PORTABLE_CUH

#include <stdint.h>
#include <string.h>

/*
 * Static, so that each instruction set's copy of a loop keeps its own copy of the elements: an inline function with a name of its own could
 * be merged with the copy that was compiled for wider vectors than the processor has.
 */
#if defined(__CUDACC__)
#define DP_ELEMENT static __host__ __device__ __forceinline__
#else
#define DP_ELEMENT static inline __attribute__((always_inline))
#endif

DP_ELEMENT uint32_t dp_bits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

DP_ELEMENT float dp_float(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

#endif
