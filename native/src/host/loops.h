/*
 * The loops of the host flavour over contiguous elements, compiled once for each instruction set (loops.cpp) and chosen when
 * the program runs. All of them give the same bits.
 */
#ifndef DELTAPRESS_LOOPS_H
#define DELTAPRESS_LOOPS_H

#include "deltapress.h"

namespace dp {

/* The draws of one component. */
struct Draw {
  uint32_t seed;
  uint32_t tensor;
  uint32_t side;
  uint32_t component;
  uint32_t last; /* threshold - 1 */
};

/* Floats that must be readable behind the values that expand takes, and writable behind what compact gives. */
constexpr int64_t LOOP_SLACK = 16;

/* Bytes that must be there behind packed ones. */
constexpr int64_t PACKED_SLACK = 8;

/* Columns of a product that are summed at a time. */
constexpr int64_t PRODUCT_TILE = 64;

/* Components that are summed at a time: a tile of them, 24 kB, fits the nearest cache. */
constexpr int64_t PRODUCT_DEPTH = 96;

/* A nonzero entry of U; its component is counted from the first of those that are summed. */
struct Entry {
  int32_t component;
  float value;
};

/* Rows of a result in the columns of a tile. */
struct Band {
  int64_t rows;
  const Entry *entries; /* counts[i] of row i, from i * stride on, in the order of components */
  int64_t stride;
  const int32_t *counts;
  const float *tile; /* PRODUCT_TILE entries of V' for each component, at a multiple of 64 bytes */
  float *sums;       /* PRODUCT_TILE for each row, at a multiple of 64 bytes; not touched where first and last */
  bool first;        /* sums begin at +0 */
  bool last;         /* nothing is to come: out = base + sums */
  const void *base;  /* the columns of the first row */
  void *out;
  dp_type base_type;
  dp_type out_type;
  int64_t width;   /* columns of the tile, PRODUCT_TILE or fewer */
  int64_t columns; /* of the whole matrix */
};

struct Loops {
  int32_t vector_bits;

  /* As the operations of the same names; return the count. Tensors lie anywhere. */
  int64_t (*subtract)(const void *tuned, dp_type tuned_type, const void *base, dp_type base_type, float *out, int64_t n);
  int64_t (*add)(const void *base, dp_type base_type, const float *delta, void *out, dp_type out_type, int64_t n);

  /* The three sums of one piece. */
  void (*error_sums)(const float *truth, const float *decoded, const void *tuned, dp_type tuned_type, const void *restored,
                     dp_type restored_type, int64_t n, double *sums);

  /* The words of a tile that starts at that counter, bits behind its n entries 0; returns the survivors. */
  int64_t (*draw_tile)(const Draw *draw, uint32_t counter, int64_t n, uint32_t *words);

  /* Drops and rescales up to a tile. Returns the survivors. */
  int64_t (*rescale_tile)(const Draw *draw, uint32_t counter, const float *x, float *out, int64_t n);

  /* Takes the survivors out of n entries; returns how many. Writes up to LOOP_SLACK floats more. */
  int64_t (*compact)(const float *x, const uint32_t *words, int64_t n, float *kept);

  /* Puts values where the mask has them among n entries, +0 elsewhere. Reads up to LOOP_SLACK floats more. */
  void (*expand)(const float *values, const uint32_t *words, int64_t n, float *out);

  void (*widen_f16)(const uint8_t *words, float *values, int64_t n);
  void (*narrow_f16)(const float *values, uint8_t *words, int64_t n);

  void (*quantise)(const float *x, float scale, const float *boundaries, int32_t bits, uint8_t *codes, int64_t n);

  /* out = values[code], of 2^bits. */
  void (*look_up)(const uint8_t *codes, const float *values, int32_t bits, float *out, int64_t n);

  /* Whole bytes of n codes, and back. Touches up to PACKED_SLACK bytes of packed more. */
  void (*pack)(const uint8_t *codes, int32_t bits, uint8_t *packed, int64_t n);
  void (*unpack)(const uint8_t *packed, int32_t bits, uint8_t *codes, int64_t n);

  /* values = f32(values * factor), in f64. */
  void (*scale)(float *values, double factor, int64_t n);

  /* Adds the squares of n entries to the stripes that they belong to, and raises the largest magnitude's bits. */
  void (*measure)(const float *x, int64_t n, double *stripes, uint32_t *largest);

  /* Adds value * tile row of its component, entry by entry, in fused multiply-adds to a row's sums. Returns the overflows. */
  int64_t (*add_band)(const Band *band);
};

/* The loops for that many bits, or null where this build or this processor has none. */
const Loops *loops_of(int32_t vector_bits);

/* DP_UNAVAILABLE where the processor has none of the instruction sets. No stream exists then, so no operation gets here. */
dp_status check_processor(const char *function);

/* The loops that operations use now. */
const Loops &loops();

}  // namespace dp

#endif
