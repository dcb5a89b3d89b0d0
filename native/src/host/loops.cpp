/*
 * Loops over contiguous elements. CMake compiles this file once for each instruction set, with DP_LOOPS naming the table. Nothing here
 * may have external linkage but that table, and no header with inline functions of its own may be used: the linker would
 * keep one copy of them for all, and that could be the one with instructions that the processor has not.
 */
#include "loops.h"

#include "convert.cuh"
#include "fused.cuh"
#include "mask.cuh"
#include "values.cuh"

#if defined(__SSE2__)
#include <immintrin.h>
#endif
#if defined(__AVX512F__)
#include "register_table.h"
#endif

namespace {

using namespace dp;

/* Elements that lie anywhere. */
typedef float Float1 __attribute__((aligned(1), may_alias));
typedef uint16_t Word1 __attribute__((aligned(1), may_alias));

/* Elements that pass through f32 at a time: three such buffers stay in the nearest cache. */
constexpr int64_t CHUNK = 1024;

int64_t least(int64_t x, int64_t y) { return x < y ? x : y; }

int64_t bytes_of(dp_type type) { return type == DP_F32 ? 4 : 2; }

/* ---- Conversions ---- */

#if defined(__F16C__)
/* The processor's own conversion gives what dp_from_f16 and dp_to_f16 do, for NaN too. */
void widen_f16(const uint8_t *words, float *values, int64_t n) {
  int64_t i = 0;
#if defined(__AVX512F__)
  for (; i + 16 <= n; i += 16) {
    _mm512_storeu_ps(values + i, _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(words + 2 * i))));
  }
#endif
  for (; i + 8 <= n; i += 8) {
    _mm256_storeu_ps(values + i, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(words + 2 * i))));
  }
  for (; i < n; ++i) values[i] = dp_from_f16(((const Word1 *)words)[i]);
}

void narrow_f16(const float *values, uint8_t *words, int64_t n) {
  int64_t i = 0;
#if defined(__AVX512F__)
  for (; i + 16 <= n; i += 16) {
    _mm256_storeu_si256((__m256i *)(words + 2 * i), _mm512_cvtps_ph(_mm512_loadu_ps(values + i), _MM_FROUND_TO_NEAREST_INT));
  }
#endif
  for (; i + 8 <= n; i += 8) {
    _mm_storeu_si128((__m128i *)(words + 2 * i), _mm256_cvtps_ph(_mm256_loadu_ps(values + i), _MM_FROUND_TO_NEAREST_INT));
  }
  for (; i < n; ++i) ((Word1 *)words)[i] = dp_to_f16(values[i]);
}
#else
void widen_f16(const uint8_t *words, float *values, int64_t n) {
  for (int64_t i = 0; i < n; ++i) values[i] = dp_from_f16(((const Word1 *)words)[i]);
}

void narrow_f16(const float *values, uint8_t *words, int64_t n) {
  for (int64_t i = 0; i < n; ++i) ((Word1 *)words)[i] = dp_to_f16(values[i]);
}
#endif

/* n elements from element at on, in f32: where they lie if they are f32 already, else in the buffer. */
const Float1 *read(const void *data, dp_type type, int64_t at, int64_t n, float *buffer) {
  const uint8_t *bytes = (const uint8_t *)data;
  switch (type) {
    case DP_F32: return (const Float1 *)(bytes + 4 * at);
    case DP_F16: widen_f16(bytes + 2 * at, buffer, n); break;
    default:
      for (int64_t i = 0; i < n; ++i) buffer[i] = dp_from_bf16(((const Word1 *)(bytes + 2 * at))[i]);
  }
  return buffer;
}

/* ---- Element-wise ---- */

