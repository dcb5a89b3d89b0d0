/* Scales, codes and packed bytes, tile by tile. Tiles hold multiples of 8 values, which are whole bytes at every width. */
#include <string.h>

#include "../operations.h"
#include "loops.h"
#include "mask.cuh"
#include "pool.h"

namespace dp {
namespace {

/* Tiles that a thread takes at a time. */
constexpr int64_t SPAN = 32;

/* Bytes of a tile of f16 values. */
constexpr int64_t TILE_BYTES = DP_TILE * 2;

int64_t least(int64_t x, int64_t y) { return x < y ? x : y; }

int64_t bytes_of(int64_t values, int32_t bits) { return (values * bits + 7) / 8; }

int32_t bits_of(const Widths &widths, int64_t component) {
  int32_t g = 0;
  while (component >= widths.end[g]) ++g;
  return widths.bits[g];
}

/* The part of bytes [at, at + count) that lies inside packed, as a range of the count. */
struct Inside {
  int64_t from;
  int64_t bytes;
};

Inside inside(int64_t at, int64_t count, int64_t size) {
  if (at >= size || at <= -count) return {0, 0};
  int64_t from = at < 0 ? -at : 0;
  int64_t to = least(count, size - at);
  return {from, to - from};
}

/* offset + at, where a wild offset must not overflow. */
int64_t position(int64_t offset, int64_t at) {
  int64_t sum;
  return __builtin_add_overflow(offset, at, &sum) ? INT64_MAX : sum;
}

void write_inside(const Packed<uint8_t> &packed, int64_t at, const uint8_t *bytes, int64_t count) {
  Inside part = inside(at, count, packed.size);
  if (part.bytes > 0) memcpy(packed.bytes + at + part.from, bytes + part.from, (size_t)part.bytes);
}

void read_inside(const Packed<const uint8_t> &packed, int64_t at, uint8_t *bytes, int64_t count) {
  Inside part = inside(at, count, packed.size);
  if (part.bytes < count) memset(bytes, 0, (size_t)count);
  memset(bytes + count, 0, PACKED_SLACK); /* looked at with the last codes */
  if (part.bytes > 0) memcpy(bytes + part.from, packed.bytes + at + part.from, (size_t)part.bytes);
}

/* Calls body(component, first tile, last tile) for all tiles. */
template <class Body>
void for_each_span(int64_t components, int64_t entries, const Body &body) {
  int64_t tiles = DP_TILES(entries);
  int64_t spans = (tiles + SPAN - 1) / SPAN;
  for_each(components * spans, components * entries, [&](int64_t item) {
    int64_t first = item % spans * SPAN;
    body(item / spans, first, least(first + SPAN, tiles));
  });
}

/* Of a tile: its entries, and the words of its mask or null. */
int64_t length_of(int64_t entries, int64_t tile) { return least(DP_TILE, entries - tile * DP_TILE); }

const uint32_t *words_of(const Survivors &kept, int64_t c, int64_t tile) {
  return kept.words == nullptr ? nullptr : kept.words + (c * DP_TILES(kept.entries) + tile) * (DP_TILE / 32);
}

int64_t rank_of(const Survivors &kept, int64_t c, int64_t tile) {
  return kept.ranks == nullptr ? tile * DP_TILE : kept.ranks[c * DP_TILES(kept.entries) + tile];
}

int64_t survivors_of(const uint32_t *words, int64_t entries) {
  if (words == nullptr) return entries;
  int64_t survivors = 0;
  for (int64_t w = 0; w < DP_TILE / 32; ++w) survivors += __builtin_popcount(words[w]);
  return survivors;
}

/* The last tile with no more than that many survivors before it. */
int64_t tile_of(const Survivors &kept, int64_t c, int64_t rank) {
  int64_t low = 0;
  for (int64_t high = DP_TILES(kept.entries); high - low > 1;) {
    int64_t middle = low + (high - low) / 2;
    if (rank_of(kept, c, middle) <= rank) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

/* Turns values of a component into packed bytes. */
struct Encoder {
  const Loops &loop;
  int32_t bits;
  float scale;
  const float *boundaries;

  void encode(const float *values, int64_t n, uint8_t *bytes) const {
    if (bits == 16) {
      loop.narrow_f16(values, bytes, n);
      return;
    }
    uint8_t codes[DP_TILE];
    loop.quantise(values, scale, boundaries, bits, codes, n);
    loop.pack(codes, bits, bytes, n);
  }
};

/* The values of all codes of a component: there are fewer of them than codes as a rule, so products are taken once for each. */
void values_of(const float *levels, int32_t bits, float scale, float *values) {
  for (int code = 0; code < 1 << bits; ++code) values[code] = dp_scaled(levels[DP_CODEBOOK_AT(bits) + code], scale);
}

}  // namespace

dp_status component_scales(dp_stream *, const Survivors &kept, const float *x, int64_t stride, float *largest,
                           double *squares) {
  const Loops &loop = loops();
  for_each(kept.components, kept.components * kept.entries, [&](int64_t c) {
    double sum = 0;
    uint32_t most = 0;
    double stripes[DP_STRIPES] = {};
    int64_t tiles = DP_TILES(kept.entries);
    for (int64_t t = 0; t < tiles; ++t) {
      /* Entries that do not survive become 0, which changes neither a sum that began at +0 nor a magnitude. */
      const float *row = x + c * stride + t * DP_TILE;
      const uint32_t *words = words_of(kept, c, t);
      int64_t length = length_of(kept.entries, t);
      float dense[DP_TILE];
      if (words != nullptr) {
        float packed[DP_TILE + LOOP_SLACK] = {};
        loop.compact(row, words, length, packed);
        loop.expand(packed, words, length, dense);
        row = dense;
      }
      loop.measure(row, length, stripes, &most);
      if ((t + 1) * DP_TILE % DP_PIECE != 0 && t + 1 < tiles) continue;
      for (int64_t half = DP_STRIPES / 2; half > 0; half /= 2) {
        for (int64_t j = 0; j < half; ++j) stripes[j] += stripes[j + half];
      }
      sum += stripes[0];
      memset(stripes, 0, sizeof stripes);
    }
    if (largest != nullptr) largest[c] = dp_float(most);
    if (squares != nullptr) squares[c] = sum;
  });
  return DP_OK;
}

dp_status quantise(dp_stream *, int64_t components, int64_t entries, int32_t bits, const float *x, int64_t stride,
                   const float *scales, const float *boundaries, uint8_t *codes) {
  const Loops &loop = loops();
  for_each_span(components, entries, [&](int64_t c, int64_t first, int64_t last) {
    int64_t at = first * DP_TILE;
    loop.quantise(x + c * stride + at, scales[c], boundaries + DP_CODEBOOK_AT(bits), bits, codes + c * entries + at,
                  least(entries, last * DP_TILE) - at);
  });
  return DP_OK;
}

dp_status dequantise(dp_stream *, int64_t components, int64_t entries, int32_t bits, const uint8_t *codes,
                     const float *scales, const float *levels, float *out, int64_t stride) {
  const Loops &loop = loops();
  for_each_span(components, entries, [&](int64_t c, int64_t first, int64_t last) {
    int64_t at = first * DP_TILE;
    float values[256];
    values_of(levels, bits, scales[c], values);
    loop.look_up(codes + c * entries + at, values, bits, out + c * stride + at, least(entries, last * DP_TILE) - at);
  });
  return DP_OK;
}

dp_status pack_codes(dp_stream *, int64_t components, int64_t entries, int32_t bits, const uint8_t *codes,
                     const Packed<uint8_t> &packed) {
  const Loops &loop = loops();
  for_each_span(components, entries, [&](int64_t c, int64_t first, int64_t last) {
    for (int64_t t = first; t < last; ++t) {
      int64_t length = length_of(entries, t);
      uint8_t bytes[DP_TILE + PACKED_SLACK];
      loop.pack(codes + c * entries + t * DP_TILE, bits, bytes, length);
      write_inside(packed, position(packed.offsets[c], bytes_of(t * DP_TILE, bits)), bytes, bytes_of(length, bits));
    }
  });
  return DP_OK;
}

dp_status unpack_codes(dp_stream *, int64_t components, int64_t entries, int32_t bits,
                       const Packed<const uint8_t> &packed, uint8_t *codes) {
  const Loops &loop = loops();
  for_each_span(components, entries, [&](int64_t c, int64_t first, int64_t last) {
    for (int64_t t = first; t < last; ++t) {
      int64_t length = length_of(entries, t);
      uint8_t bytes[DP_TILE + PACKED_SLACK];
      read_inside(packed, position(packed.offsets[c], bytes_of(t * DP_TILE, bits)), bytes, bytes_of(length, bits));
      loop.unpack(bytes, bits, codes + c * entries + t * DP_TILE, length);
    }
  });
  return DP_OK;
}

dp_status value_offsets(dp_stream *, int64_t components, const Widths &widths, const int64_t *survivors_u,
                        const int64_t *survivors_v, int64_t first_offset, int64_t *offsets_u, int64_t *offsets_v,
                        int64_t *end) {
  /* Unsigned, so that wild counts wrap as they do on a device. */
  uint64_t at = (uint64_t)first_offset;
  for (int64_t c = 0; c < components; ++c) {
    uint64_t bits = (uint64_t)bits_of(widths, c);
    offsets_u[c] = (int64_t)at;
    at += ((uint64_t)survivors_u[c] * bits + 7) / 8;
    if (survivors_v == nullptr) continue;
    offsets_v[c] = (int64_t)at;
    at += ((uint64_t)survivors_v[c] * bits + 7) / 8;
  }
  *end = (int64_t)at;
  return DP_OK;
}

/* A thread takes as many survivors as a span of full tiles has, wherever they come from, so that it writes whole bytes. */
dp_status pack_values(dp_stream *, const Survivors &kept, const Widths &widths, const float *x, int64_t stride,
                      const float *scales, const float *boundaries, const Packed<uint8_t> &packed) {
  const Loops &loop = loops();
  int64_t tiles = DP_TILES(kept.entries);
  for_each_span(kept.components, kept.entries, [&](int64_t c, int64_t first, int64_t last) {
    int64_t rank = first * DP_TILE;
    int64_t end = last * DP_TILE;
    int32_t bits = bits_of(widths, c);
    bool f16 = bits == 16;
    Encoder encoder{loop, bits, f16 ? 1 : scales[c], f16 ? nullptr : boundaries + DP_CODEBOOK_AT(bits)};
    int64_t at = position(packed.offsets[c], bytes_of(rank, bits));
    float values[2 * DP_TILE + LOOP_SLACK];
    uint8_t bytes[TILE_BYTES + PACKED_SLACK];
    int64_t waiting = 0;
    for (int64_t t = tile_of(kept, c, rank); t < tiles && rank < end; ++t) {
      int64_t before = rank_of(kept, c, t);
      if (before >= end) break;
      const float *row = x + c * stride + t * DP_TILE;
      const uint32_t *words = words_of(kept, c, t);
      int64_t length = length_of(kept.entries, t);
      int64_t found = length;
      if (words == nullptr) {
        memcpy(values + waiting, row, (size_t)length * sizeof *row);
      } else {
        found = loop.compact(row, words, length, values + waiting);
      }
      int64_t skipped = before < rank ? least(rank - before, found) : 0; /* of the first tile, another thread's */
      if (skipped > 0) memmove(values + waiting, values + waiting + skipped, (size_t)(found - skipped) * sizeof *values);
      int64_t taken = least(found - skipped, end - rank);
      waiting += taken;
      rank += taken;
      if (waiting < DP_TILE) continue;
      encoder.encode(values, DP_TILE, bytes);
      write_inside(packed, at, bytes, bytes_of(DP_TILE, bits));
      at = position(at, bytes_of(DP_TILE, bits));
      waiting -= DP_TILE;
      memmove(values, values + DP_TILE, (size_t)waiting * sizeof *values);
    }
    if (waiting > 0) {
      encoder.encode(values, waiting, bytes);
      write_inside(packed, at, bytes, bytes_of(waiting, bits));
    }
  });
  return DP_OK;
}

dp_status unpack_values(dp_stream *, const Survivors &kept, const Widths &widths,
                        const Packed<const uint8_t> &packed, const float *scales, const float *levels,
                        const uint32_t *thresholds, const double *gains, float *out, int64_t stride) {
  const Loops &loop = loops();
  for_each_span(kept.components, kept.entries, [&](int64_t c, int64_t first, int64_t last) {
    int32_t bits = bits_of(widths, c);
    double inverse = thresholds == nullptr ? 1 : dp_inverse_keep(thresholds[c]);
    double gain = gains == nullptr ? 1 : gains[c];
    auto rescale = [&](float *values, int64_t n) {
      if (inverse != 1) loop.scale(values, inverse, n);
      if (gain != 1) loop.scale(values, gain, n);
    };
    float of_codes[256];
    if (bits != 16) {
      values_of(levels, bits, scales[c], of_codes);
      rescale(of_codes, 1 << bits);
    }
    for (int64_t t = first; t < last; ++t) {
      const uint32_t *words = words_of(kept, c, t);
      int64_t length = length_of(kept.entries, t);
      int64_t count = survivors_of(words, length);
      int64_t rank = rank_of(kept, c, t);
      int64_t lead = bits == 16 ? 0 : rank % 8; /* codes of the tile before that share its first byte */
      float *row = out + c * stride + t * DP_TILE;
      bool dense = count == length;
      uint8_t bytes[TILE_BYTES + PACKED_SLACK];
      float buffer[DP_TILE + 8 + LOOP_SLACK];
      float *values = dense && lead == 0 ? row : buffer;
      read_inside(packed, position(packed.offsets[c], bytes_of(rank - lead, bits)), bytes, bytes_of(lead + count, bits));
      if (bits == 16) {
        loop.widen_f16(bytes, values, count);
        rescale(values, count);
      } else {
        uint8_t codes[DP_TILE + 8];
        loop.unpack(bytes, bits, codes, lead + count);
        loop.look_up(codes, of_codes, bits, values, lead + count);
      }
      if (dense) {
        if (lead > 0) memcpy(row, values + lead, (size_t)length * sizeof *row);
      } else {
        memset(values + lead + count, 0, LOOP_SLACK * sizeof *values); /* expand may look at one more */
        loop.expand(values + lead, words, length, row);
      }
    }
  });
  return DP_OK;
}

}  // namespace dp
