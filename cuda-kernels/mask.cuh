/* Draws of masks (docs/format.md, section 6), and what happens to an entry that survives. */
#ifndef DELTAPRESS_MASK_CUH
#define DELTAPRESS_MASK_CUH

#include "portable.cuh"

/*
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; SC 2011). The counter's words come
 * in x0 to x3 and the draws come out there.
 */
DP_ELEMENT void dp_philox(uint32_t *x0, uint32_t *x1, uint32_t *x2, uint32_t *x3, uint32_t key0, uint32_t key1) {
#if defined(__CUDA_ARCH__)
#pragma unroll
#elif defined(__CUDACC__) /* nvcc's host side draws nothing, and its two halves know different pragmas */
#elif defined(__clang__)
#pragma clang loop unroll(full)
#else
#pragma GCC unroll 10
#endif
  for (int round = 0; round < 10; ++round) {
    uint64_t product0 = (uint64_t)0xD2511F53u * *x0;
    uint64_t product1 = (uint64_t)0xCD9E8D57u * *x2;
    *x0 = (uint32_t)(product1 >> 32) ^ *x1 ^ key0;
    *x1 = (uint32_t)product1;
    *x2 = (uint32_t)(product0 >> 32) ^ *x3 ^ key1;
    *x3 = (uint32_t)product0;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
}

/* 1 where an entry with that draw survives. last is threshold - 1, so that the threshold 2^32 needs no 33rd bit. */
DP_ELEMENT uint32_t dp_survives(uint32_t draw, uint32_t last) { return draw <= last; }

/* What survivors are multiplied by: 2^32 / threshold. */
DP_ELEMENT double dp_inverse_keep(uint32_t last) { return 4294967296.0 / ((double)last + 1.0); }

/* A product in f64, rounded to f32. */
DP_ELEMENT float dp_scaled(float value, double factor) { return (float)((double)value * factor); }

#endif
