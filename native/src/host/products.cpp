/* Restoring, block by block of rows; sparse rows. */
#include <stddef.h>

#include <atomic>
#include <vector>

#include "../checks.h"
#include "loops.h"
#include "pool.h"

namespace dp {
namespace {

/* Rows that a thread takes at a time, and columns whose sums it keeps: 256 kB, for the L2 cache. */
constexpr int64_t ROWS = 64;
constexpr int64_t COLUMNS = 1024;

int64_t least(int64_t x, int64_t y) { return x < y ? x : y; }

/* The nonzero entries of some columns of u, column after column in the order of components. */
struct NonZeros {
  std::vector<int32_t> component;
  std::vector<float> value;
  int64_t count[ROWS] = {};
  int64_t depth;

  NonZeros(const Product &product, int64_t row, int64_t rows)
      : component((size_t)(rows * product.components)), value(component.size()), depth(product.components) {
    for (int64_t c = 0; c < depth; ++c) {
      const float *from = product.u + c * product.u_stride + row;
      for (int64_t i = 0; i < rows; ++i) {
        int64_t at = i * depth + count[i]; /* a zero is put there too, for the next one to replace */
        component[(size_t)at] = (int32_t)c;
        value[(size_t)at] = from[i];
        count[i] += from[i] != 0;
      }
    }
  }
};

/* Tiles of v by columns, each without gaps, the last one filled up with zeros. */
std::vector<float> tiles_of(const Product &product) {
  int64_t tiles = (product.columns + PRODUCT_TILE - 1) / PRODUCT_TILE;
  std::vector<float> all((size_t)(tiles * product.components * PRODUCT_TILE));
  for_each(tiles, product.components * product.columns, [&](int64_t t) {
    int64_t column = t * PRODUCT_TILE;
    int64_t width = least(PRODUCT_TILE, product.columns - column);
    float *to = all.data() + t * product.components * PRODUCT_TILE;
    for (int64_t c = 0; c < product.components; ++c, to += PRODUCT_TILE) {
      const float *from = product.v + c * product.v_stride + column;
      for (int64_t j = 0; j < width; ++j) to[j] = from[j];
    }
  });
  return all;
}

}  // namespace

dp_status restore(dp_stream *, const Product &product, const void *base, dp_type base_type, void *out, dp_type out_type,
                  int64_t *overflows) {
  const Loops &loop = loops();
  std::vector<float> tiles = tiles_of(product);
  std::atomic<int64_t> found{0};
  int64_t work = product.rows * product.columns * (1 + product.components / 16);
  for_each((product.rows + ROWS - 1) / ROWS, work, [&](int64_t block) {
    int64_t row = block * ROWS;
    int64_t rows = least(ROWS, product.rows - row);
    NonZeros entries(product, row, rows);
    std::vector<float> sums((size_t)(ROWS * COLUMNS));
    int64_t overflowed = 0;
    for (int64_t column = 0; column < product.columns; column += COLUMNS) {
      int64_t width = least(COLUMNS, product.columns - column);
      for (int64_t j = 0; j < width; j += PRODUCT_TILE) {
        const float *tile = tiles.data() + (column + j) * product.components;
        for (int64_t i = 0; i < rows; ++i) {
          int64_t first = i * entries.depth;
          loop.add_rows(entries.component.data() + first, entries.value.data() + first, entries.count[i], tile,
                        sums.data() + i * COLUMNS + j);
        }
      }
      for (int64_t i = 0; i < rows; ++i) {
        int64_t at = (row + i) * product.columns + column;
        overflowed += loop.add((const char *)base + at * type_bytes(base_type), base_type, sums.data() + i * COLUMNS,
                               (char *)out + at * type_bytes(out_type), out_type, width);
      }
    }
    found += overflowed;
  });
  *overflows = found;
  return DP_OK;
}

dp_status sparse_rows(dp_stream *, const Survivors &kept, const float *x, int64_t stride, bool transpose, int32_t *starts,
                      int32_t *indices, float *values) {
  auto survives = [&](int64_t c, int64_t i) {
    return kept.words == nullptr || (kept.words[c * DP_MASK_WORDS(kept.entries) + i / 32] >> (i % 32) & 1) != 0;
  };
  int64_t rows = transpose ? kept.entries : kept.components;
  int64_t columns = transpose ? kept.components : kept.entries;
  int32_t next = 0;
  for (int64_t row = 0; row < rows; ++row) {
    starts[row] = next;
    for (int64_t column = 0; column < columns; ++column) {
      int64_t c = transpose ? column : row;
      int64_t i = transpose ? row : column;
      if (!survives(c, i)) continue;
      indices[next] = (int32_t)column;
      values[next++] = x[c * stride + i];
    }
  }
  starts[rows] = next;
  return DP_OK;
}

}  // namespace dp
