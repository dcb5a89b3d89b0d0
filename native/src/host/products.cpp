/* Restoring, block by block of rows; sparse rows. */
#include <stddef.h>

#include <atomic>
#include <new>

#include "../checks.h"
#include "loops.h"
#include "pool.h"

namespace dp {
namespace {

/* Rows that a thread takes at a time: at most, for each of them takes V' out of the next cache once more; at least. */
constexpr int64_t MOST_ROWS = 512;
constexpr int64_t LEAST_ROWS = 64;

/* Entries of U that stay in a thread's own cache: 512 kB. */
constexpr int64_t MOST_ENTRIES = 1 << 16;

int64_t least(int64_t x, int64_t y) { return x < y ? x : y; }

/* Numbers of a thread, at a multiple of 64 bytes; whatever was there before. */
template <class Number>
class Buffer {
 public:
  explicit Buffer(int64_t count)
      : numbers_((Number *)::operator new((size_t)count * sizeof(Number), std::align_val_t{64})) {}
  ~Buffer() { ::operator delete(numbers_, std::align_val_t{64}); }
  Buffer(const Buffer &) = delete;
  Buffer &operator=(const Buffer &) = delete;

  Number &operator[](int64_t i) { return numbers_[i]; }
  Number *data() { return numbers_; }

 private:
  Number *numbers_;
};

/* Restores rows [row, row + rows) of a product: tiles of columns one after the other, each from all groups of components. */
class Rows {
 public:
  Rows(const Product &product, int64_t row, int64_t rows)
      : product_(product),
        row_(row),
        rows_(rows),
        groups_(product.components == 0 ? 1 : (product.components + PRODUCT_DEPTH - 1) / PRODUCT_DEPTH),
        depth_(least(PRODUCT_DEPTH, product.components)),
        entries_(groups_ * rows * depth_),
        counts_(groups_ * rows),
        tile_(depth_ * PRODUCT_TILE),
        sums_(groups_ > 1 ? rows * PRODUCT_TILE : 0) {
    for (int64_t g = 0; g < groups_; ++g) collect(g);
  }

  /* Returns the overflows. */
  int64_t restore(const void *base, dp_type base_type, void *out, dp_type out_type) {
    const Loops &loop = loops();
    int64_t overflows = 0;
    for (int64_t column = 0; column < product_.columns; column += PRODUCT_TILE) {
      int64_t at = row_ * product_.columns + column;
      int64_t width = least(PRODUCT_TILE, product_.columns - column);
      for (int64_t g = 0; g < groups_; ++g) {
        copy_tile(g, column, width);
        Band band{rows_, &entries_[g * rows_ * depth_], depth_, &counts_[g * rows_], tile_.data(), sums_.data(), g == 0,
                  g + 1 == groups_, (const char *)base + at * type_bytes(base_type), (char *)out + at * type_bytes(out_type),
                  base_type, out_type, width, product_.columns};
        overflows += loop.add_band(&band);
      }
    }
    return overflows;
  }

 private:
  int64_t size(int64_t group) const { return least(depth_, product_.components - group * depth_); }

  /* The nonzero entries of U of a group, row after row in the order of components. */
  void collect(int64_t group) {
    Entry *entries = &entries_[group * rows_ * depth_];
    int32_t *counts = &counts_[group * rows_];
    for (int64_t i = 0; i < rows_; ++i) counts[i] = 0;
    for (int64_t c = 0; c < size(group); ++c) {
      const float *from = product_.u + (group * depth_ + c) * product_.u_stride + row_;
      for (int64_t i = 0; i < rows_; ++i) {
        entries[i * depth_ + counts[i]] = {(int32_t)c, from[i]}; /* a zero too, for the next one to replace */
        counts[i] += from[i] != 0;
      }
    }
  }

  /* Columns of V' of a group, filled up with zeros. */
  void copy_tile(int64_t group, int64_t column, int64_t width) {
    for (int64_t c = 0; c < size(group); ++c) {
      const float *from = product_.v + (group * depth_ + c) * product_.v_stride + column;
      float *to = &tile_[c * PRODUCT_TILE];
      for (int64_t j = 0; j < width; ++j) to[j] = from[j];
      for (int64_t j = width; j < PRODUCT_TILE; ++j) to[j] = 0;
    }
  }

  const Product &product_;
  int64_t row_;
  int64_t rows_;
  int64_t groups_;
  int64_t depth_;
  Buffer<Entry> entries_;
  Buffer<int32_t> counts_;
  Buffer<float> tile_;
  Buffer<float> sums_;
};

}  // namespace

dp_status restore(dp_stream *, const Product &product, const void *base, dp_type base_type, void *out, dp_type out_type,
                  int64_t *overflows) {
  std::atomic<int64_t> found{0};
  int64_t step = MOST_ENTRIES / (product.components + 1);
  step = step < LEAST_ROWS ? LEAST_ROWS : least(step, MOST_ROWS);
  int64_t work = product.rows * product.columns * (1 + product.components / 16);
  for_each((product.rows + step - 1) / step, work, [&](int64_t block) {
    int64_t row = block * step;
    found += Rows(product, row, least(step, product.rows - row)).restore(base, base_type, out, out_type);
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
