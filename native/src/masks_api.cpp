/* Checks what draws masks, and hands it to the flavour. */
#include "checks.h"

using dp::Checks;

dp_status dp_mask_draw(dp_stream *stream, const dp_mask *mask, const uint32_t *thresholds, uint32_t *words, int64_t *ranks,
                       int64_t *survivors) {
  Checks check("dp_mask_draw");
  DP_TRY(check.stream(stream));
  DP_TRY(check.mask(mask));
  if (words == nullptr && ranks == nullptr) DP_TRY(check.not_null("survivors, as are words and ranks,", survivors));
  DP_TRY(check.optional("words", words, sizeof *words));
  DP_TRY(check.optional("ranks", ranks, sizeof *ranks));
  DP_TRY(check.optional("survivors", survivors, sizeof *survivors));
  int64_t components = mask->components;
  if (components == 0) return DP_OK;
  if (mask->entries == 0) return survivors == nullptr ? DP_OK : dp::zero(stream, survivors, components * 8);
  DP_TRY(check.range("tiles of the mask", components, 1, dp::MOST_BYTES / 1024 / DP_TILES(mask->entries)));
  DP_TRY(check.array("thresholds", thresholds, sizeof *thresholds));
  dp::Operand inputs{"thresholds", thresholds, components * 4};
  dp::Operand bits{"words", words, components * DP_MASK_WORDS(mask->entries) * 4};
  dp::Operand tiles{"ranks", ranks, components * DP_TILES(mask->entries) * 8};
  dp::Operand counts{"survivors", survivors, components * 8};
  DP_TRY(check.apart(bits, inputs));
  DP_TRY(check.apart(tiles, inputs));
  DP_TRY(check.apart(counts, inputs));
  DP_TRY(check.apart(tiles, bits));
  DP_TRY(check.apart(counts, bits));
  DP_TRY(check.apart(counts, tiles));
  return dp::mask_draw(stream, *mask, thresholds, words, ranks, survivors);
}

dp_status dp_mask_rescale(dp_stream *stream, const dp_mask *mask, const uint32_t *thresholds, const float *x,
                          int64_t x_stride, float *out, int64_t out_stride, int64_t *survivors) {
  Checks check("dp_mask_rescale");
  DP_TRY(check.stream(stream));
  DP_TRY(check.mask(mask));
  DP_TRY(check.optional("survivors", survivors, sizeof *survivors));
  int64_t components = mask->components;
  if (components == 0) return DP_OK;
  if (mask->entries == 0) return survivors == nullptr ? DP_OK : dp::zero(stream, survivors, components * 8);
  DP_TRY(check.array("thresholds", thresholds, sizeof *thresholds));
  DP_TRY(check.rows("x", x, components, mask->entries, x_stride));
  DP_TRY(check.rows("out", out, components, mask->entries, out_stride));
  dp::Operand output{"out", out, dp::row_bytes(components, mask->entries, out_stride)};
  dp::Operand input{"x", x, dp::row_bytes(components, mask->entries, x_stride)};
  dp::Operand counts{"survivors", survivors, components * 8};
  DP_TRY(check.in_place(output, input, x_stride == out_stride));
  DP_TRY(check.apart(output, {"thresholds", thresholds, components * 4}));
  DP_TRY(check.apart(counts, {"thresholds", thresholds, components * 4}));
  DP_TRY(check.apart(counts, input));
  DP_TRY(check.apart(counts, output));
  return dp::mask_rescale(stream, *mask, thresholds, x, x_stride, out, out_stride, survivors);
}
