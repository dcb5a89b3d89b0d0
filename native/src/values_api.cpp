/* Checks what scales, codes and packs values, and hands it to the flavour. */
#include "checks.h"

#include <initializer_list>

using dp::Checks;
using dp::Operand;
using dp::Packed;
using dp::Survivors;
using dp::Widths;

namespace {

/* Components and entries of a factor whose rows fit an address. */
dp_status shape(const Checks &check, int64_t components, int64_t entries) {
  DP_TRY(check.count("components", components, 1024));
  return check.range("entries", entries, 0, dp::MOST_BYTES / 1024 / (components == 0 ? 1 : components));
}

bool only_f16(const Widths &widths) {
  for (int32_t g = 0; g < widths.count; ++g) {
    if (widths.bits[g] != 16) return false;
  }
  return true;
}

template <class Byte>
dp_status packed_bytes(const Checks &check, const Packed<Byte> &packed) {
  DP_TRY(check.count("packed_bytes", packed.size, 1));
  if (packed.size > 0) DP_TRY(check.not_null("packed", packed.bytes));
  return check.array("offsets", packed.offsets, sizeof *packed.offsets);
}

/* Scales, and levels or boundaries. */
dp_status codebook(const Checks &check, const Widths &widths, const float *scales, const char *name, const float *table) {
  DP_TRY(check.optional("scales", scales, sizeof *scales));
  DP_TRY(check.optional(name, table, sizeof *table));
  if (only_f16(widths)) return DP_OK;
  DP_TRY(check.not_null("scales", scales));
  return check.not_null(name, table);
}

/* An output and the small inputs that belong to components. */
dp_status apart_from_all(const Checks &check, const Operand &output, std::initializer_list<Operand> others) {
  for (const Operand &other : others) DP_TRY(check.apart(output, other));
  return DP_OK;
}

Operand words_of(const Survivors &kept) {
  return {"words", kept.words, kept.components * DP_MASK_WORDS(kept.entries) * 4};
}

Operand ranks_of(const Survivors &kept) { return {"ranks", kept.ranks, kept.components * DP_TILES(kept.entries) * 8}; }

constexpr int64_t CODEBOOK_BYTES = DP_CODEBOOK * (int64_t)sizeof(float);

}  // namespace

dp_status dp_component_scales(dp_stream *stream, int64_t components, int64_t entries, const uint32_t *words, const float *x,
                              int64_t stride, float *largest, double *squares) {
  Checks check("dp_component_scales");
  DP_TRY(check.stream(stream));
  DP_TRY(shape(check, components, entries));
  DP_TRY(check.optional("largest", largest, sizeof *largest));
  DP_TRY(check.optional("squares", squares, sizeof *squares));
  if (largest == nullptr) DP_TRY(check.not_null("squares, as is largest,", squares));
  if (components == 0) return DP_OK;
  if (entries == 0) {
    if (largest != nullptr) DP_TRY(dp::zero(stream, largest, components * 4));
    return squares == nullptr ? DP_OK : dp::zero(stream, squares, components * 8);
  }
  DP_TRY(check.optional("words", words, sizeof *words));
  DP_TRY(check.rows("x", x, components, entries, stride));
  Survivors kept{components, entries, words, nullptr};
  Operand input{"x", x, dp::row_bytes(components, entries, stride)};
  Operand maxima{"largest", largest, components * 4};
  Operand sums{"squares", squares, components * 8};
  DP_TRY(apart_from_all(check, maxima, {input, words_of(kept), sums}));
  DP_TRY(apart_from_all(check, sums, {input, words_of(kept)}));
  return dp::component_scales(stream, kept, x, stride, largest, squares);
}

dp_status dp_quantise(dp_stream *stream, int64_t components, int64_t entries, int32_t bits, const float *x, int64_t stride,
                      const float *scales, const float *boundaries, uint8_t *codes) {
  Checks check("dp_quantise");
  DP_TRY(check.stream(stream));
  DP_TRY(shape(check, components, entries));
  DP_TRY(check.range("bits", bits, 1, 8));
  if (components == 0 || entries == 0) return DP_OK;
  DP_TRY(check.rows("x", x, components, entries, stride));
  DP_TRY(check.array("scales", scales, sizeof *scales));
  DP_TRY(check.array("boundaries", boundaries, sizeof *boundaries));
  DP_TRY(check.not_null("codes", codes));
  DP_TRY(apart_from_all(check, {"codes", codes, components * entries},
                        {{"x", x, dp::row_bytes(components, entries, stride)},
                         {"scales", scales, components * 4},
                         {"boundaries", boundaries, CODEBOOK_BYTES}}));
  return dp::quantise(stream, components, entries, bits, x, stride, scales, boundaries, codes);
}

