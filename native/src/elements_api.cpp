/* Checks what is element-wise, and hands it to the flavour. */
#include "checks.h"

using dp::Checks;

dp_status dp_subtract(dp_stream *stream, int64_t n, const void *tuned, dp_type tuned_type, const void *base,
                      dp_type base_type, float *out, int64_t *non_finite) {
  Checks check("dp_subtract");
  DP_TRY(check.stream(stream));
  DP_TRY(check.count("n", n, sizeof(float)));
  DP_TRY(check.type("tuned_type", tuned_type));
  DP_TRY(check.type("base_type", base_type));
  DP_TRY(check.array("non_finite", non_finite, sizeof *non_finite));
  if (n == 0) return dp::zero(stream, non_finite, sizeof *non_finite);
  DP_TRY(check.tensor("tuned", tuned, tuned_type));
  DP_TRY(check.tensor("base", base, base_type));
  DP_TRY(check.array("out", out, sizeof *out));
  dp::Operand output{"out", out, n * 4};
  DP_TRY(check.in_place(output, {"tuned", tuned, n * dp::type_bytes(tuned_type)}, tuned_type == DP_F32));
  DP_TRY(check.in_place(output, {"base", base, n * dp::type_bytes(base_type)}, base_type == DP_F32));
  return dp::subtract(stream, n, tuned, tuned_type, base, base_type, out, non_finite);
}

dp_status dp_add(dp_stream *stream, int64_t n, const void *base, dp_type base_type, const float *delta, void *out,
                 dp_type out_type, int64_t *overflows) {
  Checks check("dp_add");
  DP_TRY(check.stream(stream));
  DP_TRY(check.count("n", n, sizeof(float)));
  DP_TRY(check.type("base_type", base_type));
  DP_TRY(check.type("out_type", out_type));
  DP_TRY(check.array("overflows", overflows, sizeof *overflows));
  if (n == 0) return dp::zero(stream, overflows, sizeof *overflows);
  DP_TRY(check.tensor("base", base, base_type));
  DP_TRY(check.array("delta", delta, sizeof *delta));
  DP_TRY(check.tensor("out", out, out_type));
  dp::Operand output{"out", out, n * dp::type_bytes(out_type)};
  DP_TRY(check.in_place(output, {"base", base, n * dp::type_bytes(base_type)}, base_type == out_type));
  DP_TRY(check.in_place(output, {"delta", delta, n * 4}, out_type == DP_F32));
  return dp::add(stream, n, base, base_type, delta, out, out_type, overflows);
}

dp_status dp_widen(dp_stream *stream, int64_t n, const float *x, double *out) {
  Checks check("dp_widen");
  DP_TRY(check.stream(stream));
  DP_TRY(check.count("n", n, sizeof *out));
  if (n == 0) return DP_OK;
  DP_TRY(check.array("x", x, sizeof *x));
  DP_TRY(check.array("out", out, sizeof *out));
  DP_TRY(check.apart({"out", out, n * 8}, {"x", x, n * 4}));
  return dp::widen(stream, n, x, out);
}

dp_status dp_narrow(dp_stream *stream, int64_t n, const double *x, float *out) {
  Checks check("dp_narrow");
  DP_TRY(check.stream(stream));
  DP_TRY(check.count("n", n, sizeof *x));
  if (n == 0) return DP_OK;
  DP_TRY(check.array("x", x, sizeof *x));
  DP_TRY(check.array("out", out, sizeof *out));
  DP_TRY(check.apart({"out", out, n * 4}, {"x", x, n * 8}));
  return dp::narrow(stream, n, x, out);
}

dp_status dp_orient(dp_stream *stream, int64_t components, int64_t u_entries, const float *u, int64_t v_entries,
                    const float *v, float *u_out, float *v_out) {
  Checks check("dp_orient");
  DP_TRY(check.stream(stream));
  DP_TRY(check.range("components", components, 0, INT32_MAX));
  DP_TRY(check.range("u_entries", u_entries, 0, (INT64_C(1) << 29) - 1));
  DP_TRY(check.range("v_entries", v_entries, 0, (INT64_C(1) << 29) - 1));
  if (components == 0 || u_entries + v_entries == 0) return DP_OK;
  if (u_entries > 0) {
    DP_TRY(check.array("u", u, sizeof *u));
    DP_TRY(check.array("u_out", u_out, sizeof *u_out));
  }
  if (v_entries > 0) {
    DP_TRY(check.array("v", v, sizeof *v));
    DP_TRY(check.array("v_out", v_out, sizeof *v_out));
  }
  dp::Operand from_u{"u", u, components * u_entries * 4}, from_v{"v", v, components * v_entries * 4};
  dp::Operand to_u{"u_out", u_out, from_u.bytes}, to_v{"v_out", v_out, from_v.bytes};
  DP_TRY(check.in_place(to_u, from_u, true));
  DP_TRY(check.in_place(to_v, from_v, true));
  DP_TRY(check.apart(to_u, from_v));
  DP_TRY(check.apart(to_v, from_u));
  DP_TRY(check.apart(to_u, to_v));
  return dp::orient(stream, components, u_entries, u, v_entries, v, u_out, v_out);
}

dp_status dp_error_sums(dp_stream *stream, int64_t n, const float *truth, const float *decoded, const void *tuned,
                        dp_type tuned_type, const void *restored, dp_type restored_type, double *workspace, double *sums) {
  Checks check("dp_error_sums");
  DP_TRY(check.stream(stream));
  DP_TRY(check.count("n", n, sizeof(float)));
  DP_TRY(check.type("tuned_type", tuned_type));
  DP_TRY(check.type("restored_type", restored_type));
  DP_TRY(check.array("sums", sums, sizeof *sums));
  if (n == 0) return dp::zero(stream, sums, 3 * sizeof *sums);
  DP_TRY(check.array("truth", truth, sizeof *truth));
  DP_TRY(check.array("decoded", decoded, sizeof *decoded));
  DP_TRY(check.tensor("tuned", tuned, tuned_type));
  DP_TRY(check.tensor("restored", restored, restored_type));
  DP_TRY(check.array("workspace", workspace, sizeof *workspace));
  dp::Operand scratch{"workspace", workspace, (n + DP_PIECE - 1) / DP_PIECE * 3 * DP_STRIPES * 8};
  dp::Operand result{"sums", sums, 3 * 8};
  const dp::Operand inputs[] = {{"truth", truth, n * 4},
                                {"decoded", decoded, n * 4},
                                {"tuned", tuned, n * dp::type_bytes(tuned_type)},
                                {"restored", restored, n * dp::type_bytes(restored_type)}};
  for (const dp::Operand &input : inputs) {
    DP_TRY(check.apart(scratch, input));
    DP_TRY(check.apart(result, input));
  }
  DP_TRY(check.apart(result, scratch));
  return dp::error_sums(stream, n, truth, decoded, tuned, tuned_type, restored, restored_type, workspace, sums);
}
