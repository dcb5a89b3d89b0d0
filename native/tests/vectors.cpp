/* Writes the vector file that parity runs, from the plain reference. usage: vectors FILE [--large] */
#include <functional>
#include <random>

#include "reference.h"
#include "vector_file.h"

namespace {

using reference::Bytes;

const uint64_t SEED = 20261124;

/* Empty, one, around the widths of vectors and tiles, primes. */
const std::vector<int64_t> LENGTHS = {0,  1,  2,  3,  4,  5,   7,   8,   9,   15,  16,   17,   31,   32,   33,   61,
                                      63, 64, 65, 97, 127, 128, 129, 255, 511, 512, 513, 1021, 1023, 1024, 1025, 2053};

const uint32_t SPECIAL[] = {0x00000000, 0x80000000, 0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC12345, 0x00000001, 0x80000001,
                            0x007FFFFF, 0x00800000, 0x7F7FFFFF, 0xFF7FFFFF, 0x33000000, 0x33000001, 0x33800000, 0x387FC000,
                            0x387FE000, 0x387FFFFF, 0x38800000, 0x477FE000, 0x477FEFFF, 0x477FF000, 0x477FF001, 0x47800000,
                            0x7F7F7FFF, 0x7F7F8000, 0x3F808000, 0x3F818000, 0x3F801000, 0x3F803000, 0x3F800000, 0xBF800000};

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  uint64_t below(uint64_t end) { return engine_() % end; }
  uint32_t word() { return (uint32_t)engine_(); }

  /* Of ordinary size, with a special one now and then where wanted. */
  float value(bool special) {
    if (special && below(5) == 0) return reference::float_of(SPECIAL[below(sizeof SPECIAL / sizeof *SPECIAL)]);
    if (special && below(10) == 0) return reference::float_of(word());
    return (float)((double)engine_() / 18446744073709551616.0 * 4 - 2);
  }

  Bytes tensor(int32_t type, int64_t n, bool special) {
    Bytes bytes((size_t)(n * reference::width(type)));
    for (int64_t i = 0; i < n; ++i) {
      if (type == DP_F32) {
        reference::set(bytes, type, i, value(special));
      } else if (special && below(4) == 0) {
        uint16_t any = (uint16_t)word();
        memcpy(&bytes[2 * i], &any, 2);
      } else {
        reference::set(bytes, type, i, value(special));
      }
    }
    return bytes;
  }

  std::vector<float> floats(int64_t n, bool special) {
    std::vector<float> all((size_t)n);
    for (float &x : all) x = value(special);
    return all;
  }

 private:
  std::mt19937_64 engine_;
};

