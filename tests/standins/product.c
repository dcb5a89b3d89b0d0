/* Products of matrices: panels of both are packed, and a tile of the result is summed up in registers. */
#include <stdlib.h>

#include "bookkeeping.h"
#include "dense.h"

/* Two vectors of a tile's column and six columns fill the registers there are: wide ones only where a clone has them. */
#ifdef STANDIN_CLONES
enum { TILE_VECTOR = 32 };
#else
enum { TILE_VECTOR = 16 };
#endif
typedef Real TileVector __attribute__((vector_size(TILE_VECTOR), may_alias));

enum { TILE_LANES = TILE_VECTOR / sizeof(Real), ROWS = 2 * TILE_LANES, COLUMNS = 6, DEPTH = 256, HEIGHT = 12 * ROWS, WIDTH = 128 * COLUMNS };

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t panels(int64_t size, int64_t panel) { return (size + panel - 1) / panel; }

INNER_LOOP static void multiply_panels(int64_t depth, const Real *a, const Real *b, Real tile[COLUMNS][ROWS]) {
  TileVector sums[COLUMNS][2] = {{{0}}};
  for (int64_t p = 0; p < depth; p++) {
    TileVector upper = *(const TileVector *)(a + p * ROWS);
    TileVector lower = *(const TileVector *)(a + p * ROWS + TILE_LANES);
#pragma GCC unroll 6
    for (int j = 0; j < COLUMNS; j++) {
      sums[j][0] += upper * b[p * COLUMNS + j];
      sums[j][1] += lower * b[p * COLUMNS + j];
    }
  }
#pragma GCC unroll 6
  for (int j = 0; j < COLUMNS; j++) {
    *(TileVector *)&tile[j][0] = sums[j][0];
    *(TileVector *)&tile[j][TILE_LANES] = sums[j][1];
  }
}

/* Panels of so many rows each, column after column; rows that are missing in the last are 0. */
static void pack(View a, int64_t rows, int64_t columns, int64_t panel, Real *packed) {
  for (int64_t first = 0; first < rows; first += panel) {
    int64_t there = least(panel, rows - first);
    for (int64_t p = 0; p < columns; p++) {
      const Real *from = a.at + first * a.down + p * a.right;
      for (int64_t i = 0; i < there; i++) packed[i] = from[i * a.down];
      for (int64_t i = there; i < panel; i++) packed[i] = 0;
      packed += panel;
    }
  }
}

static void write_column(int64_t n, Real alpha, const Real *restrict sums, Real beta, Real *restrict c) {
  if (beta == 0) {
    for (int64_t i = 0; i < n; i++) c[i] = alpha * sums[i];
  } else {
    for (int64_t i = 0; i < n; i++) c[i] = alpha * sums[i] + beta * c[i];
  }
}

/* The rows [*from, *to) of a column that the part has. */
static void limit_rows(Part part, int64_t column, int64_t *from, int64_t *to) {
  if (part == LOWER) *from = most(*from, column);
  if (part == UPPER) *to = least(*to, column + 1);
}

static bool tile_is_written(Part part, int64_t row, int64_t rows, int64_t column, int64_t columns) {
  return part == WHOLE || (part == LOWER ? row + rows > column : row < column + columns);
}

static void multiply_block(Part part, int64_t row, int64_t rows, int64_t column, int64_t columns, int64_t depth,
                           const Real *packed_a, const Real *packed_b, Real alpha, Real beta, Real *c, int64_t ldc) {
  for (int64_t j = column; j < column + columns; j += COLUMNS) {
    int64_t there_j = least(COLUMNS, column + columns - j);
    for (int64_t i = row; i < row + rows; i += ROWS) {
      int64_t there_i = least(ROWS, row + rows - i);
      if (!tile_is_written(part, i, there_i, j, there_j)) continue;
      Real tile[COLUMNS][ROWS] __attribute__((aligned(32)));
      multiply_panels(depth, packed_a + (i - row) * depth, packed_b + (j - column) * depth, tile);
      for (int64_t jj = 0; jj < there_j; jj++) {
        int64_t from = i, to = i + there_i;
        limit_rows(part, j + jj, &from, &to);
        write_column(to - from, alpha, tile[jj] + (from - i), beta, c + from + (j + jj) * ldc);
      }
    }
  }
}

static void scale(Part part, int64_t m, int64_t n, Real beta, Real *c, int64_t ldc) {
  for (int64_t j = 0; j < n; j++) {
    int64_t from = 0, to = m;
    limit_rows(part, j, &from, &to);
    for (int64_t i = from; i < to; i++) c[i + j * ldc] = beta == 0 ? 0 : beta * c[i + j * ldc];
  }
}

void NAME(product)(Part part, int64_t m, int64_t n, int64_t k, Real alpha, View a, View b, Real beta, Real *c, int64_t ldc) {
  if (k == 0 || alpha == 0) {
    scale(part, m, n, beta, c, ldc);
    return;
  }
  int64_t depth = least(k, DEPTH);
  Real *packed_a = book_memory(sizeof(Real) * (size_t)(depth * panels(least(m, HEIGHT), ROWS) * ROWS));
  Real *packed_b = book_memory(sizeof(Real) * (size_t)(depth * panels(least(n, WIDTH), COLUMNS) * COLUMNS));
  for (int64_t j = 0; j < n; j += WIDTH) {
    int64_t columns = least(WIDTH, n - j);
    for (int64_t p = 0; p < k; p += DEPTH) {
      depth = least(DEPTH, k - p);
      View rows_of_b = view_from(b, p, j);
      pack((View){rows_of_b.at, rows_of_b.right, rows_of_b.down}, columns, depth, COLUMNS, packed_b);
      for (int64_t i = 0; i < m; i += HEIGHT) {
        int64_t rows = least(HEIGHT, m - i);
        if (!tile_is_written(part, i, rows, j, columns)) continue;
        pack(view_from(a, i, p), rows, depth, ROWS, packed_a);
        multiply_block(part, i, rows, j, columns, depth, packed_a, packed_b, alpha, p == 0 ? beta : 1, c, ldc);
      }
    }
  }
  free(packed_a);
  free(packed_b);
}
