/*
 * libdeltapress_standin: the host flavour, calling itself "cuda". The functions of the device runtime count what is alive, fail when a test
 * asks for it, and find host pointers where a device would need its own; the host's own functions, renamed dp_host_*, do the work.
 */
#include <stdlib.h>
#include <string.h>

#include <map>
#include <mutex>

#include "bookkeeping.h"
#include "checks.h"

using dp::Checks;
using dp::fail;

/* Leaves the function with an injected failure. */
#define ENTER(function)                                                                                      \
  do {                                                                                                       \
    int injected_;                                                                                           \
    if (book_enter(function, &injected_)) return fail(injected_, "%s: failure injected by a test", function); \
  } while (0)

/* A function that fails when asked to, and is the host's otherwise. */
#define FORWARD(name, parameters, arguments)   \
  extern "C" dp_status dp_host_##name parameters; \
  dp_status dp_##name parameters {             \
    ENTER("dp_" #name);                        \
    return dp_host_##name arguments;           \
  }

/* The same, and so many more or fewer handles are alive when it succeeded. */
#define FORWARD_COUNTING(name, parameters, arguments, live, change, counts) \
  extern "C" dp_status dp_host_##name parameters;                           \
  dp_status dp_##name parameters {                                          \
    ENTER("dp_" #name);                                                     \
    bool counted = counts;                                                  \
    dp_status status = dp_host_##name arguments;                            \
    if (status == DP_OK && counted) add(live, change);                      \
    return status;                                                          \
  }

extern "C" {
dp_status dp_host_device_get_info(int32_t device, dp_device_info *info);
dp_status dp_host_device_alloc(int32_t device, int64_t bytes, void **memory);
dp_status dp_host_device_free(void *memory);
dp_status dp_host_pinned_alloc(int64_t bytes, void **memory);
dp_status dp_host_pinned_free(void *memory);
dp_status dp_host_copy_to_device(dp_stream *stream, void *to, const void *host_from, int64_t bytes);
dp_status dp_host_copy_to_host(dp_stream *stream, void *host_to, const void *from, int64_t bytes);
dp_status dp_host_copy_on_device(dp_stream *stream, void *to, const void *from, int64_t bytes);
dp_status dp_host_fill(dp_stream *stream, void *to, int32_t value, int64_t bytes);
}

namespace {

constexpr int FRESH = 0xA5, FREED = 0x5A;

struct Block {
  int64_t bytes;
  bool pinned;
};

std::mutex lock;
std::map<const char *, Block> blocks; /* by address */
int64_t device_bytes, pinned_bytes, peak_bytes, limit = -1;
int64_t live_streams, live_events;

int64_t get(const int64_t &number) {
  std::lock_guard<std::mutex> guard(lock);
  return number;
}

void add(int64_t &number, int64_t change) {
  std::lock_guard<std::mutex> guard(lock);
  number += change;
}

/* Counts the bytes before they are allocated, so that threads together stay within the limit. */
dp_status reserve(const char *function, int64_t bytes, bool pinned) {
  std::lock_guard<std::mutex> guard(lock);
  if (!pinned && limit >= 0 && bytes > limit - device_bytes) {
    return fail(DP_OUT_OF_MEMORY, "%s: %lld bytes asked for, %lld of %lld are free", function, (long long)bytes,
                (long long)(limit - device_bytes), (long long)limit);
  }
  (pinned ? pinned_bytes : device_bytes) += bytes;
  if (device_bytes + pinned_bytes > peak_bytes) peak_bytes = device_bytes + pinned_bytes;
  return DP_OK;
}

void release(int64_t bytes, bool pinned) { add(pinned ? pinned_bytes : device_bytes, -bytes); }

template <typename Allocate>
dp_status allocate(const char *function, int64_t bytes, void **memory, bool pinned, Allocate host_allocate) {
  ENTER(function);
  DP_TRY(Checks(function).not_null("memory", memory));
  *memory = nullptr;
  DP_TRY(Checks(function).count("bytes", bytes, 1));
  DP_TRY(reserve(function, bytes, pinned));
  dp_status status = host_allocate();
  if (status != DP_OK || *memory == nullptr) {
    release(bytes, pinned);
    return status;
  }
  memset(*memory, FRESH, (size_t)bytes);
  std::lock_guard<std::mutex> guard(lock);
  blocks[(const char *)*memory] = {bytes, pinned};
  return DP_OK;
}

template <typename Free>
dp_status free_block(const char *function, void *memory, bool pinned, Free host_free) {
  ENTER(function);
  if (memory == nullptr) return DP_OK;
  int64_t bytes;
  {
    std::lock_guard<std::mutex> guard(lock);
    auto found = blocks.find((const char *)memory);
    if (found == blocks.end() || found->second.pinned != pinned) {
      return fail(DP_DEVICE_FAILURE, "%s: the memory was not allocated so, or was freed before", function);
    }
    bytes = found->second.bytes;
    blocks.erase(found);
  }
  memset(memory, FREED, (size_t)bytes);
  release(bytes, pinned);
  return host_free(memory);
}

/* The block that begins at or before the address, and reaches beyond it. */
std::map<const char *, Block>::const_iterator block_of(const char *at) {
  auto next = blocks.upper_bound(at);
  if (next == blocks.begin()) return blocks.end();
  auto found = --next;
  return at - found->first < found->second.bytes ? found : blocks.end();
}

dp_status check_on_device(const char *function, const char *name, const void *memory, int64_t bytes) {
  if (memory == nullptr || bytes <= 0) return DP_OK; /* for the host's own checks */
  std::lock_guard<std::mutex> guard(lock);
  const char *at = (const char *)memory;
  auto block = block_of(at);
  if (block != blocks.end() && bytes <= block->second.bytes - (at - block->first)) return DP_OK;
  return fail(DP_DEVICE_FAILURE, "%s: %s is %s device memory", function, name, block == blocks.end() ? "no" : "more than its");
}

dp_status check_on_host(const char *function, const char *name, const void *memory, int64_t bytes) {
  if (memory == nullptr || bytes <= 0) return DP_OK;
  std::lock_guard<std::mutex> guard(lock);
  auto block = block_of((const char *)memory);
  if (block == blocks.end() || block->second.pinned) return DP_OK;
  return fail(DP_DEVICE_FAILURE, "%s: %s is device memory", function, name);
}

}  // namespace

