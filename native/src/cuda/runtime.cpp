/* The device runtime of the CUDA flavour. */
#include <string.h>

#include <new>

#include "../checks.h"
#include "stream.h"

using dp::Checks;
using dp::fail;
using dp::from_cuda;

struct dp_event {
  uint64_t mark;
  int32_t device;
  bool recorded;
  cudaEvent_t event;
};

namespace {

/* A handle's first word. It finds most pointers to something else, and handles that were destroyed. */
constexpr uint64_t STREAM = 0x6d61657274737064;
constexpr uint64_t EVENT = 0x00746e6576657064;

/* Makes the event's device current. */
dp_status check_event(const char *function, const dp_event *event) {
  if (event == nullptr) return fail(DP_INVALID_ARGUMENT, "%s: event is null", function);
  if (event->mark != EVENT) return fail(DP_INVALID_ARGUMENT, "%s: event is none, or was destroyed", function);
  return from_cuda(function, cudaSetDevice(event->device));
}

/* Makes the device current. */
dp_status use_device(const char *function, int32_t device) {
  Checks check(function);
  int count = 0;
  DP_TRY(check.range("device", device, 0, INT32_MAX));
  DP_TRY(from_cuda(function, cudaGetDeviceCount(&count)));
  DP_TRY(check.range("device", device, 0, count - 1));
  return from_cuda(function, cudaSetDevice(device));
}

dp_status copy(const char *function, const dp_stream *stream, const char *to_name, void *to, const char *from_name,
               const void *from, int64_t bytes, cudaMemcpyKind kind) {
  Checks check(function);
  DP_TRY(check.stream(stream));
  DP_TRY(check.count("bytes", bytes, 1));
  if (bytes == 0) return DP_OK;
  DP_TRY(check.not_null(to_name, to));
  DP_TRY(check.not_null(from_name, from));
  DP_TRY(check.apart({to_name, to, bytes}, {from_name, from, bytes}));
  return from_cuda(function, cudaMemcpyAsync(to, from, (size_t)bytes, kind, stream->queue));
}

dp_status host_only(const char *function) { return fail(DP_UNAVAILABLE, "%s: the cuda flavour has no host loops", function); }

}  // namespace

namespace dp {

dp_status from_cuda(const char *function, cudaError_t error) {
  if (error == cudaSuccess) return DP_OK;
  cudaGetLastError(); /* or the next launch would report it again */
  dp_status status;
  switch (error) {
    case cudaErrorMemoryAllocation: status = DP_OUT_OF_MEMORY; break;
    case cudaErrorNoDevice:
    case cudaErrorInsufficientDriver:
    case cudaErrorSystemDriverMismatch:
    case cudaErrorSystemNotReady:
    case cudaErrorCompatNotSupportedOnDevice:
    case cudaErrorNoKernelImageForDevice:
    case cudaErrorUnsupportedPtxVersion:
    case cudaErrorNotSupported:
    case cudaErrorStubLibrary:
    case cudaErrorDevicesUnavailable: status = DP_UNAVAILABLE; break;
    default: status = DP_DEVICE_FAILURE;
  }
  return fail(status, "%s: %s: %s", function, cudaGetErrorName(error), cudaGetErrorString(error));
}

dp_status check_stream(const char *function, const dp_stream *stream) {
  if (stream == nullptr) return fail(DP_INVALID_ARGUMENT, "%s: stream is null", function);
  if (stream->mark != STREAM) return fail(DP_INVALID_ARGUMENT, "%s: stream is none, or was destroyed", function);
  return from_cuda(function, cudaSetDevice(stream->device));
}

bool any_alignment() { return false; }

dp_status zero(dp_stream *stream, void *to, int64_t bytes) {
  return from_cuda("zero", cudaMemsetAsync(to, 0, (size_t)bytes, stream->queue));
}

}  // namespace dp

const char *dp_flavour(void) { return "cuda"; }

dp_status dp_host_set_threads(int32_t) { return host_only("dp_host_set_threads"); }

dp_status dp_host_set_vector_bits(int32_t) { return host_only("dp_host_set_vector_bits"); }

dp_status dp_host_settings(int32_t *, int32_t *) { return host_only("dp_host_settings"); }