int64_t subtract(const void *tuned, dp_type tuned_type, const void *base, dp_type base_type, float *out, int64_t n) {
  float x_buffer[CHUNK];
  float y_buffer[CHUNK];
  int64_t non_finite = 0;
  for (int64_t at = 0; at < n; at += CHUNK) {
    int64_t count = least(CHUNK, n - at);
    const Float1 *x = read(tuned, tuned_type, at, count, x_buffer);
    const Float1 *y = read(base, base_type, at, count, y_buffer);
    uint32_t found = 0;
#pragma GCC ivdep /* out may be x or y exactly */
    for (int64_t i = 0; i < count; ++i) {
      float difference = x[i] - y[i];
      out[at + i] = difference;
      found += dp_non_finite(difference);
    }
    non_finite += found;
  }
  return non_finite;
}

int64_t add(const void *base, dp_type base_type, const float *delta, void *out, dp_type out_type, int64_t n) {
  float buffer[CHUNK];
  float sums[CHUNK];
  uint8_t *bytes = (uint8_t *)out;
  uint32_t limit = out_type == DP_F16 ? DP_F16_OVERFLOW : DP_BF16_OVERFLOW;
  int64_t overflows = 0;
  for (int64_t at = 0; at < n; at += CHUNK) {
    int64_t count = least(CHUNK, n - at);
    const Float1 *x = read(base, base_type, at, count, buffer);
    if (out_type == DP_F32) {
      Float1 *to = (Float1 *)(bytes + 4 * at);
#pragma GCC ivdep
      for (int64_t i = 0; i < count; ++i) to[i] = x[i] + delta[at + i];
      continue;
    }
    uint32_t found = 0;
    for (int64_t i = 0; i < count; ++i) {
      sums[i] = x[i] + delta[at + i];
      found += dp_overflows(sums[i], limit);
    }
    overflows += found;
    if (out_type == DP_F16) {
      narrow_f16(sums, bytes + 2 * at, count);
    } else {
      for (int64_t i = 0; i < count; ++i) ((Word1 *)(bytes + 2 * at))[i] = dp_to_bf16(sums[i]);
    }
  }
  return overflows;
}

/* ---- Sums ---- */

double sum_pairwise(double *stripes) {
  for (int64_t half = DP_STRIPES / 2; half > 0; half /= 2) {
    for (int64_t j = 0; j < half; ++j) stripes[j] += stripes[j + half];
  }
  return stripes[0];
}

void error_sums(const float *truth, const float *decoded, const void *tuned, dp_type tuned_type, const void *restored,
                dp_type restored_type, int64_t n, double *sums) {
  float x_buffer[DP_STRIPES];
  float y_buffer[DP_STRIPES];
  double stripes[3][DP_STRIPES] = {};
  for (int64_t at = 0; at < n; at += DP_STRIPES) {
    int64_t count = least(DP_STRIPES, n - at);
    const Float1 *x = read(tuned, tuned_type, at, count, x_buffer);
    const Float1 *y = read(restored, restored_type, at, count, y_buffer);
    for (int64_t j = 0; j < count; ++j) {
      double delta = truth[at + j];
      double error = (double)decoded[at + j] - delta;
      double restored_error = (double)y[j] - (double)x[j];
      stripes[0][j] += delta * delta;
      stripes[1][j] += error * error;
      stripes[2][j] += restored_error * restored_error;
    }
  }
  for (int s = 0; s < 3; ++s) sums[s] = sum_pairwise(stripes[s]);
}

void measure(const float *x, int64_t n, double *stripes, uint32_t *largest) {
  uint32_t most = *largest;
  for (int64_t at = 0; at < n; at += DP_STRIPES) {
    int64_t count = least(DP_STRIPES, n - at);
    for (int64_t j = 0; j < count; ++j) {
      double value = x[at + j];
      stripes[j] += value * value;
      uint32_t magnitude = dp_bits(x[at + j]) & 0x7FFFFFFF;
      most = magnitude > most ? magnitude : most;
    }
  }
  *largest = most;
}

/* ---- Masks ---- */

constexpr int64_t COUNTERS = DP_TILE / 4;

/*
 * dp_philox for a counter in each 64-bit lane. The multiplication reads the low half of a lane and fills all of it, so that high and low
 * product are a shift apart and nothing has to be moved between lanes; what is left in high halves is never looked at.
 */