template <class T>
Bytes raw(const std::vector<T> &values) {
  Bytes bytes(values.size() * sizeof(T));
  if (!bytes.empty()) memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

uint32_t element_of(int32_t type) { return type == DP_F32 ? F32 : type == DP_F16 ? F16 : BF16; }

class Vectors {
 public:
  Vectors(VectorWriter *out, Random *random) : out_(out), random_(random) {}

  void subtract(int64_t n, int32_t tuned_type, int32_t base_type, bool special) {
    Bytes tuned = random_->tensor(tuned_type, n, special);
    Bytes base = random_->tensor(base_type, n, special);
    std::vector<float> out((size_t)n);
    int64_t non_finite = 0;
    for (int64_t i = 0; i < n; ++i) {
      out[i] = reference::get(tuned, tuned_type, i) - reference::get(base, base_type, i);
      non_finite += !isfinite(out[i]);
    }
    out_->write({"subtract", {n, tuned_type, base_type},
                 {{INPUT, element_of(tuned_type), tuned}, {INPUT, element_of(base_type), base},
                  {EXPECTED, F32, raw(out)}, {EXPECTED, I64, raw(std::vector<int64_t>{non_finite})}}});
  }

  void add(int64_t n, int32_t base_type, int32_t out_type, bool special) {
    Bytes base = random_->tensor(base_type, n, special);
    std::vector<float> delta = random_->floats(n, special);
    Bytes out((size_t)(n * reference::width(out_type)));
    int64_t overflows = 0;
    for (int64_t i = 0; i < n; ++i) {
      float sum = reference::get(base, base_type, i) + delta[i];
      reference::set(out, out_type, i, sum);
      overflows += isfinite(sum) && !isfinite(reference::get(out, out_type, i));
    }
    out_->write({"add", {n, base_type, out_type},
                 {{INPUT, element_of(base_type), base}, {INPUT, F32, raw(delta)}, {EXPECTED, element_of(out_type), out},
                  {EXPECTED, I64, raw(std::vector<int64_t>{overflows})}}});
  }

  void error_sums(int64_t n, int32_t tuned_type, int32_t restored_type, bool special) {
    std::vector<float> truth = random_->floats(n, special);
    std::vector<float> decoded = random_->floats(n, special);
    Bytes tuned = random_->tensor(tuned_type, n, special);
    Bytes restored = random_->tensor(restored_type, n, special);
    std::vector<double> sums = {
        reference::squares(n, [&](int64_t i) { return (double)truth[i]; }),
        reference::squares(n, [&](int64_t i) { return (double)decoded[i] - truth[i]; }),
        reference::squares(n, [&](int64_t i) {
          return (double)reference::get(restored, restored_type, i) - reference::get(tuned, tuned_type, i);
        })};
    out_->write({"error_sums", {n, tuned_type, restored_type},
                 {{INPUT, F32, raw(truth)}, {INPUT, F32, raw(decoded)}, {INPUT, element_of(tuned_type), tuned},
                  {INPUT, element_of(restored_type), restored}, {EXPECTED, F64, raw(sums)}}});
  }

  void precision(int64_t n) {
    std::vector<float> x = random_->floats(n, true);
    std::vector<double> wide(x.begin(), x.end());
    out_->write({"widen", {n}, {{INPUT, F32, raw(x)}, {EXPECTED, F64, raw(wide)}}});
    for (int64_t i = 0; i < n; ++i) {
      /* Ties and their neighbours, and what leaves the range. */
      wide[i] = i % 5 == 4 ? wide[i] * 1e30 : ldexp((double)(float)wide[i] , i % 3) * (1 + ldexp((double)(i % 7) - 3, -25));
    }
    std::vector<float> narrow;
    for (double value : wide) narrow.push_back((float)value);
    out_->write({"narrow", {n}, {{INPUT, F64, raw(wide)}, {EXPECTED, F32, raw(narrow)}}});
  }

  void orient(int64_t components, int64_t u_entries, int64_t v_entries) {
    std::vector<float> u = random_->floats(components * u_entries, false);
    std::vector<float> v = random_->floats(components * v_entries, false);
    /* Ties of both signs, rows of zeros of both signs. */
    for (int64_t c = 0; c < components && u_entries > 1; ++c) {
      float *row = &u[(size_t)(c * u_entries)];
      if (c % 4 == 1) row[u_entries / 2] = 9.0f, row[u_entries - 1] = -9.0f;
      if (c % 4 == 2) row[0] = -9.0f, row[u_entries - 1] = 9.0f;
      if (c % 4 == 3) std::fill(row, row + u_entries, c % 8 == 3 ? -0.0f : 0.0f);
    }
    std::vector<float> u_out = u, v_out = v;
    for (int64_t c = 0; c < components; ++c) {
      float most = 0;
      for (int64_t i = 0; i < u_entries; ++i) {
        float value = u[(size_t)(c * u_entries + i)];
        if (fabsf(value) > fabsf(most)) most = value;
      }
      if (most >= 0) continue;
      for (int64_t i = 0; i < u_entries; ++i) u_out[(size_t)(c * u_entries + i)] *= -1;
      for (int64_t i = 0; i < v_entries; ++i) v_out[(size_t)(c * v_entries + i)] *= -1;
    }
    out_->write({"orient", {components, u_entries, v_entries},
                 {{INPUT, F32, raw(u)}, {INPUT, F32, raw(v)}, {EXPECTED, F32, raw(u_out)}, {EXPECTED, F32, raw(v_out)}}});
  }

  /* Thresholds, stored: keep one of 2^32, all, nearly all, nearly none, about half, anything. */
  std::vector<uint32_t> thresholds(int64_t components) {
    std::vector<uint32_t> stored;
    for (int64_t c = 0; c < components; ++c) {
      const uint32_t kinds[] = {0, 0xFFFFFFFF, 0xFFFFFFFE, 1, 0x7FFFFFFF, random_->word(), 0x0FFFFFFF};
      stored.push_back(kinds[c % 7]);
    }
    return stored;
  }

  dp_mask mask(int64_t components, int64_t entries) {
    int64_t first_component = random_->below(3) == 0 ? (int64_t)random_->below((1ull << 32) - 64) : 0;
    int64_t first_entry = random_->below(3) == 0 ? (int64_t)random_->below(1ull << 31) * 4 : 0;
    return {random_->word(), random_->word(), (uint32_t)random_->below(2), 0, first_component, components, first_entry, entries};
  }

  static std::vector<int64_t> parameters(const dp_mask &m) {
    return {m.seed, m.tensor, m.side, m.first_component, m.components, m.first_entry, m.entries};
  }

  struct Drawn {
    std::vector<uint32_t> words;
    std::vector<int64_t> ranks, survivors;
    std::vector<std::vector<int64_t>> kept; /* entries that survive, of each component */
  };

  static Drawn drawn(const dp_mask &m, const std::vector<uint32_t> &stored) {
    Drawn d;
    d.words.assign((size_t)(m.components * DP_MASK_WORDS(m.entries)), 0);
    for (int64_t c = 0; c < m.components; ++c) {
      std::vector<int64_t> kept;
      for (int64_t i = 0; i < m.entries; ++i) {
        if (i % DP_TILE == 0) d.ranks.push_back((int64_t)kept.size());
        if (!reference::survives(m, stored[c], c, i)) continue;
        kept.push_back(i);
        d.words[c * DP_MASK_WORDS(m.entries) + i / 32] |= 1u << i % 32;
      }
      d.survivors.push_back((int64_t)kept.size());
      d.kept.push_back(kept);
    }
    return d;
  }

  void mask_draw(const dp_mask &m, const std::vector<uint32_t> &stored) {
    Drawn d = drawn(m, stored);
    out_->write({"mask_draw", parameters(m),
                 {{INPUT, U32, raw(stored)}, {EXPECTED, U32, raw(d.words)}, {EXPECTED, I64, raw(d.ranks)},
                  {EXPECTED, I64, raw(d.survivors)}}});
  }

  void mask_rescale(const dp_mask &m, const std::vector<uint32_t> &stored, int64_t x_gap, int64_t out_gap, bool special) {
    int64_t x_stride = m.entries + x_gap, out_stride = m.entries + out_gap;
    std::vector<float> x = random_->floats(m.components * x_stride, special);
    std::vector<float> out((size_t)(m.components * out_stride), reference::float_of(0xA5A5A5A5));
    std::vector<int64_t> survivors;
    for (int64_t c = 0; c < m.components; ++c) {
      int64_t count = 0;
      for (int64_t i = 0; i < m.entries; ++i) {
        bool survives = reference::survives(m, stored[c], c, i);
        out[c * out_stride + i] = survives ? reference::times(x[c * x_stride + i], reference::inverse_keep(stored[c])) : 0;
        count += survives;
      }
      survivors.push_back(count);
    }
    std::vector<int64_t> p = parameters(m);
    p.push_back(x_stride);
    p.push_back(out_stride);
    out_->write({"mask_rescale", p,
                 {{INPUT, U32, raw(stored)}, {INPUT, F32, raw(x)}, {EXPECTED, F32, raw(out)}, {EXPECTED, I64, raw(survivors)}}});
  }

  void component_scales(int64_t components, int64_t entries, bool masked, bool special) {
    int64_t stride = entries + 3;
    dp_mask m = mask(components, entries);
    Drawn d = drawn(m, thresholds(components));
    std::vector<float> x = random_->floats(components * stride, special);
    std::vector<float> largest;
    std::vector<double> squares;
    for (int64_t c = 0; c < components; ++c) {
      auto value = [&](int64_t i) {
        bool kept = !masked || (d.words[c * DP_MASK_WORDS(entries) + i / 32] >> i % 32 & 1);
        return kept ? x[c * stride + i] : 0.0f;
      };
      float most = 0;
      for (int64_t i = 0; i < entries; ++i) most = isnan(most) || isnan(value(i)) ? NAN : fmaxf(most, fabsf(value(i)));
      largest.push_back(most);
      squares.push_back(reference::squares(entries, [&](int64_t i) { return (double)value(i); }));
    }
    out_->write({"component_scales", {components, entries, stride},
                 {{INPUT, U32, masked ? raw(d.words) : Bytes()}, {INPUT, F32, raw(x)}, {EXPECTED, F32, raw(largest)},
                  {EXPECTED, F64, raw(squares)}}});
  }

  /* Levels and boundaries of every width: uneven, ascending, so that ties and both signs happen. */
  static std::vector<float> codebook(bool boundaries) {
    std::vector<float> table(DP_CODEBOOK, 0.0f);
    for (int bits = 1; bits <= 8; ++bits) {
      int end = 1 << bits;
      for (int i = 0; i < end; ++i) {
        double u = boundaries ? (i + 1.0) / end : (i + 0.5) / end; /* 0 to 1 */
        table[DP_CODEBOOK_AT(bits) + i] = (float)(boundaries ? u * 4 - 2 : u * 4 - 2 + u * u / 64);
      }
    }
    return table;
  }

  /* Values of which many lie on boundaries exactly. */
  std::vector<float> values(int64_t n, bool special) {
    std::vector<float> x = random_->floats(n, special);
    for (float &v : x) {
      if (random_->below(3) == 0) v = (float)((int64_t)random_->below(513) - 256) / 128;
    }
    return x;
  }

  std::vector<float> scales(int64_t components, bool special) {
    std::vector<float> all;
    const float kinds[] = {1.0f, 0.5f, 0.37f, 1e-3f, 2.0f, 3e-39f, 1e30f};
    for (int64_t c = 0; c < components; ++c) all.push_back(special ? kinds[c % 7] : kinds[c % 5]);
    return all;
  }

  void codes(int64_t components, int64_t entries, int bits, bool special) {
    int64_t stride = entries + 1;
    std::vector<float> x = values(components * stride, special);
    std::vector<float> s = scales(components, special), levels = codebook(false), boundaries = codebook(true);
    std::vector<uint8_t> codes, any;
    std::vector<float> dense((size_t)(components * stride), reference::float_of(0xA5A5A5A5));
    std::vector<int64_t> offsets;
    int64_t row = (entries * bits + 7) / 8, at = 3;
    for (int64_t c = 0; c < components; ++c) {
      offsets.push_back(at);
      at += row + c % 3; /* with holes */
      for (int64_t i = 0; i < entries; ++i) {
        codes.push_back(reference::code(x[c * stride + i], s[c], &boundaries[DP_CODEBOOK_AT(bits)], bits));
        any.push_back((uint8_t)random_->word());
        float level = levels[DP_CODEBOOK_AT(bits) + any.back() % (1 << bits)];
        dense[c * stride + i] = reference::times(level, s[c]);
      }
    }
    Bytes packed((size_t)at + 2, 0xA5);
    std::vector<uint8_t> cut;
    for (int64_t c = 0; c < components; ++c) {
      for (int64_t k = 0; k < row; ++k) packed[offsets[c] + k] = 0;
      for (int64_t i = 0; i < entries; ++i) {
        uint8_t code = any[c * entries + i];
        reference::put_bits(packed, offsets[c], i, bits, code);
        cut.push_back(code % (1 << bits));
      }
    }
    out_->write({"quantise", {components, entries, bits, stride},
                 {{INPUT, F32, raw(x)}, {INPUT, F32, raw(s)}, {INPUT, F32, raw(boundaries)}, {EXPECTED, U8, raw(codes)}}});
    out_->write({"dequantise", {components, entries, bits, stride},
                 {{INPUT, U8, raw(any)}, {INPUT, F32, raw(s)}, {INPUT, F32, raw(levels)}, {EXPECTED, F32, raw(dense)}}});
    if (components * entries == 0) packed.assign(packed.size(), 0xA5);
    out_->write({"pack_codes", {components, entries, bits}, {{INPUT, U8, raw(any)}, {INPUT, I64, raw(offsets)}, {EXPECTED, U8, packed}}});
    out_->write({"unpack_codes", {components, entries, bits}, {{INPUT, U8, packed}, {INPUT, I64, raw(offsets)}, {EXPECTED, U8, raw(cut)}}});
  }

  /*
   * Packs a factor of mixed groups and unpacks it again. cut: the packed bytes end before the last values do.
   */
  void factor(int64_t entries, const std::vector<dp_group> &groups, bool masked, int64_t cut, bool special) {
    int64_t components = 0;
    std::vector<int> widths;
    bool codes = false;
    for (const dp_group &group : groups) {
      components += group.components;
      widths.insert(widths.end(), (size_t)group.components, group.bits);
      codes |= group.bits != 16;
    }
    int64_t stride = entries + (int64_t)random_->below(5);
    dp_mask m = mask(components, entries);
    std::vector<uint32_t> stored = thresholds(components);
    if (!masked) stored.assign((size_t)components, 0xFFFFFFFF);
    Drawn d = drawn(m, stored);
    std::vector<float> x = values(components * stride, special);
    for (float &v : x) { /* packed bytes are compared as bytes, and an f16 NaN may be any */
      if (isnan(v) && widths[(size_t)((&v - x.data()) / stride)] == 16) v = -INFINITY;
    }
    std::vector<float> s = scales(components, false), levels = codebook(false), boundaries = codebook(true);
    std::vector<double> gains;
    std::vector<int64_t> v_survivors, offsets, v_offsets;
    int64_t first = (int64_t)random_->below(8), at = first;
    for (int64_t c = 0; c < components; ++c) {
      gains.push_back(c % 4 == 0 ? 1.0 : 1.1 * (double)c + 1e-3);
      v_survivors.push_back((int64_t)random_->below(30));
      offsets.push_back(at);
      at += (d.survivors[c] * widths[c] + 7) / 8;
      v_offsets.push_back(at);
      at += (v_survivors[c] * widths[c] + 7) / 8;
    }
    std::vector<int64_t> group_numbers;
    for (const dp_group &group : groups) {
      group_numbers.push_back(group.components);
      group_numbers.push_back(group.bits);
    }
    auto with_groups = [&](std::vector<int64_t> p) {
      p.insert(p.end(), group_numbers.begin(), group_numbers.end());
      return p;
    };
    out_->write({"value_offsets", with_groups({components, first}),
                 {{INPUT, I64, raw(d.survivors)}, {INPUT, I64, raw(v_survivors)}, {EXPECTED, I64, raw(offsets)},
                  {EXPECTED, I64, raw(v_offsets)}, {EXPECTED, I64, raw(std::vector<int64_t>{at})}}});

    Bytes packed((size_t)at, 0xA5);
    for (int64_t c = 0; c < components; ++c) {
      int64_t bytes = (d.survivors[c] * widths[c] + 7) / 8;
      for (int64_t k = 0; k < bytes; ++k) packed[offsets[c] + k] = 0;
      for (size_t r = 0; r < d.kept[c].size(); ++r) {
        float value = x[c * stride + d.kept[c][r]];
        uint32_t number = widths[c] == 16 ? reference::to_f16(value)
                                          : reference::code(value, s[c], &boundaries[DP_CODEBOOK_AT(widths[c])], widths[c]);
        reference::put_bits(packed, offsets[c], (int64_t)r, widths[c], number);
      }
    }
    packed.resize((size_t)(at > cut ? at - cut : 0));
    Bytes words = masked ? raw(d.words) : Bytes(), ranks = masked ? raw(d.ranks) : Bytes();
    Bytes s_bytes = codes ? raw(s) : Bytes(), l_bytes = codes ? raw(levels) : Bytes(), b_bytes = codes ? raw(boundaries) : Bytes();
    out_->write({"pack_values", with_groups({components, entries, stride}),
                 {{INPUT, U32, words}, {INPUT, I64, ranks}, {INPUT, F32, raw(x)}, {INPUT, F32, s_bytes}, {INPUT, F32, b_bytes},
                  {INPUT, I64, raw(offsets)}, {EXPECTED, U8, packed}}});

    bool rescaled = masked || random_->below(2) == 0, gained = random_->below(3) != 0;
    std::vector<float> out((size_t)(components * stride), reference::float_of(0xA5A5A5A5));
    for (int64_t c = 0; c < components; ++c) {
      for (int64_t i = 0; i < entries; ++i) out[c * stride + i] = 0;
      for (size_t r = 0; r < d.kept[c].size(); ++r) {
        uint32_t number = reference::get_bits(packed, offsets[c], (int64_t)r, widths[c]);
        float value = widths[c] == 16 ? reference::from_f16((uint16_t)number)
                                      : reference::times(levels[DP_CODEBOOK_AT(widths[c]) + number], s[c]);
        if (rescaled) value = reference::times(value, reference::inverse_keep(stored[c]));
        if (gained) value = reference::times(value, gains[c]);
        out[c * stride + d.kept[c][r]] = value;
      }
    }
    out_->write({"unpack_values", with_groups({components, entries, stride}),
                 {{INPUT, U32, words}, {INPUT, I64, ranks}, {INPUT, U8, packed}, {INPUT, I64, raw(offsets)}, {INPUT, F32, s_bytes},
                  {INPUT, F32, l_bytes}, {INPUT, U32, rescaled ? raw(stored) : Bytes()}, {INPUT, F64, gained ? raw(gains) : Bytes()},
                  {EXPECTED, F32, raw(out)}}});
  }

 private:
  VectorWriter *out_;
  Random *random_;
};

/* Many threads' worth of work: pieces, spans and tiles meet. */
void write_large(Vectors &v) {
  v.subtract(300007, DP_BF16, DP_F16, true);
  v.add(300007, DP_F16, DP_BF16, true);
  v.precision(300007);
  v.orient(3, 70001, 30011);
  v.error_sums(2 * DP_PIECE + 12345, DP_BF16, DP_F16, false);
  dp_mask flat = {1, 2, 0, 0, 0, 1, 0, 1000003};
  v.mask_draw(flat, {0x1FFFFFFF});
  v.mask_rescale(flat, {0x1FFFFFFF}, 0, 0, true);
  v.component_scales(2, DP_PIECE + 1001, true, false);
  for (int bits : {1, 3, 8}) v.codes(2, 100003, bits, true);
  for (int bits : {1, 2, 3, 4, 5, 6, 7, 8, 16}) v.factor(70001, {{3, bits, 0}}, true, 0, false);
}

void write_small(Vectors &v) {
  for (int64_t n : LENGTHS) {
    for (int32_t x = 0; x < 3; ++x) {
      for (int32_t y = 0; y < 3; ++y) {
        v.subtract(n, x, y, true);
        v.add(n, x, y, true);
        v.error_sums(n, x, y, n % 2 == 0);
      }
    }
    v.precision(n);
    v.orient(9, n, n / 2 + 1);
    v.orient(2, n, 0);
    v.mask_draw(v.mask(7, n), v.thresholds(7));
    v.mask_rescale(v.mask(7, n), v.thresholds(7), n % 3, n % 2, true);
    v.component_scales(7, n, true, n % 2 == 0);
    v.component_scales(2, n, false, n % 2 == 0);
    for (int bits = 1; bits <= 8; ++bits) v.codes(3, n, bits, true);
    for (int bits : {1, 2, 3, 4, 5, 6, 7, 8, 16}) {
      v.factor(n, {{4, bits, 0}}, true, 0, bits < 16);
      v.factor(n, {{2, bits, 0}}, false, 0, true);
    }
    v.factor(n, {{2, 16, 0}, {1, 8, 0}, {0, 5, 0}, {2, 3, 0}, {2, 1, 0}}, true, 0, true);
    v.factor(n, {{2, 16, 0}, {2, 4, 0}}, true, 5, false);
  }
  v.factor(100, {}, true, 0, false);
}

}  // namespace

int main(int count, char **arguments) {
  if (count < 2) {
    fprintf(stderr, "usage: vectors FILE [small]\n");
    return 2;
  }
  VectorWriter out(arguments[1]);
  Random random(SEED);
  Vectors vectors(&out, &random);
  write_small(vectors);
  if (count < 3) write_large(vectors); /* small is for what runs a hundred times slower */
  if (out.close()) return 0;
  fprintf(stderr, "cannot write %s\n", arguments[1]);
  return 1;
}
