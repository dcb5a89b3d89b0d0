/* The device runtime of the host flavour: malloc, memcpy and a clock. Streams are in order because every call does its work. */
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <thread>

#include "../checks.h"
#include "loops.h"
#include "pool.h"

using dp::Checks;
using dp::fail;

struct dp_stream {
  uint64_t mark;
};

struct dp_event {
  uint64_t mark;
  bool recorded;
  int64_t nanoseconds;
};

namespace {

/* A handle's first word. It finds most pointers to something else, and handles that were destroyed. */
constexpr uint64_t STREAM = 0x6d61657274737064;
constexpr uint64_t EVENT = 0x00746e6576657064;

constexpr size_t ALIGNMENT = 256;
constexpr size_t LARGE_PAGE = size_t{2} << 20;

dp_status check_event(const char *function, const dp_event *event) {
  if (event == nullptr) return fail(DP_INVALID_ARGUMENT, "%s: event is null", function);
  if (event->mark != EVENT) return fail(DP_INVALID_ARGUMENT, "%s: event is none, or was destroyed", function);
  return DP_OK;
}

dp_status check_device(const Checks &check, int32_t device) { return check.range("device", device, 0, 0); }

/* Touching fresh memory page by page costs more than most kernels, so large blocks ask for large pages. */
dp_status allocate(const char *function, int64_t bytes, void **memory) {
  Checks check(function);
  DP_TRY(check.not_null("memory", memory));
  *memory = nullptr;
  DP_TRY(check.count("bytes", bytes, 1));
  if (bytes == 0) return DP_OK;
  bool large = (size_t)bytes >= 2 * LARGE_PAGE;
  void *allocated = nullptr;
  if (posix_memalign(&allocated, large ? LARGE_PAGE : ALIGNMENT, (size_t)bytes) != 0) {
    return fail(DP_OUT_OF_MEMORY, "%s: %lld bytes of host memory are not to be had", function, (long long)bytes);
  }
  if (large) madvise(allocated, (size_t)bytes, MADV_HUGEPAGE);
  *memory = allocated;
  return DP_OK;
}

dp_status copy(const char *function, const dp_stream *stream, const char *to_name, void *to, const char *from_name,
               const void *from, int64_t bytes) {
  Checks check(function);
  DP_TRY(check.stream(stream));
  DP_TRY(check.count("bytes", bytes, 1));
  if (bytes == 0) return DP_OK;
  DP_TRY(check.not_null(to_name, to));
  DP_TRY(check.not_null(from_name, from));
  DP_TRY(check.apart({to_name, to, bytes}, {from_name, from, bytes}));
  constexpr int64_t PART = 1 << 20;
  dp::for_each((bytes + PART - 1) / PART, bytes / 4, [&](int64_t i) {
    int64_t at = i * PART;
    memcpy((char *)to + at, (const char *)from + at, (size_t)(bytes - at < PART ? bytes - at : PART));
  });
  return DP_OK;
}

}  // namespace

namespace dp {

dp_status check_stream(const char *function, const dp_stream *stream) {
  if (stream == nullptr) return fail(DP_INVALID_ARGUMENT, "%s: stream is null", function);
  if (stream->mark != STREAM) return fail(DP_INVALID_ARGUMENT, "%s: stream is none, or was destroyed", function);
  return DP_OK;
}

bool any_alignment() { return true; }

dp_status zero(dp_stream *, void *to, int64_t bytes) {
  memset(to, 0, (size_t)bytes);
  return DP_OK;
}

}  // namespace dp

const char *dp_flavour(void) { return "host"; }

dp_status dp_host_set_threads(int32_t threads) {
  Checks check("dp_host_set_threads");
  DP_TRY(check.range("threads", threads, 0, 1024));
  if (threads == 0) threads = (int32_t)std::thread::hardware_concurrency();
  dp::set_pool_threads(threads < 1 ? 1 : threads);
  return DP_OK;
}

dp_status dp_host_settings(int32_t *threads, int32_t *vector_bits) {
  DP_TRY(dp::check_processor("dp_host_settings"));
  if (threads != nullptr) *threads = dp::pool_threads();
  if (vector_bits != nullptr) *vector_bits = dp::loops().vector_bits;
  return DP_OK;
}

dp_status dp_device_count(int32_t *count) {
  DP_TRY(Checks("dp_device_count").not_null("count", count));
  *count = 0;
  DP_TRY(dp::check_processor("dp_device_count"));
  *count = 1;
  return DP_OK;
}

dp_status dp_device_get_info(int32_t device, dp_device_info *info) {
  Checks check("dp_device_get_info");
  DP_TRY(check_device(check, device));
  DP_TRY(check.not_null("info", info));
  memset(info, 0, sizeof *info);
  strcpy(info->name, "host");
  int64_t page = sysconf(_SC_PAGESIZE);
  info->memory_total = sysconf(_SC_PHYS_PAGES) * page;
  info->memory_free = sysconf(_SC_AVPHYS_PAGES) * page;
  info->multiprocessors = (int32_t)sysconf(_SC_NPROCESSORS_ONLN);
  return DP_OK;
}