#if defined(__AVX512F__)
constexpr int LANES = 8;
typedef uint64_t Lanes __attribute__((vector_size(64)));
inline Lanes multiply(Lanes x, Lanes y) { return (Lanes)_mm512_mul_epu32((__m512i)x, (__m512i)y); }
inline Lanes low_lanes(Lanes x, Lanes y) { return __builtin_shufflevector(x, y, 0, 8, 1, 9, 2, 10, 3, 11); }
inline Lanes high_lanes(Lanes x, Lanes y) { return __builtin_shufflevector(x, y, 4, 12, 5, 13, 6, 14, 7, 15); }
#elif defined(__AVX2__)
constexpr int LANES = 4;
typedef uint64_t Lanes __attribute__((vector_size(32)));
inline Lanes multiply(Lanes x, Lanes y) { return (Lanes)_mm256_mul_epu32((__m256i)x, (__m256i)y); }
inline Lanes low_lanes(Lanes x, Lanes y) { return __builtin_shufflevector(x, y, 0, 4, 1, 5); }
inline Lanes high_lanes(Lanes x, Lanes y) { return __builtin_shufflevector(x, y, 2, 6, 3, 7); }
#else
constexpr int LANES = 2;
typedef uint64_t Lanes __attribute__((vector_size(16)));
#if defined(__SSE2__)
inline Lanes multiply(Lanes x, Lanes y) { return (Lanes)_mm_mul_epu32((__m128i)x, (__m128i)y); }
#else
inline Lanes multiply(Lanes x, Lanes y) { return (x & 0xFFFFFFFF) * (y & 0xFFFFFFFF); }
#endif
inline Lanes low_lanes(Lanes x, Lanes y) { return __builtin_shufflevector(x, y, 0, 2); }
inline Lanes high_lanes(Lanes x, Lanes y) { return __builtin_shufflevector(x, y, 1, 3); }
#endif

constexpr Lanes splat(uint64_t value) { return Lanes{} + value; }

/* The draws of the counters of a tile, entry by entry. */
void draw_entries(const Draw *draw, uint32_t counter, uint32_t *draws) {
  constexpr int GROUPS = 2; /* at a time: one alone waits for its own multiplications */
  const Lanes low_half = splat(0xFFFFFFFF);
  Lanes lane = {};
  for (int k = 0; k < LANES; ++k) lane[k] = (uint64_t)k;
  for (int64_t i = 0; i < COUNTERS; i += GROUPS * LANES) {
    Lanes x0[GROUPS], x1[GROUPS], x2[GROUPS], x3[GROUPS];
    for (int g = 0; g < GROUPS; ++g) {
      x0[g] = lane + (counter + (uint64_t)(i + g * LANES));
      x1[g] = splat(draw->component);
      x2[g] = splat(draw->side);
      x3[g] = splat(0);
    }
    uint32_t key0 = draw->seed, key1 = draw->tensor;
    for (int round = 0; round < 10; ++round) {
      for (int g = 0; g < GROUPS; ++g) {
        Lanes product0 = multiply(x0[g], splat(0xD2511F53));
        Lanes product1 = multiply(x2[g], splat(0xCD9E8D57));
        x0[g] = (product1 >> 32) ^ x1[g] ^ splat(key0);
        x1[g] = product1;
        x2[g] = (product0 >> 32) ^ x3[g] ^ splat(key1);
        x3[g] = product0;
      }
      key0 += 0x9E3779B9;
      key1 += 0xBB67AE85;
    }
    for (int g = 0; g < GROUPS; ++g) {
      Lanes words01 = (x0[g] & low_half) | x1[g] << 32;
      Lanes words23 = (x2[g] & low_half) | x3[g] << 32;
      Lanes low = low_lanes(words01, words23), high = high_lanes(words01, words23);
      memcpy(draws + 4 * (i + g * LANES), &low, sizeof low);
      memcpy(draws + 4 * (i + g * LANES) + 2 * LANES, &high, sizeof high);
    }
  }
}

