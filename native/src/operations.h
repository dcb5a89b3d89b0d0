/*
 * What a flavour implements: the operations of deltapress.h after their arguments were checked, with nothing empty: n,
 * components and entries are at least 1 (of the two sides of orient, one). Each queues its work on the stream.
 */
#ifndef DELTAPRESS_OPERATIONS_H
#define DELTAPRESS_OPERATIONS_H

#include "deltapress.h"

namespace dp {

/* The bits of every component: those of the first group whose end lies behind it. Passed to kernels by value. */
struct Widths {
  int32_t count;
  int32_t bits[DP_MAX_GROUPS];
  int64_t end[DP_MAX_GROUPS];
};

/* A factor's surviving entries; words and ranks null: all of them. */
struct Survivors {
  int64_t components;
  int64_t entries;
  const uint32_t *words;
  const int64_t *ranks;
};

/* Packed bytes of components; nothing outside [0, size) is touched. */
template <class Byte>
struct Packed {
  Byte *bytes;
  int64_t size;
  const int64_t *offsets;
};

/* Whether the stream is one that this library made and that was not destroyed. Makes its device current. */
dp_status check_stream(const char *function, const dp_stream *stream);

/* Whether tensors with a type may lie anywhere. */
bool any_alignment();

/* Queued: bytes become 0. */
dp_status zero(dp_stream *stream, void *to, int64_t bytes);

dp_status subtract(dp_stream *stream, int64_t n, const void *tuned, dp_type tuned_type, const void *base, dp_type base_type,
                   float *out, int64_t *non_finite);
dp_status add(dp_stream *stream, int64_t n, const void *base, dp_type base_type, const float *delta, void *out,
              dp_type out_type, int64_t *overflows);
dp_status widen(dp_stream *stream, int64_t n, const float *x, double *out);
dp_status narrow(dp_stream *stream, int64_t n, const double *x, float *out);
dp_status orient(dp_stream *stream, int64_t components, int64_t u_entries, const float *u, int64_t v_entries, const float *v,
                 float *u_out, float *v_out);
dp_status error_sums(dp_stream *stream, int64_t n, const float *truth, const float *decoded, const void *tuned,
                     dp_type tuned_type, const void *restored, dp_type restored_type, double *workspace, double *sums);

dp_status mask_draw(dp_stream *stream, const dp_mask &mask, const uint32_t *thresholds, uint32_t *words, int64_t *ranks,
                    int64_t *survivors);
dp_status mask_rescale(dp_stream *stream, const dp_mask &mask, const uint32_t *thresholds, const float *x, int64_t x_stride,
                       float *out, int64_t out_stride, int64_t *survivors);

dp_status component_scales(dp_stream *stream, const Survivors &kept, const float *x, int64_t stride, float *largest,
                           double *squares);
dp_status quantise(dp_stream *stream, int64_t components, int64_t entries, int32_t bits, const float *x, int64_t stride,
                   const float *scales, const float *boundaries, uint8_t *codes);
dp_status dequantise(dp_stream *stream, int64_t components, int64_t entries, int32_t bits, const uint8_t *codes,
                     const float *scales, const float *levels, float *out, int64_t stride);
dp_status pack_codes(dp_stream *stream, int64_t components, int64_t entries, int32_t bits, const uint8_t *codes,
                     const Packed<uint8_t> &packed);
dp_status unpack_codes(dp_stream *stream, int64_t components, int64_t entries, int32_t bits,
                       const Packed<const uint8_t> &packed, uint8_t *codes);
dp_status value_offsets(dp_stream *stream, int64_t components, const Widths &widths, const int64_t *survivors_u,
                        const int64_t *survivors_v, int64_t first_offset, int64_t *offsets_u, int64_t *offsets_v,
                        int64_t *end);
dp_status pack_values(dp_stream *stream, const Survivors &kept, const Widths &widths, const float *x, int64_t stride,
                      const float *scales, const float *boundaries, const Packed<uint8_t> &packed);
dp_status unpack_values(dp_stream *stream, const Survivors &kept, const Widths &widths,
                        const Packed<const uint8_t> &packed, const float *scales, const float *levels,
                        const uint32_t *thresholds, const double *gains, float *out, int64_t stride);

/* Rows of out and base; components may be 0. */
struct Product {
  int64_t components, rows, columns;
  const float *u;
  int64_t u_stride;
  const float *v;
  int64_t v_stride;
};

dp_status restore(dp_stream *stream, const Product &product, const void *base, dp_type base_type, void *out, dp_type out_type,
                  int64_t *overflows);
dp_status sparse_rows(dp_stream *stream, const Survivors &kept, const float *x, int64_t stride, bool transpose, int32_t *starts,
                      int32_t *indices, float *values);

}  // namespace dp

#endif
