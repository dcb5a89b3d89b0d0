/* A fused multiply-add on processors without the instruction. */
#ifndef DELTAPRESS_FUSED_CUH
#define DELTAPRESS_FUSED_CUH

#include "portable.cuh"

/*
 * x * y + z, rounded once. The product is exact in f64. The sum is rounded to odd there (Boldo and Melquiond: Emulation of FMA and
 * correctly rounded sums: proved algorithms using rounding to odd; IEEE Transactions on Computers 57, 2008), which leaves enough
 * for the second rounding to be right: 53 bits are more than twice 24 and two.
 */
DP_ELEMENT float dp_fused(float x, float y, float z) {
  double product = (double)x * y;
  double sum = product + z;
  double part = sum - product;
  double error = (product - (sum - part)) + (z - part); /* of the sum, exactly (Knuth's two-sum) */
  uint64_t bits;
  memcpy(&bits, &sum, sizeof bits);
  if (error != 0 && (bits & 1) == 0 && sum - sum == 0) {
    bits += (error > 0) == (sum > 0) ? 1 : (uint64_t)-1;
    memcpy(&sum, &bits, sizeof sum);
  }
  return (float)sum;
}

#endif