dp_status dp_dequantise(dp_stream *stream, int64_t components, int64_t entries, int32_t bits, const uint8_t *codes,
                        const float *scales, const float *levels, float *out, int64_t stride) {
  Checks check("dp_dequantise");
  DP_TRY(check.stream(stream));
  DP_TRY(shape(check, components, entries));
  DP_TRY(check.range("bits", bits, 1, 8));
  if (components == 0 || entries == 0) return DP_OK;
  DP_TRY(check.not_null("codes", codes));
  DP_TRY(check.array("scales", scales, sizeof *scales));
  DP_TRY(check.array("levels", levels, sizeof *levels));
  DP_TRY(check.rows("out", out, components, entries, stride));
  DP_TRY(apart_from_all(check, {"out", out, dp::row_bytes(components, entries, stride)},
                        {{"codes", codes, components * entries},
                         {"scales", scales, components * 4},
                         {"levels", levels, CODEBOOK_BYTES}}));
  return dp::dequantise(stream, components, entries, bits, codes, scales, levels, out, stride);
}

dp_status dp_pack_codes(dp_stream *stream, int64_t components, int64_t entries, int32_t bits, const uint8_t *codes,
                        const int64_t *offsets, uint8_t *packed, int64_t packed_bytes_) {
  Checks check("dp_pack_codes");
  Packed<uint8_t> out{packed, packed_bytes_, offsets};
  DP_TRY(check.stream(stream));
  DP_TRY(shape(check, components, entries));
  DP_TRY(check.range("bits", bits, 1, 8));
  if (components == 0 || entries == 0) return DP_OK;
  DP_TRY(check.not_null("codes", codes));
  DP_TRY(packed_bytes(check, out));
  DP_TRY(apart_from_all(check, {"packed", packed, packed_bytes_},
                        {{"codes", codes, components * entries}, {"offsets", offsets, components * 8}}));
  return dp::pack_codes(stream, components, entries, bits, codes, out);
}

dp_status dp_unpack_codes(dp_stream *stream, int64_t components, int64_t entries, int32_t bits, const uint8_t *packed,
                          int64_t packed_bytes_, const int64_t *offsets, uint8_t *codes) {
  Checks check("dp_unpack_codes");
  Packed<const uint8_t> in{packed, packed_bytes_, offsets};
  DP_TRY(check.stream(stream));
  DP_TRY(shape(check, components, entries));
  DP_TRY(check.range("bits", bits, 1, 8));
  if (components == 0 || entries == 0) return DP_OK;
  DP_TRY(packed_bytes(check, in));
  DP_TRY(check.not_null("codes", codes));
  DP_TRY(apart_from_all(check, {"codes", codes, components * entries},
                        {{"packed", packed, packed_bytes_}, {"offsets", offsets, components * 8}}));
  return dp::unpack_codes(stream, components, entries, bits, in, codes);
}