/* The mask's word for 32 draws. */
uint32_t word_of(const uint32_t *draws, uint32_t last) {
#if defined(__AVX512F__)
  __m512i limit = _mm512_set1_epi32((int)last);
  uint32_t low = _mm512_cmple_epu32_mask(_mm512_loadu_si512(draws), limit);
  uint32_t high = _mm512_cmple_epu32_mask(_mm512_loadu_si512(draws + 16), limit);
  return low | high << 16;
#elif defined(__AVX2__)
  __m256i limit = _mm256_set1_epi32((int)last);
  uint32_t word = 0;
  for (int k = 0; k < 4; ++k) {
    __m256i draw = _mm256_loadu_si256((const __m256i *)(draws + 8 * k));
    __m256i below = _mm256_cmpeq_epi32(_mm256_min_epu32(draw, limit), draw);
    word |= (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(below)) << (8 * k);
  }
  return word;
#else
  uint32_t word = 0;
  for (int k = 0; k < 32; ++k) word |= dp_survives(draws[k], last) << k;
  return word;
#endif
}

int64_t draw_tile(const Draw *draw, uint32_t counter, int64_t n, uint32_t *words) {
  uint32_t draws[DP_TILE];
  draw_entries(draw, counter, draws);
  int64_t survivors = 0;
  for (int64_t w = 0; w < DP_TILE / 32; ++w) {
    int64_t left = n - 32 * w;
    uint32_t valid = left >= 32 ? ~0u : left > 0 ? (1u << left) - 1 : 0;
    words[w] = word_of(draws + 32 * w, draw->last) & valid;
    survivors += __builtin_popcount(words[w]);
  }
  return survivors;
}

int64_t rescale_tile(const Draw *draw, uint32_t counter, const float *x, float *out, int64_t n) {
  uint32_t draws[DP_TILE];
  draw_entries(draw, counter, draws);
  double inverse = dp_inverse_keep(draw->last);
  uint32_t last = draw->last;
  uint32_t survivors = 0;
#pragma GCC ivdep /* out may be x exactly */
  for (int64_t i = 0; i < n; ++i) {
    uint32_t survives = dp_survives(draws[i], last);
    uint32_t scaled = dp_bits(dp_scaled(x[i], inverse));
    out[i] = dp_float(scaled & (0 - survives));
    survivors += survives;
  }
  return survivors;
}

#if defined(__AVX512F__)
/* The first n lanes of 16, all of them for n above. */
__mmask16 first_lanes(int64_t n) { return (__mmask16)(n >= 16 ? 0xFFFF : (1 << n) - 1); }

int64_t compact(const float *x, const uint32_t *words, int64_t n, float *kept) {
  float *to = kept;
  for (int64_t at = 0; at < n; at += 16) {
    __mmask16 mask = (__mmask16)(words[at / 32] >> (at % 32));
    __m512 values = _mm512_maskz_loadu_ps(mask, x + at);
    _mm512_storeu_ps(to, _mm512_maskz_compress_ps(mask, values));
    to += __builtin_popcount(mask);
  }
  return to - kept;
}

void expand(const float *values, const uint32_t *words, int64_t n, float *out) {
  for (int64_t at = 0; at < n; at += 16) {
    __mmask16 mask = (__mmask16)(words[at / 32] >> (at % 32));
    __m512 spread = _mm512_maskz_expand_ps(mask, _mm512_loadu_ps(values));
    values += __builtin_popcount(mask);
    if (n - at >= 16) {
      _mm512_storeu_ps(out + at, spread); /* not the same instruction with a full mask, which is slower */
    } else {
      _mm512_mask_storeu_ps(out + at, first_lanes(n - at), spread);
    }
  }
}
#else
/* Advances by the mask instead of branching on it. */
int64_t compact(const float *x, const uint32_t *words, int64_t n, float *kept) {
  int64_t count = 0;
  for (int64_t at = 0; at < n; at += 32) {
    uint32_t word = words[at / 32];
    int64_t end = least(32, n - at);
    for (int64_t i = 0; i < end; ++i, word >>= 1) {
      kept[count] = x[at + i];
      count += word & 1;
    }
  }
  return count;
}

