/* Masks, tile by tile. */
#include <string.h>

#include "../operations.h"
#include "loops.h"
#include "pool.h"

namespace dp {
namespace {

/* Tiles that a thread takes at a time. */
constexpr int64_t SPAN = 16;

Draw draw_of(const dp_mask &mask, const uint32_t *thresholds, int64_t c) {
  return {mask.seed, mask.tensor, mask.side, (uint32_t)(mask.first_component + c), thresholds[c]};
}

uint32_t counter_of(const dp_mask &mask, int64_t tile) { return (uint32_t)((mask.first_entry + tile * DP_TILE) / 4); }

int64_t length_of(const dp_mask &mask, int64_t tile) {
  int64_t left = mask.entries - tile * DP_TILE;
  return left < DP_TILE ? left : DP_TILE;
}

/* Calls body(component, first tile, last tile) for all tiles. */
template <class Body>
void for_each_span(const dp_mask &mask, const Body &body) {
  int64_t tiles = DP_TILES(mask.entries);
  int64_t spans = (tiles + SPAN - 1) / SPAN;
  for_each(mask.components * spans, mask.components * mask.entries, [&](int64_t item) {
    int64_t first = item % spans * SPAN;
    body(item / spans, first, first + SPAN < tiles ? first + SPAN : tiles);
  });
}

void add(int64_t *counter, int64_t count) { __atomic_fetch_add(counter, count, __ATOMIC_RELAXED); }

}  // namespace

dp_status mask_draw(dp_stream *, const dp_mask &mask, const uint32_t *thresholds, uint32_t *words, int64_t *ranks,
                    int64_t *survivors) {
  const Loops &loop = loops();
  int64_t tiles = DP_TILES(mask.entries);
  int64_t tile_words = DP_TILE / 32;
  if (survivors != nullptr) memset(survivors, 0, (size_t)mask.components * sizeof *survivors);
  for_each_span(mask, [&](int64_t c, int64_t first, int64_t last) {
    Draw draw = draw_of(mask, thresholds, c);
    uint32_t scratch[DP_TILE / 32];
    int64_t total = 0;
    for (int64_t t = first; t < last; ++t) {
      uint32_t *to = words == nullptr ? scratch : words + (c * tiles + t) * tile_words;
      int64_t count = loop.draw_tile(&draw, counter_of(mask, t), length_of(mask, t), to);
      if (ranks != nullptr) ranks[c * tiles + t] = count;
      total += count;
    }
    if (survivors != nullptr) add(survivors + c, total);
  });
  if (ranks == nullptr) return DP_OK;
  for (int64_t c = 0; c < mask.components; ++c) {
    int64_t before = 0;
    for (int64_t t = 0; t < tiles; ++t) {
      int64_t count = ranks[c * tiles + t];
      ranks[c * tiles + t] = before;
      before += count;
    }
  }
  return DP_OK;
}

dp_status mask_rescale(dp_stream *, const dp_mask &mask, const uint32_t *thresholds, const float *x, int64_t x_stride,
                       float *out, int64_t out_stride, int64_t *survivors) {
  const Loops &loop = loops();
  if (survivors != nullptr) memset(survivors, 0, (size_t)mask.components * sizeof *survivors);
  for_each_span(mask, [&](int64_t c, int64_t first, int64_t last) {
    Draw draw = draw_of(mask, thresholds, c);
    int64_t total = 0;
    for (int64_t t = first; t < last; ++t) {
      int64_t at = t * DP_TILE;
      total += loop.rescale_tile(&draw, counter_of(mask, t), x + c * x_stride + at, out + c * out_stride + at,
                                 length_of(mask, t));
    }
    if (survivors != nullptr) add(survivors + c, total);
  });
  return DP_OK;
}

}  // namespace dp
