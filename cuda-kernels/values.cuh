/* Codes of values, and their bits in a stream. */
#ifndef DELTAPRESS_VALUES_CUH
#define DELTAPRESS_VALUES_CUH

#include "portable.cuh"

/* Index of the first level and the first boundary of b-bit codes in a codebook. */
#define DP_AT(bits) ((1 << (bits)) - 2)

/*
 * The number of boundaries, of 2^bits - 1 ascending ones, that t lies above: found by halving. A tie goes to the even one of the codes
 * beside the boundary, so t lies above boundary i where t > it, or t = it and i is odd. Halving meets odd boundaries first
 * and an even one last. NaN lies above nothing.
 */
DP_ELEMENT uint8_t dp_code(float t, const float *boundaries, int bits) {
  int code = 0;
  for (int half = 1 << (bits - 1); half > 1; half >>= 1) code += t >= boundaries[code + half - 1] ? half : 0;
  return (uint8_t)(code + (t > boundaries[code]));
}

/* Eight b-bit codes, one in each byte with nothing above its bits, moved together into the low 8 * bits bits. */
DP_ELEMENT uint64_t dp_pack8(uint64_t codes, int bits) {
  if (bits == 8) return codes;
  uint64_t pairs = (codes & 0x00FF00FF00FF00FFu) | ((codes & 0xFF00FF00FF00FF00u) >> (8 - bits));
  uint64_t fours = (pairs & 0x0000FFFF0000FFFFu) | ((pairs & 0xFFFF0000FFFF0000u) >> (16 - 2 * bits));
  return (fours & 0x00000000FFFFFFFFu) | ((fours & 0xFFFFFFFF00000000u) >> (32 - 4 * bits));
}

/* The inverse. Bits above the low 8 * bits are ignored. */
DP_ELEMENT uint64_t dp_unpack8(uint64_t packed, int bits) {
  if (bits == 8) return packed;
  uint64_t half = (1ull << (4 * bits)) - 1;
  uint64_t fours = (packed & half) | ((packed >> (4 * bits) & half) << 32);
  uint64_t quarter = ((1ull << (2 * bits)) - 1) * 0x0000000100000001u;
  uint64_t pairs = (fours & quarter) | ((fours >> (2 * bits) & quarter) << 16);
  uint64_t one = ((1ull << bits) - 1) * 0x0001000100010001u;
  return (pairs & one) | ((pairs >> bits & one) << 8);
}

/* Every byte cut to its low bits. */
DP_ELEMENT uint64_t dp_low_bits(uint64_t codes, int bits) { return codes & (0x0101010101010101u * ((1u << bits) - 1)); }

#endif