void expand(const float *values, const uint32_t *words, int64_t n, float *out) {
  for (int64_t at = 0; at < n; at += 32) {
    uint32_t word = words[at / 32];
    int64_t end = least(32, n - at);
    for (int64_t i = 0; i < end; ++i, word >>= 1) {
      out[at + i] = dp_float(dp_bits(*values) & (0 - (word & 1)));
      values += word & 1;
    }
  }
}
#endif

/* ---- Values ---- */

#if defined(__AVX512F__)
template <int BITS>
void quantise_to(const float *x, float scale, const float *boundaries, uint8_t *codes, int64_t n) {
  const BoundaryTable<BITS> table(boundaries);
  const __m512 divisor = _mm512_set1_ps(scale);
  for (int64_t i = 0; i < n; i += 16) {
    __mmask16 there = first_lanes(n - i);
    __m512 quotients = _mm512_div_ps(_mm512_maskz_loadu_ps(there, x + i), divisor);
    _mm512_mask_cvtepi32_storeu_epi8(codes + i, there, table.code(quotients));
  }
}

void quantise(const float *x, float scale, const float *boundaries, int32_t bits, uint8_t *codes, int64_t n) {
  switch (bits) {
    case 1: return quantise_to<1>(x, scale, boundaries, codes, n);
    case 2: return quantise_to<2>(x, scale, boundaries, codes, n);
    case 3: return quantise_to<3>(x, scale, boundaries, codes, n);
    case 4: return quantise_to<4>(x, scale, boundaries, codes, n);
    case 5: return quantise_to<5>(x, scale, boundaries, codes, n);
    case 6: return quantise_to<6>(x, scale, boundaries, codes, n);
    case 7: return quantise_to<7>(x, scale, boundaries, codes, n);
    default: return quantise_to<8>(x, scale, boundaries, codes, n);
  }
}

template <int BITS>
void look_up_in(const uint8_t *codes, const float *values, float *out, int64_t n) {
  float padded[BITS < 4 ? 16 : 1 << BITS] = {};
  for (int code = 0; code < 1 << BITS; ++code) padded[code] = values[code];
  const RegisterTable<BITS <= 4 ? 1 : 1 << (BITS - 4)> table(padded);
  const __m512i low = _mm512_set1_epi32((1 << BITS) - 1);
  for (int64_t i = 0; i < n; i += 16) {
    __mmask16 there = first_lanes(n - i);
    __m512i code = _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(there, codes + i));
    __m512 found = table.at(_mm512_and_si512(code, low));
    if (n - i >= 16) {
      _mm512_storeu_ps(out + i, found);
    } else {
      _mm512_mask_storeu_ps(out + i, there, found);
    }
  }
}

void look_up(const uint8_t *codes, const float *values, int32_t bits, float *out, int64_t n) {
  switch (bits) {
    case 1: return look_up_in<1>(codes, values, out, n);
    case 2: return look_up_in<2>(codes, values, out, n);
    case 3: return look_up_in<3>(codes, values, out, n);
    case 4: return look_up_in<4>(codes, values, out, n);
    case 5: return look_up_in<5>(codes, values, out, n);
    case 6: return look_up_in<6>(codes, values, out, n);
    case 7: return look_up_in<7>(codes, values, out, n);
    default: return look_up_in<8>(codes, values, out, n);
  }
}

/* One instruction each, where AVX-512 is; some processors that have none take a hundred cycles for it. */
uint64_t every_byte(int32_t bits) { return 0x0101010101010101u * ((1u << bits) - 1); }
uint64_t pack8(uint64_t codes, int32_t bits) { return _pext_u64(codes, every_byte(bits)); }
uint64_t unpack8(uint64_t stream, int32_t bits) { return _pdep_u64(stream, every_byte(bits)); }
#else
/* Few boundaries are counted one after the other, for all quotients at once; of many, halving meets less. */
constexpr int32_t COUNTED_BITS = 4;

