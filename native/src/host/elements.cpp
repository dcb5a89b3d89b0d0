/* Element-wise operations in pieces, whose counts and sums are combined in order. */
#include <atomic>
#include <cmath>

#include "../checks.h"
#include "loops.h"
#include "pool.h"

namespace dp {
namespace {

/* Elements that a thread takes at a time where order does not matter. */
constexpr int64_t PART = 1 << 16;

const void *from(const void *data, dp_type type, int64_t at) { return (const char *)data + at * type_bytes(type); }
void *from(void *data, dp_type type, int64_t at) { return (char *)data + at * type_bytes(type); }

}  // namespace

dp_status subtract(dp_stream *, int64_t n, const void *tuned, dp_type tuned_type, const void *base, dp_type base_type,
                   float *out, int64_t *non_finite) {
  const Loops &loop = loops();
  std::atomic<int64_t> count{0};
  for_each((n + PART - 1) / PART, n, [&](int64_t i) {
    int64_t at = i * PART;
    int64_t length = n - at < PART ? n - at : PART;
    count += loop.subtract(from(tuned, tuned_type, at), tuned_type, from(base, base_type, at), base_type, out + at, length);
  });
  *non_finite = count;
  return DP_OK;
}

dp_status add(dp_stream *, int64_t n, const void *base, dp_type base_type, const float *delta, void *out,
              dp_type out_type, int64_t *overflows) {
  const Loops &loop = loops();
  std::atomic<int64_t> count{0};
  for_each((n + PART - 1) / PART, n, [&](int64_t i) {
    int64_t at = i * PART;
    int64_t length = n - at < PART ? n - at : PART;
    count += loop.add(from(base, base_type, at), base_type, delta + at, from(out, out_type, at), out_type, length);
  });
  *overflows = count;
  return DP_OK;
}

dp_status widen(dp_stream *, int64_t n, const float *x, double *out) {
  for_each((n + PART - 1) / PART, n, [&](int64_t part) {
    int64_t end = (part + 1) * PART < n ? (part + 1) * PART : n;
    for (int64_t i = part * PART; i < end; ++i) out[i] = x[i];
  });
  return DP_OK;
}

dp_status narrow(dp_stream *, int64_t n, const double *x, float *out) {
  for_each((n + PART - 1) / PART, n, [&](int64_t part) {
    int64_t end = (part + 1) * PART < n ? (part + 1) * PART : n;
    for (int64_t i = part * PART; i < end; ++i) out[i] = (float)x[i];
  });
  return DP_OK;
}

dp_status orient(dp_stream *, int64_t components, int64_t u_entries, const float *u, int64_t v_entries, const float *v,
                 float *u_out, float *v_out) {
  for_each(components, components * (u_entries + v_entries), [&](int64_t c) {
    const float *row = u + c * u_entries;
    float leading = 0;
    for (int64_t i = 0; i < u_entries; ++i) {
      if (std::fabs(row[i]) > std::fabs(leading)) leading = row[i];
    }
    bool negative = leading < 0;
    for (int64_t i = c * u_entries; i < (c + 1) * u_entries; ++i) u_out[i] = negative ? -u[i] : u[i];
    for (int64_t i = c * v_entries; i < (c + 1) * v_entries; ++i) v_out[i] = negative ? -v[i] : v[i];
  });
  return DP_OK;
}

dp_status error_sums(dp_stream *, int64_t n, const float *truth, const float *decoded, const void *tuned,
                     dp_type tuned_type, const void *restored, dp_type restored_type, double *workspace, double *sums) {
  const Loops &loop = loops();
  int64_t pieces = (n + DP_PIECE - 1) / DP_PIECE;
  for_each(pieces, n, [&](int64_t i) {
    int64_t at = i * DP_PIECE;
    int64_t length = n - at < DP_PIECE ? n - at : DP_PIECE;
    loop.error_sums(truth + at, decoded + at, from(tuned, tuned_type, at), tuned_type, from(restored, restored_type, at),
                    restored_type, length, workspace + 3 * i);
  });
  for (int s = 0; s < 3; ++s) sums[s] = 0;
  for (int64_t i = 0; i < pieces; ++i) {
    for (int s = 0; s < 3; ++s) sums[s] += workspace[3 * i + s];
  }
  return DP_OK;
}

}  // namespace dp
