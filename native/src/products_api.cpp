/* Checks what puts deltas to use, and hands it to the flavour. */
#include "checks.h"

#include <initializer_list>

using dp::Checks;
using dp::Operand;

dp_status dp_restore(dp_stream *stream, int64_t components, int64_t rows, int64_t columns, const float *u, int64_t u_stride,
                     const float *v, int64_t v_stride, const void *base, dp_type base_type, void *out, dp_type out_type,
                     int64_t *overflows) {
  Checks check("dp_restore");
  DP_TRY(check.stream(stream));
  DP_TRY(check.range("components", components, 0, INT32_MAX));
  DP_TRY(check.range("rows", rows, 0, INT32_MAX));
  DP_TRY(check.range("columns", columns, 0, INT32_MAX));
  DP_TRY(check.type("base_type", base_type));
  DP_TRY(check.type("out_type", out_type));
  DP_TRY(check.array("overflows", overflows, sizeof *overflows));
  if (rows == 0 || columns == 0) return dp::zero(stream, overflows, sizeof *overflows);
  dp::Product product{components, rows, columns, u, u_stride, v, v_stride};
  Operand output{"out", out, rows * columns * dp::type_bytes(out_type)};
  Operand count{"overflows", overflows, sizeof *overflows};
  if (components > 0) {
    DP_TRY(check.rows("u", u, components, rows, u_stride));
    DP_TRY(check.rows("v", v, components, columns, v_stride));
    for (const Operand &factor : {Operand{"u", u, dp::row_bytes(components, rows, u_stride)},
                                  Operand{"v", v, dp::row_bytes(components, columns, v_stride)}}) {
      DP_TRY(check.apart(output, factor));
      DP_TRY(check.apart(count, factor));
    }
  }
  DP_TRY(check.tensor("base", base, base_type));
  DP_TRY(check.tensor("out", out, out_type));
  Operand input{"base", base, rows * columns * dp::type_bytes(base_type)};
  DP_TRY(check.in_place(output, input, base_type == out_type));
  DP_TRY(check.apart(count, input));
  DP_TRY(check.apart(count, output));
  return dp::restore(stream, product, base, base_type, out, out_type, overflows);
}

dp_status dp_sparse_rows(dp_stream *stream, int64_t components, int64_t entries, const uint32_t *words, const int64_t *ranks,
                         const float *x, int64_t stride, int32_t transpose, int32_t *starts, int32_t *indices, float *values) {
  Checks check("dp_sparse_rows");
  DP_TRY(check.stream(stream));
  DP_TRY(check.range("components", components, 0, INT32_MAX));
  DP_TRY(check.range("entries", entries, 0, INT32_MAX / (components == 0 ? 1 : components)));
  DP_TRY(check.range("transpose", transpose, 0, 1));
  DP_TRY(check.array("starts", starts, sizeof *starts));
  int64_t rows = transpose ? entries : components;
  if (components == 0 || entries == 0) return dp::zero(stream, starts, (rows + 1) * (int64_t)sizeof *starts);
  dp::Survivors kept{components, entries, words, ranks};
  DP_TRY(check.survivors(kept));
  DP_TRY(check.rows("x", x, components, entries, stride));
  DP_TRY(check.array("indices", indices, sizeof *indices));
  DP_TRY(check.array("values", values, sizeof *values));
  Operand begins{"starts", starts, (rows + 1) * (int64_t)sizeof *starts};
  for (const Operand &input : {Operand{"x", x, dp::row_bytes(components, entries, stride)},
                               Operand{"words", words, components * DP_MASK_WORDS(entries) * 4},
                               Operand{"ranks", ranks, components * DP_TILES(entries) * 8}}) {
    DP_TRY(check.apart(begins, input));
  }
  return dp::sparse_rows(stream, kept, x, stride, transpose == 1, starts, indices, values);
}