void count_boundaries(const float *quotients, const float *boundaries, int32_t bits, int32_t *found, int64_t n) {
  for (int64_t i = 0; i < n; ++i) found[i] = 0;
  for (int b = 0; b < (1 << bits) - 1; ++b) {
    float boundary = boundaries[b];
    if (b & 1) {
      for (int64_t i = 0; i < n; ++i) found[i] += quotients[i] >= boundary;
    } else {
      for (int64_t i = 0; i < n; ++i) found[i] += quotients[i] > boundary;
    }
  }
}

void halve_boundaries(const float *quotients, const float *boundaries, int32_t bits, int32_t *found, int64_t n) {
  for (int64_t i = 0; i < n; ++i) found[i] = dp_code(quotients[i], boundaries, bits);
}

void quantise(const float *x, float scale, const float *boundaries, int32_t bits, uint8_t *codes, int64_t n) {
  float quotients[CHUNK];
  int32_t found[CHUNK];
  for (int64_t at = 0; at < n; at += CHUNK) {
    int64_t count = least(CHUNK, n - at);
    for (int64_t i = 0; i < count; ++i) quotients[i] = x[at + i] / scale;
    (bits <= COUNTED_BITS ? count_boundaries : halve_boundaries)(quotients, boundaries, bits, found, count);
    for (int64_t i = 0; i < count; ++i) codes[at + i] = (uint8_t)found[i];
  }
}

void look_up(const uint8_t *codes, const float *values, int32_t bits, float *out, int64_t n) {
  int low = (1 << bits) - 1;
  for (int64_t i = 0; i < n; ++i) out[i] = values[codes[i] & low];
}

uint64_t pack8(uint64_t codes, int32_t bits) { return dp_pack8(dp_low_bits(codes, bits), bits); }
uint64_t unpack8(uint64_t stream, int32_t bits) { return dp_unpack8(stream, bits); }
#endif

void pack(const uint8_t *codes, int32_t bits, uint8_t *packed, int64_t n) {
  int64_t i = 0;
  for (; i + 8 <= n; i += 8, packed += bits) {
    uint64_t eight;
    memcpy(&eight, codes + i, 8);
    uint64_t stream = pack8(eight, bits);
    memcpy(packed, &stream, 8); /* the next eight overwrite what is too much */
  }
  if (i == n) return;
  uint64_t rest = 0;
  memcpy(&rest, codes + i, (size_t)(n - i));
  uint64_t stream = pack8(rest, bits);
  memcpy(packed, &stream, 8);
}

void unpack(const uint8_t *packed, int32_t bits, uint8_t *codes, int64_t n) {
  int64_t i = 0;
  for (; i + 8 <= n; i += 8, packed += bits) {
    uint64_t stream;
    memcpy(&stream, packed, 8);
    uint64_t eight = unpack8(stream, bits);
    memcpy(codes + i, &eight, 8);
  }
  if (i == n) return;
  uint64_t stream;
  memcpy(&stream, packed, 8);
  uint64_t rest = unpack8(stream, bits);
  memcpy(codes + i, &rest, (size_t)(n - i));
}

void scale(float *values, double factor, int64_t n) {
  for (int64_t i = 0; i < n; ++i) values[i] = dp_scaled(values[i], factor);
}

/* ---- Products ---- */

/* Rows between the one that is summed and the one whose memory is asked for: the time of 100 ns even where sums are short. */
constexpr int64_t AHEAD = 16;

/*
 * Asks for the parts of base and out that follow in a while, of the next tile behind the last row: rows are far apart, so that no
 * prefetcher of the processor finds them. That there are such is not checked, since asking for memory never fails.
 */
void fetch(const Band &band, int64_t row) {
  bool next = row + AHEAD >= band.rows;
  int64_t at = (row + AHEAD - (next ? band.rows : 0)) * band.columns + (next ? PRODUCT_TILE : 0);
  uintptr_t base = (uintptr_t)band.base + (uintptr_t)(at * bytes_of(band.base_type));
  uintptr_t out = (uintptr_t)band.out + (uintptr_t)(at * bytes_of(band.out_type));
  for (int64_t i = 0; i < PRODUCT_TILE * bytes_of(band.base_type); i += 64) __builtin_prefetch((const void *)(base + (uintptr_t)i), 0, 2);
  for (int64_t i = 0; i < PRODUCT_TILE * bytes_of(band.out_type); i += 64) __builtin_prefetch((const void *)(out + (uintptr_t)i), 0, 2);
}

