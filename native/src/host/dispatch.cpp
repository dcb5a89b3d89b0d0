/* Which loops operations use: the widest that this processor has, or fewer bits if a test asks for them. */
#include <atomic>
#include <initializer_list>

#include "../checks.h"
#include "loops.h"

namespace dp {

#if defined(__x86_64__)
extern const Loops loops_v2;
extern const Loops loops_v3;
extern const Loops loops_v4;

const Loops *loops_of(int32_t vector_bits) {
  __builtin_cpu_init();
  bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c") &&
            __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("lzcnt");
  bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
            __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  switch (vector_bits) {
    case 128: return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt") ? &loops_v2 : nullptr;
    case 256: return v3 ? &loops_v3 : nullptr;
    case 512: return v4 ? &loops_v4 : nullptr;
    default: return nullptr;
  }
}
#else
extern const Loops loops_any;

const Loops *loops_of(int32_t vector_bits) { return vector_bits == loops_any.vector_bits ? &loops_any : nullptr; }
#endif

namespace {

const Loops *widest() {
  for (int32_t bits : {512, 256, 128}) {
    if (const Loops *found = loops_of(bits)) return found;
  }
  return nullptr;
}

std::atomic<const Loops *> chosen{nullptr};

const Loops *loops_or_null() {
  const Loops *now = chosen.load(std::memory_order_acquire);
  if (now == nullptr) {
    now = widest();
    chosen.store(now, std::memory_order_release);
  }
  return now;
}

}  // namespace

dp_status check_processor(const char *function) {
  if (loops_or_null() != nullptr) return DP_OK;
  return fail(DP_UNAVAILABLE, "%s: this processor lacks the instructions of x86-64-v2", function);
}

const Loops &loops() { return *loops_or_null(); }

}  // namespace dp

dp_status dp_host_set_vector_bits(int32_t bits) {
  if (bits != 0 && bits != 128 && bits != 256 && bits != 512) {
    return dp::fail(DP_INVALID_ARGUMENT, "dp_host_set_vector_bits: bits must be 0, 128, 256 or 512, found %d", (int)bits);
  }
  const dp::Loops *wanted = bits == 0 ? dp::widest() : dp::loops_of(bits);
  if (wanted == nullptr) {
    return dp::fail(DP_UNAVAILABLE, "dp_host_set_vector_bits: this processor has no vectors of %d bits", (int)bits);
  }
  dp::chosen.store(wanted, std::memory_order_release);
  return DP_OK;
}