dp_status dp_value_offsets(dp_stream *stream, int64_t components, const dp_group *groups, int32_t group_count,
                           const int64_t *survivors_u, const int64_t *survivors_v, int64_t first_offset, int64_t *offsets_u,
                           int64_t *offsets_v, int64_t *end) {
  Checks check("dp_value_offsets");
  Widths widths;
  DP_TRY(check.stream(stream));
  DP_TRY(check.count("components", components, 8));
  DP_TRY(check.groups(components, groups, group_count, &widths));
  DP_TRY(check.count("first_offset", first_offset, 1));
  DP_TRY(check.array("end", end, sizeof *end));
  if (components > 0) {
    DP_TRY(check.array("survivors_u", survivors_u, sizeof *survivors_u));
    DP_TRY(check.array("offsets_u", offsets_u, sizeof *offsets_u));
    DP_TRY(check.optional("survivors_v", survivors_v, sizeof *survivors_v));
    DP_TRY(check.optional("offsets_v", offsets_v, sizeof *offsets_v));
    if (survivors_v != nullptr) DP_TRY(check.not_null("offsets_v, with survivors_v given,", offsets_v));
    if (offsets_v != nullptr) DP_TRY(check.not_null("survivors_v, with offsets_v given,", survivors_v));
  }
  int64_t bytes = components * 8;
  Operand u{"survivors_u", survivors_u, bytes};
  Operand v{"survivors_v", survivors_v, bytes};
  Operand from_u{"offsets_u", offsets_u, bytes};
  Operand from_v{"offsets_v", offsets_v, bytes};
  DP_TRY(apart_from_all(check, from_u, {u, v}));
  DP_TRY(apart_from_all(check, from_v, {u, v, from_u}));
  DP_TRY(apart_from_all(check, {"end", end, 8}, {u, v, from_u, from_v}));
  return dp::value_offsets(stream, components, widths, survivors_u, survivors_v, first_offset, offsets_u, offsets_v, end);
}

dp_status dp_pack_values(dp_stream *stream, int64_t components, int64_t entries, const dp_group *groups,
                         int32_t group_count, const uint32_t *words, const int64_t *ranks, const float *x, int64_t stride,
                         const float *scales, const float *boundaries, const int64_t *offsets, uint8_t *packed,
                         int64_t packed_bytes_) {
  Checks check("dp_pack_values");
  Survivors kept{components, entries, words, ranks};
  Packed<uint8_t> out{packed, packed_bytes_, offsets};
  Widths widths;
  DP_TRY(check.stream(stream));
  DP_TRY(shape(check, components, entries));
  DP_TRY(check.groups(components, groups, group_count, &widths));
  if (components == 0 || entries == 0) return DP_OK;
  DP_TRY(check.survivors(kept));
  DP_TRY(check.rows("x", x, components, entries, stride));
  DP_TRY(codebook(check, widths, scales, "boundaries", boundaries));
  DP_TRY(packed_bytes(check, out));
  DP_TRY(apart_from_all(check, {"packed", packed, packed_bytes_},
                        {words_of(kept),
                         ranks_of(kept),
                         {"x", x, dp::row_bytes(components, entries, stride)},
                         {"scales", scales, components * 4},
                         {"boundaries", boundaries, CODEBOOK_BYTES},
                         {"offsets", offsets, components * 8}}));
  return dp::pack_values(stream, kept, widths, x, stride, scales, boundaries, out);
}

dp_status dp_unpack_values(dp_stream *stream, int64_t components, int64_t entries, const dp_group *groups,
                           int32_t group_count, const uint32_t *words, const int64_t *ranks, const uint8_t *packed,
                           int64_t packed_bytes_, const int64_t *offsets, const float *scales, const float *levels,
                           const uint32_t *thresholds, const double *gains, float *out, int64_t stride) {
  Checks check("dp_unpack_values");
  Survivors kept{components, entries, words, ranks};
  Packed<const uint8_t> in{packed, packed_bytes_, offsets};
  Widths widths;
  DP_TRY(check.stream(stream));
  DP_TRY(shape(check, components, entries));
  DP_TRY(check.groups(components, groups, group_count, &widths));
  if (components == 0 || entries == 0) return DP_OK;
  DP_TRY(check.survivors(kept));
  DP_TRY(packed_bytes(check, in));
  DP_TRY(codebook(check, widths, scales, "levels", levels));
  DP_TRY(check.optional("thresholds", thresholds, sizeof *thresholds));
  DP_TRY(check.optional("gains", gains, sizeof *gains));
  DP_TRY(check.rows("out", out, components, entries, stride));
  DP_TRY(apart_from_all(check, {"out", out, dp::row_bytes(components, entries, stride)},
                        {words_of(kept),
                         ranks_of(kept),
                         {"packed", packed, packed_bytes_},
                         {"offsets", offsets, components * 8},
                         {"scales", scales, components * 4},
                         {"levels", levels, CODEBOOK_BYTES},
                         {"thresholds", thresholds, components * 4},
                         {"gains", gains, components * 8}}));
  return dp::unpack_values(stream, kept, widths, in, scales, levels, thresholds, gains, out, stride);
}