/* out = base + sums in a row. */
int64_t finish(const Band &band, int64_t row, const float *sums) {
  int64_t at = row * band.columns;
  return add((const uint8_t *)band.base + at * bytes_of(band.base_type), band.base_type, sums,
             (uint8_t *)band.out + at * bytes_of(band.out_type), band.out_type, band.width);
}

#if defined(__AVX512F__)
/* PRODUCT_TILE numbers. */
struct Tile {
  __m512 part[4];
};

__m512 widened(const uint8_t *words, dp_type type) {
  __m256i loaded = _mm256_loadu_si256((const __m256i *)words);
  if (type == DP_F16) return _mm512_cvtph_ps(loaded);
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(loaded), 16));
}

/* The numbers that as bits are nearest bf16 with 16 bits behind it; for numbers that rounding leaves finite. */
__m512i rounded(__m512 x) {
  __m512i bits = _mm512_castps_si512(x);
  __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  return _mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7FFF)), odd);
}

/* The upper words of 32 numbers. */
__m512i upper(__m512i first, __m512i second) {
  const __m512i odd = _mm512_set_epi16(63, 61, 59, 57, 55, 53, 51, 49, 47, 45, 43, 41, 39, 37, 35, 33, 31, 29, 27, 25, 23, 21, 19,
                                       17, 15, 13, 11, 9, 7, 5, 3, 1);
  return _mm512_permutex2var_epi16(first, odd, second);
}

/* Whether one is NaN, infinite, or would be infinite in 16 bits: such rows are rare, and go the long way. */
bool large(const Tile &sums, dp_type type) {
  const __m512i mask = _mm512_set1_epi32(0x7FFFFFFF);
  __m512i most = _mm512_setzero_si512();
  for (__m512 sum : sums.part) most = _mm512_max_epu32(most, _mm512_and_si512(_mm512_castps_si512(sum), mask));
  uint32_t limit = type == DP_F16 ? DP_F16_OVERFLOW : DP_BF16_OVERFLOW;
  return _mm512_cmpge_epu32_mask(most, _mm512_set1_epi32((int32_t)limit)) != 0;
}

/* out = base + sums, unless it returns false. */
bool finish(const uint8_t *base, dp_type base_type, Tile sums, uint8_t *out, dp_type out_type) {
  for (int j = 0; j < 4; ++j) {
    __m512 x = base_type == DP_F32 ? _mm512_loadu_ps(base + 64 * j) : widened(base + 32 * j, base_type);
    sums.part[j] = _mm512_add_ps(x, sums.part[j]);
  }
  if (out_type == DP_F32) {
    for (int j = 0; j < 4; ++j) _mm512_storeu_ps(out + 64 * j, sums.part[j]);
    return true;
  }
  if (large(sums, out_type)) return false;
  if (out_type == DP_F16) {
    for (int j = 0; j < 4; ++j) {
      _mm256_storeu_si256((__m256i *)(out + 32 * j), _mm512_cvtps_ph(sums.part[j], _MM_FROUND_TO_NEAREST_INT));
    }
    return true;
  }
  _mm512_storeu_si512(out, upper(rounded(sums.part[0]), rounded(sums.part[1])));
  _mm512_storeu_si512(out + 64, upper(rounded(sums.part[2]), rounded(sums.part[3])));
  return true;
}

void store(const Tile &sums, float *to) {
  for (int j = 0; j < 4; ++j) _mm512_store_ps(to + 16 * j, sums.part[j]);
}

