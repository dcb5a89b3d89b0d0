/* Element functions against published answers and the plain reference: three vectors of Philox, every f16, floats all over. */
#include "convert.cuh"
#include "mask.cuh"
#include "reference.h"
#include "values.cuh"

#include <stdio.h>

static int failures = 0;

static void check(bool good, const char *what, uint64_t at) {
  if (!good && failures++ < 10) fprintf(stderr, "not so: %s at %llx\n", what, (unsigned long long)at);
}

static void philox() {
  static const uint32_t vectors[3][10] = {
      {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
      {~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
      {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}};
  for (const uint32_t *v : vectors) {
    uint32_t x[4] = {v[0], v[1], v[2], v[3]};
    dp_philox(&x[0], &x[1], &x[2], &x[3], v[4], v[5]);
    for (int w = 0; w < 4; ++w) check(x[w] == v[6 + w], "Philox", v[6 + w]);
  }
}

static bool same(float x, float y) { return reference::bits_of(x) == reference::bits_of(y) || (isnan(x) && isnan(y)); }

static void conversions() {
  for (uint32_t h = 0; h < 65536; ++h) {
    uint16_t word = (uint16_t)h;
    check(same(dp_from_f16(word), reference::from_f16(word)), "f16 widened", h);
    check(same(dp_from_bf16(word), reference::from_bf16(word)), "bf16 widened", h);
    bool nan = isnan(reference::from_f16(word));
    check(nan ? isnan(dp_from_f16(dp_to_f16(dp_from_f16(word)))) : dp_to_f16(dp_from_f16(word)) == word, "f16 there and back", h);
  }
  for (uint64_t b = 0; b < (1ull << 32); b += 509) { /* a prime: all low bits come with all high ones */
    float value = reference::float_of((uint32_t)b);
    if (isnan(value)) {
      check(isnan(dp_from_f16(dp_to_f16(value))) && isnan(dp_from_bf16(dp_to_bf16(value))), "NaN stays NaN", b);
      continue;
    }
    check(dp_to_f16(value) == reference::to_f16(value), "f16 rounded", b);
    check(dp_to_bf16(value) == reference::to_bf16(value), "bf16 rounded", b);
    bool finite = isfinite(value) != 0;
    check(dp_non_finite(value) == !finite, "non-finite", b);
    bool f16 = finite && isinf(reference::from_f16(reference::to_f16(value)));
    check(dp_overflows(value, DP_F16_OVERFLOW) == f16, "overflow of f16", b);
    bool bf16 = finite && isinf(reference::from_bf16(reference::to_bf16(value)));
    check(dp_overflows(value, DP_BF16_OVERFLOW) == bf16, "overflow of bf16", b);
  }
}

static void eight_codes() {
  for (int bits = 1; bits <= 8; ++bits) {
    for (uint32_t trial = 0; trial < 1000; ++trial) {
      uint64_t codes = dp_low_bits((uint64_t)reference::draw(1, 2, 0, bits, trial) << 32 | reference::draw(1, 2, 1, bits, trial), bits);
      std::vector<uint8_t> stream(8, 0);
      for (int i = 0; i < 8; ++i) reference::put_bits(stream, 0, i, bits, (uint32_t)(codes >> 8 * i & 255));
      uint64_t expected;
      memcpy(&expected, stream.data(), 8);
      check(dp_pack8(codes, bits) == expected, "eight codes packed", (uint64_t)bits);
      uint64_t dirty = bits == 8 ? expected : expected | ~0ull << (8 * bits);
      check(dp_unpack8(dirty, bits) == codes, "eight codes unpacked", (uint64_t)bits);
    }
  }
}

int main() {
  philox();
  conversions();
  eight_codes();
  return failures != 0;
}