dp_status dp_device_alloc(int32_t device, int64_t bytes, void **memory) {
  DP_TRY(check_device(Checks("dp_device_alloc"), device));
  return allocate("dp_device_alloc", bytes, memory);
}

dp_status dp_device_free(void *memory) {
  free(memory);
  return DP_OK;
}

dp_status dp_pinned_alloc(int64_t bytes, void **memory) { return allocate("dp_pinned_alloc", bytes, memory); }

dp_status dp_pinned_free(void *memory) { return dp_device_free(memory); }

dp_status dp_stream_create(int32_t device, dp_stream **stream) {
  Checks check("dp_stream_create");
  DP_TRY(check.not_null("stream", stream));
  *stream = nullptr;
  DP_TRY(check_device(check, device));
  DP_TRY(dp::check_processor("dp_stream_create"));
  *stream = new (std::nothrow) dp_stream{STREAM};
  return *stream != nullptr ? DP_OK : fail(DP_OUT_OF_MEMORY, "dp_stream_create: no host memory");
}

dp_status dp_stream_destroy(dp_stream *stream) {
  if (stream == nullptr) return DP_OK;
  DP_TRY(dp::check_stream("dp_stream_destroy", stream));
  stream->mark = 0;
  delete stream;
  return DP_OK;
}

dp_status dp_stream_sync(dp_stream *stream) { return dp::check_stream("dp_stream_sync", stream); }

dp_status dp_stream_native(dp_stream *stream, void **queue) {
  DP_TRY(Checks("dp_stream_native").not_null("queue", queue));
  *queue = nullptr;
  return dp::check_stream("dp_stream_native", stream);
}

dp_status dp_event_create(int32_t device, dp_event **event) {
  Checks check("dp_event_create");
  DP_TRY(check.not_null("event", event));
  *event = nullptr;
  DP_TRY(check_device(check, device));
  *event = new (std::nothrow) dp_event{EVENT, false, 0};
  return *event != nullptr ? DP_OK : fail(DP_OUT_OF_MEMORY, "dp_event_create: no host memory");
}

dp_status dp_event_destroy(dp_event *event) {
  if (event == nullptr) return DP_OK;
  DP_TRY(check_event("dp_event_destroy", event));
  event->mark = 0;
  delete event;
  return DP_OK;
}

dp_status dp_event_record(dp_event *event, dp_stream *stream) {
  DP_TRY(check_event("dp_event_record", event));
  DP_TRY(dp::check_stream("dp_event_record", stream));
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  event->nanoseconds = now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
  event->recorded = true;
  return DP_OK;
}

dp_status dp_stream_wait(dp_stream *stream, dp_event *event) {
  DP_TRY(dp::check_stream("dp_stream_wait", stream));
  return check_event("dp_stream_wait", event);
}

dp_status dp_event_sync(dp_event *event) { return check_event("dp_event_sync", event); }

dp_status dp_event_elapsed(dp_event *start, dp_event *end, double *milliseconds) {
  DP_TRY(check_event("dp_event_elapsed", start));
  DP_TRY(check_event("dp_event_elapsed", end));
  DP_TRY(Checks("dp_event_elapsed").not_null("milliseconds", milliseconds));
  if (!start->recorded || !end->recorded) {
    return fail(DP_INVALID_ARGUMENT, "dp_event_elapsed: %s was not recorded", start->recorded ? "end" : "start");
  }
  *milliseconds = (double)(end->nanoseconds - start->nanoseconds) * 1e-6;
  return DP_OK;
}

dp_status dp_copy_to_device(dp_stream *stream, void *to, const void *host_from, int64_t bytes) {
  return copy("dp_copy_to_device", stream, "to", to, "host_from", host_from, bytes);
}

dp_status dp_copy_to_host(dp_stream *stream, void *host_to, const void *from, int64_t bytes) {
  return copy("dp_copy_to_host", stream, "host_to", host_to, "from", from, bytes);
}

dp_status dp_copy_on_device(dp_stream *stream, void *to, const void *from, int64_t bytes) {
  return copy("dp_copy_on_device", stream, "to", to, "from", from, bytes);
}

dp_status dp_fill(dp_stream *stream, void *to, int32_t value, int64_t bytes) {
  Checks check("dp_fill");
  DP_TRY(check.stream(stream));
  DP_TRY(check.range("value", value, 0, 255));
  DP_TRY(check.count("bytes", bytes, 1));
  if (bytes == 0) return DP_OK;
  DP_TRY(check.not_null("to", to));
  memset(to, value, (size_t)bytes);
  return DP_OK;
}