namespace dp {
/* As on a device: what the host forgives must be found here. */
bool any_alignment() { return false; }
}  // namespace dp

const char *dp_flavour(void) { return "cuda"; }

FORWARD(device_count, (int32_t *count), (count))

/* An H100's answers, but for the name and the memory. */
dp_status dp_device_get_info(int32_t device, dp_device_info *info) {
  ENTER("dp_device_get_info");
  DP_TRY(dp_host_device_get_info(device, info));
  memset(info->name, 0, sizeof info->name);
  strcpy(info->name, "DeltaPress stand-in");
  info->compute_major = 9;
  info->compute_minor = 0;
  info->driver_version = 13000;
  std::lock_guard<std::mutex> guard(lock);
  if (limit >= 0) {
    info->memory_total = limit;
    info->memory_free = limit > device_bytes ? limit - device_bytes : 0;
  }
  return DP_OK;
}

dp_status dp_device_alloc(int32_t device, int64_t bytes, void **memory) {
  return allocate("dp_device_alloc", bytes, memory, false, [=] { return dp_host_device_alloc(device, bytes, memory); });
}

dp_status dp_device_free(void *memory) { return free_block("dp_device_free", memory, false, dp_host_device_free); }

dp_status dp_pinned_alloc(int64_t bytes, void **memory) {
  return allocate("dp_pinned_alloc", bytes, memory, true, [=] { return dp_host_pinned_alloc(bytes, memory); });
}

dp_status dp_pinned_free(void *memory) { return free_block("dp_pinned_free", memory, true, dp_host_pinned_free); }

FORWARD_COUNTING(stream_create, (int32_t device, dp_stream **stream), (device, stream), live_streams, 1, true)
FORWARD_COUNTING(stream_destroy, (dp_stream *stream), (stream), live_streams, -1, stream != nullptr)
FORWARD(stream_sync, (dp_stream *stream), (stream))
FORWARD(stream_wait, (dp_stream *stream, dp_event *event), (stream, event))
FORWARD_COUNTING(event_create, (int32_t device, dp_event **event), (device, event), live_events, 1, true)
FORWARD_COUNTING(event_destroy, (dp_event *event), (event), live_events, -1, event != nullptr)
FORWARD(event_record, (dp_event *event, dp_stream *stream), (event, stream))
FORWARD(event_sync, (dp_event *event), (event))

dp_status dp_copy_to_device(dp_stream *stream, void *to, const void *host_from, int64_t bytes) {
  const char *function = "dp_copy_to_device";
  ENTER(function);
  DP_TRY(check_on_device(function, "to", to, bytes));
  DP_TRY(check_on_host(function, "host_from", host_from, bytes));
  return dp_host_copy_to_device(stream, to, host_from, bytes);
}

dp_status dp_copy_to_host(dp_stream *stream, void *host_to, const void *from, int64_t bytes) {
  const char *function = "dp_copy_to_host";
  ENTER(function);
  DP_TRY(check_on_host(function, "host_to", host_to, bytes));
  DP_TRY(check_on_device(function, "from", from, bytes));
  return dp_host_copy_to_host(stream, host_to, from, bytes);
}

dp_status dp_copy_on_device(dp_stream *stream, void *to, const void *from, int64_t bytes) {
  const char *function = "dp_copy_on_device";
  ENTER(function);
  DP_TRY(check_on_device(function, "to", to, bytes));
  DP_TRY(check_on_device(function, "from", from, bytes));
  return dp_host_copy_on_device(stream, to, from, bytes);
}

dp_status dp_fill(dp_stream *stream, void *to, int32_t value, int64_t bytes) {
  const char *function = "dp_fill";
  ENTER(function);
  DP_TRY(check_on_device(function, "to", to, bytes));
  return dp_host_fill(stream, to, value, bytes);
}

int64_t standin_live_bytes(void) {
  std::lock_guard<std::mutex> guard(lock);
  return device_bytes + pinned_bytes;
}

int64_t standin_peak_bytes(void) { return get(peak_bytes); }

void standin_reset_peak(void) {
  std::lock_guard<std::mutex> guard(lock);
  peak_bytes = device_bytes + pinned_bytes;
}

int64_t standin_live_streams(void) { return get(live_streams); }

int64_t standin_live_events(void) { return get(live_events); }

void standin_memory_limit(int64_t bytes) {
  std::lock_guard<std::mutex> guard(lock);
  limit = bytes;
}