int64_t add_band(const Band *whole) {
  const Band band = *whole;
  int64_t base_bytes = bytes_of(band.base_type);
  int64_t out_bytes = bytes_of(band.out_type);
  int64_t overflows = 0;
  for (int64_t row = 0; row < band.rows; ++row) {
    if (band.last) fetch(band, row);
    float *sums = band.sums + row * PRODUCT_TILE;
    __m512 s0 = _mm512_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    if (!band.first) {
      s0 = _mm512_load_ps(sums);
      s1 = _mm512_load_ps(sums + 16);
      s2 = _mm512_load_ps(sums + 32);
      s3 = _mm512_load_ps(sums + 48);
    }
    const Entry *entry = band.entries + row * band.stride;
    for (const Entry *end = entry + band.counts[row]; entry != end; ++entry) {
      const float *from = band.tile + entry->component * PRODUCT_TILE;
      __m512 factor = _mm512_set1_ps(entry->value);
      s0 = _mm512_fmadd_ps(factor, _mm512_load_ps(from), s0);
      s1 = _mm512_fmadd_ps(factor, _mm512_load_ps(from + 16), s1);
      s2 = _mm512_fmadd_ps(factor, _mm512_load_ps(from + 32), s2);
      s3 = _mm512_fmadd_ps(factor, _mm512_load_ps(from + 48), s3);
    }
    Tile sum = {{s0, s1, s2, s3}};
    if (!band.last) {
      store(sum, sums);
      continue;
    }
    if (band.width == PRODUCT_TILE) {
      const uint8_t *base = (const uint8_t *)band.base + row * band.columns * base_bytes;
      uint8_t *out = (uint8_t *)band.out + row * band.columns * out_bytes;
      if (finish(base, band.base_type, sum, out, band.out_type)) continue;
    }
    alignas(64) float part[PRODUCT_TILE];
    store(sum, part);
    overflows += finish(band, row, part);
  }
  return overflows;
}
#else
/* From and to sums. */
#if defined(__FMA__)
void add_entries(const Entry *entry, const Entry *end, const float *tile, bool first, float *sums) {
  __m256 s[PRODUCT_TILE / 8];
#pragma GCC unroll 8
  for (int j = 0; j < PRODUCT_TILE / 8; ++j) s[j] = first ? _mm256_setzero_ps() : _mm256_load_ps(sums + 8 * j);
  for (; entry != end; ++entry) {
    const float *from = tile + entry->component * PRODUCT_TILE;
    __m256 factor = _mm256_set1_ps(entry->value);
#pragma GCC unroll 8
    for (int j = 0; j < PRODUCT_TILE / 8; ++j) s[j] = _mm256_fmadd_ps(factor, _mm256_load_ps(from + 8 * j), s[j]);
  }
#pragma GCC unroll 8
  for (int j = 0; j < PRODUCT_TILE / 8; ++j) _mm256_store_ps(sums + 8 * j, s[j]);
}
#else
void add_entries(const Entry *entry, const Entry *end, const float *tile, bool first, float *sums) {
  for (int64_t j = 0; first && j < PRODUCT_TILE; ++j) sums[j] = 0;
  for (; entry != end; ++entry) {
    const float *from = tile + entry->component * PRODUCT_TILE;
    for (int64_t j = 0; j < PRODUCT_TILE; ++j) sums[j] = dp_fused(entry->value, from[j], sums[j]);
  }
}
#endif

int64_t add_band(const Band *band) {
  int64_t overflows = 0;
  bool at_once = band->first && band->last;
  alignas(64) float part[PRODUCT_TILE];
  for (int64_t row = 0; row < band->rows; ++row) {
    if (band->last) fetch(*band, row);
    float *sums = at_once ? part : band->sums + row * PRODUCT_TILE;
    const Entry *entry = band->entries + row * band->stride;
    add_entries(entry, entry + band->counts[row], band->tile, band->first, sums);
    if (band->last) overflows += finish(*band, row, sums);
  }
  return overflows;
}
#endif

}  // namespace

namespace dp {

extern const Loops DP_LOOPS;
const Loops DP_LOOPS = {DP_VECTOR_BITS, subtract,   add,        error_sums, draw_tile, rescale_tile, compact, expand, widen_f16,
                        narrow_f16,     quantise,   look_up,    pack,       unpack,    scale,        measure, add_band};

}  // namespace dp