dp_status dp_device_count(int32_t *count) {
  DP_TRY(Checks("dp_device_count").not_null("count", count));
  *count = 0;
  int found = 0;
  DP_TRY(from_cuda("dp_device_count", cudaGetDeviceCount(&found)));
  if (found == 0) return from_cuda("dp_device_count", cudaErrorNoDevice);
  *count = found;
  return DP_OK;
}

dp_status dp_device_get_info(int32_t device, dp_device_info *info) {
  const char *function = "dp_device_get_info";
  DP_TRY(use_device(function, device));
  DP_TRY(Checks(function).not_null("info", info));
  cudaDeviceProp properties;
  size_t memory_free = 0, memory_total = 0;
  int driver = 0;
  DP_TRY(from_cuda(function, cudaGetDeviceProperties(&properties, device)));
  DP_TRY(from_cuda(function, cudaMemGetInfo(&memory_free, &memory_total)));
  DP_TRY(from_cuda(function, cudaDriverGetVersion(&driver)));
  memset(info, 0, sizeof *info);
  memcpy(info->name, properties.name, sizeof info->name - 1);
  info->memory_total = (int64_t)memory_total;
  info->memory_free = (int64_t)memory_free;
  info->compute_major = properties.major;
  info->compute_minor = properties.minor;
  info->multiprocessors = properties.multiProcessorCount;
  info->driver_version = driver;
  return DP_OK;
}

dp_status dp_device_alloc(int32_t device, int64_t bytes, void **memory) {
  const char *function = "dp_device_alloc";
  Checks check(function);
  DP_TRY(check.not_null("memory", memory));
  *memory = nullptr;
  DP_TRY(check.count("bytes", bytes, 1));
  DP_TRY(use_device(function, device));
  return bytes == 0 ? DP_OK : from_cuda(function, cudaMalloc(memory, (size_t)bytes));
}

dp_status dp_device_free(void *memory) { return from_cuda("dp_device_free", cudaFree(memory)); }

dp_status dp_pinned_alloc(int64_t bytes, void **memory) {
  Checks check("dp_pinned_alloc");
  DP_TRY(check.not_null("memory", memory));
  *memory = nullptr;
  DP_TRY(check.count("bytes", bytes, 1));
  return bytes == 0 ? DP_OK : from_cuda("dp_pinned_alloc", cudaHostAlloc(memory, (size_t)bytes, cudaHostAllocPortable));
}

dp_status dp_pinned_free(void *memory) {
  return memory == nullptr ? DP_OK : from_cuda("dp_pinned_free", cudaFreeHost(memory));
}

dp_status dp_stream_create(int32_t device, dp_stream **stream) {
  const char *function = "dp_stream_create";
  DP_TRY(Checks(function).not_null("stream", stream));
  *stream = nullptr;
  DP_TRY(use_device(function, device));
  int multiprocessors = 0;
  DP_TRY(from_cuda(function, cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device)));
  dp_stream *made = new (std::nothrow) dp_stream{STREAM, device, multiprocessors, nullptr};
  if (made == nullptr) return fail(DP_OUT_OF_MEMORY, "%s: no host memory", function);
  /* Non-blocking: work that others put on the default stream is no concern of ours. */
  dp_status status = from_cuda(function, cudaStreamCreateWithFlags(&made->queue, cudaStreamNonBlocking));
  if (status == DP_OK) {
    *stream = made;
  } else {
    delete made;
  }
  return status;
}

dp_status dp_stream_destroy(dp_stream *stream) {
  if (stream == nullptr) return DP_OK;
  const char *function = "dp_stream_destroy";
  DP_TRY(dp::check_stream(function, stream));
  dp_status waited = from_cuda(function, cudaStreamSynchronize(stream->queue));
  dp_status destroyed = from_cuda(function, cudaStreamDestroy(stream->queue));
  stream->mark = 0;
  delete stream;
  return waited != DP_OK ? waited : destroyed;
}

dp_status dp_stream_sync(dp_stream *stream) {
  DP_TRY(dp::check_stream("dp_stream_sync", stream));
  return from_cuda("dp_stream_sync", cudaStreamSynchronize(stream->queue));
}

