/*
 * What the operations mean, as plainly as it can be said: element by element, bit by bit, never tuned. Shares nothing with
 * the library but deltapress.h. Conversions go through exact arithmetic in f64 rather than through bits.
 */
#ifndef DELTAPRESS_REFERENCE_H
#define DELTAPRESS_REFERENCE_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include <vector>

#include "deltapress.h"

namespace reference {

typedef std::vector<uint8_t> Bytes;

inline float float_of(uint32_t bits) {
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

inline uint32_t bits_of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  return bits;
}

inline float from_f16(uint16_t word) {
  int exponent = word >> 10 & 31;
  int fraction = word & 1023;
  double magnitude = exponent == 31  ? (fraction != 0 ? NAN : INFINITY)
                     : exponent == 0 ? ldexp(fraction, -24)
                                     : ldexp(1024 + fraction, exponent - 25);
  return (float)(word & 0x8000 ? -magnitude : magnitude);
}

/* Nearest with ties to even: nearbyint of the value in units of its last place. */
inline uint16_t to_f16(float value) {
  uint16_t sign = (uint16_t)(signbit(value) ? 0x8000 : 0);
  if (isnan(value)) return sign | 0x7E00;
  double magnitude = fabs((double)value);
  if (magnitude >= 65520) return sign | 0x7C00;
  int exponent = magnitude < ldexp(1, -14) ? -14 : ilogb(magnitude);
  int last_places = (int)nearbyint(ldexp(magnitude, 10 - exponent)); /* 0 to 2048 */
  return (uint16_t)(sign | (uint16_t)(last_places + ((exponent + 14) << 10)));
}

inline float from_bf16(uint16_t word) { return float_of((uint32_t)word << 16); }

inline uint16_t to_bf16(float value) {
  if (isnan(value)) return 0x7FC0;
  uint32_t down = bits_of(value) & 0xFFFF0000;
  uint32_t rest = bits_of(value) & 0xFFFF;
  bool up = rest > 0x8000 || (rest == 0x8000 && (down & 0x10000) != 0);
  return (uint16_t)((down >> 16) + up);
}

inline int64_t width(int32_t type) { return type == DP_F32 ? 4 : 2; }

inline float get(const Bytes &tensor, int32_t type, int64_t i) {
  if (type == DP_F32) {
    float value;
    memcpy(&value, &tensor[4 * i], 4);
    return value;
  }
  uint16_t word;
  memcpy(&word, &tensor[2 * i], 2);
  return type == DP_F16 ? from_f16(word) : from_bf16(word);
}

inline void set(Bytes &tensor, int32_t type, int64_t i, float value) {
  if (type == DP_F32) {
    memcpy(&tensor[4 * i], &value, 4);
    return;
  }
  uint16_t word = type == DP_F16 ? to_f16(value) : to_bf16(value);
  memcpy(&tensor[2 * i], &word, 2);
}

/* A sum of squares in the order of DP_PIECE and DP_STRIPES; value(i) gives element i. */
template <class Value>
double squares(int64_t n, const Value &value) {
  double total = 0;
  for (int64_t piece = 0; piece < n; piece += DP_PIECE) {
    std::vector<double> stripes(DP_STRIPES, 0.0);
    for (int64_t i = piece; i < n && i < piece + DP_PIECE; ++i) {
      double v = value(i);
      stripes[(i - piece) % DP_STRIPES] += v * v;
    }
    while (stripes.size() > 1) {
      size_t half = stripes.size() / 2;
      for (size_t j = 0; j < half; ++j) stripes[j] += stripes[j + half];
      stripes.resize(half);
    }
    total += stripes[0];
  }
  return total;
}

inline uint32_t draw(uint32_t seed, uint32_t tensor, uint32_t side, uint64_t component, uint64_t entry) {
  uint32_t x[4] = {(uint32_t)(entry / 4), (uint32_t)component, side, 0};
  uint32_t key[2] = {seed, tensor};
  for (int round = 0; round < 10; ++round) {
    uint64_t a = (uint64_t)x[0] * 0xD2511F53;
    uint64_t b = (uint64_t)x[2] * 0xCD9E8D57;
    uint32_t next[4] = {(uint32_t)(b >> 32) ^ x[1] ^ key[0], (uint32_t)b, (uint32_t)(a >> 32) ^ x[3] ^ key[1], (uint32_t)a};
    memcpy(x, next, sizeof x);
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return x[entry % 4];
}

inline bool survives(const dp_mask &m, uint32_t stored, int64_t c, int64_t i) {
  uint64_t threshold = (uint64_t)stored + 1;
  return draw(m.seed, m.tensor, m.side, (uint64_t)(m.first_component + c), (uint64_t)(m.first_entry + i)) < threshold;
}

inline float times(float value, double factor) { return (float)((double)value * factor); }

inline double inverse_keep(uint32_t stored) { return 4294967296.0 / ((double)stored + 1); }

inline uint8_t code(float x, float scale, const float *boundaries, int bits) {
  float t = x / scale;
  int code = 0;
  for (int i = 0; i < (1 << bits) - 1; ++i) {
    if (t > boundaries[i] || (t == boundaries[i] && i % 2 == 1)) ++code;
  }
  return (uint8_t)code;
}

/* Appends and takes values of a component, bit by bit. */
inline void put_bits(Bytes &bytes, int64_t first_byte, int64_t index, int bits, uint32_t value) {
  for (int b = 0; b < bits; ++b) {
    int64_t k = index * bits + b;
    uint8_t &byte = bytes[first_byte + k / 8];
    byte = (uint8_t)((byte & ~(1 << k % 8)) | (value >> b & 1) << k % 8);
  }
}

inline uint32_t get_bits(const Bytes &bytes, int64_t first_byte, int64_t index, int bits) {
  uint32_t value = 0;
  for (int b = 0; b < bits; ++b) {
    int64_t k = index * bits + b;
    int64_t at = first_byte + k / 8;
    if (at >= 0 && at < (int64_t)bytes.size()) value |= (uint32_t)(bytes[at] >> k % 8 & 1) << b;
  }
  return value;
}

}  // namespace reference

#endif