dp_status dp_stream_native(dp_stream *stream, void **queue) {
  DP_TRY(Checks("dp_stream_native").not_null("queue", queue));
  *queue = nullptr;
  DP_TRY(dp::check_stream("dp_stream_native", stream));
  *queue = stream->queue;
  return DP_OK;
}

dp_status dp_event_create(int32_t device, dp_event **event) {
  const char *function = "dp_event_create";
  DP_TRY(Checks(function).not_null("event", event));
  *event = nullptr;
  DP_TRY(use_device(function, device));
  dp_event *made = new (std::nothrow) dp_event{EVENT, device, false, nullptr};
  if (made == nullptr) return fail(DP_OUT_OF_MEMORY, "%s: no host memory", function);
  dp_status status = from_cuda(function, cudaEventCreate(&made->event));
  if (status == DP_OK) {
    *event = made;
  } else {
    delete made;
  }
  return status;
}

dp_status dp_event_destroy(dp_event *event) {
  if (event == nullptr) return DP_OK;
  DP_TRY(check_event("dp_event_destroy", event));
  dp_status status = from_cuda("dp_event_destroy", cudaEventDestroy(event->event));
  event->mark = 0;
  delete event;
  return status;
}

dp_status dp_event_record(dp_event *event, dp_stream *stream) {
  const char *function = "dp_event_record";
  DP_TRY(check_event(function, event));
  DP_TRY(dp::check_stream(function, stream));
  if (event->device != stream->device) {
    return fail(DP_INVALID_ARGUMENT, "%s: event is of device %d, stream of device %d", function, event->device, stream->device);
  }
  DP_TRY(from_cuda(function, cudaEventRecord(event->event, stream->queue)));
  event->recorded = true;
  return DP_OK;
}

dp_status dp_stream_wait(dp_stream *stream, dp_event *event) {
  DP_TRY(check_event("dp_stream_wait", event));
  DP_TRY(dp::check_stream("dp_stream_wait", stream));
  return from_cuda("dp_stream_wait", cudaStreamWaitEvent(stream->queue, event->event, 0));
}

dp_status dp_event_sync(dp_event *event) {
  DP_TRY(check_event("dp_event_sync", event));
  return from_cuda("dp_event_sync", cudaEventSynchronize(event->event));
}

dp_status dp_event_elapsed(dp_event *start, dp_event *end, double *milliseconds) {
  const char *function = "dp_event_elapsed";
  DP_TRY(check_event(function, start));
  DP_TRY(check_event(function, end));
  DP_TRY(Checks(function).not_null("milliseconds", milliseconds));
  if (!start->recorded || !end->recorded) {
    return fail(DP_INVALID_ARGUMENT, "%s: %s was not recorded", function, start->recorded ? "end" : "start");
  }
  float elapsed = 0;
  DP_TRY(from_cuda(function, cudaEventElapsedTime(&elapsed, start->event, end->event)));
  *milliseconds = elapsed;
  return DP_OK;
}

dp_status dp_copy_to_device(dp_stream *stream, void *to, const void *host_from, int64_t bytes) {
  return copy("dp_copy_to_device", stream, "to", to, "host_from", host_from, bytes, cudaMemcpyHostToDevice);
}

dp_status dp_copy_to_host(dp_stream *stream, void *host_to, const void *from, int64_t bytes) {
  return copy("dp_copy_to_host", stream, "host_to", host_to, "from", from, bytes, cudaMemcpyDeviceToHost);
}

dp_status dp_copy_on_device(dp_stream *stream, void *to, const void *from, int64_t bytes) {
  return copy("dp_copy_on_device", stream, "to", to, "from", from, bytes, cudaMemcpyDeviceToDevice);
}

dp_status dp_fill(dp_stream *stream, void *to, int32_t value, int64_t bytes) {
  Checks check("dp_fill");
  DP_TRY(check.stream(stream));
  DP_TRY(check.range("value", value, 0, 255));
  DP_TRY(check.count("bytes", bytes, 1));
  if (bytes == 0) return DP_OK;
  DP_TRY(check.not_null("to", to));
  return from_cuda("dp_fill", cudaMemsetAsync(to, value, (size_t)bytes, stream->queue));
}
