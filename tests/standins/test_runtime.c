/* libdeltapress_standin: counted memory, its limit, injected failures, and pointers of the wrong side. */
#include <stdio.h>
#include <string.h>

#include "deltapress.h"
#include "standins.h"

static int checks, failures;

#define CHECK(condition) check(condition, #condition)
static void check(int good, const char *what) {
  checks++;
  if (good) return;
  failures++;
  fprintf(stderr, "not so: %s (last error '%s')\n", what, dp_last_error());
}

static void memory(void) {
  void *block = NULL, *pinned = NULL, *more = NULL;
  dp_device_info info;
  standin_memory_limit(1000);
  standin_reset_peak();
  CHECK(dp_device_alloc(0, 600, &block) == DP_OK && standin_live_bytes() == 600);
  CHECK(((unsigned char *)block)[0] == 0xA5 && ((unsigned char *)block)[599] == 0xA5);
  CHECK(dp_device_alloc(0, 401, &more) == DP_OUT_OF_MEMORY && more == NULL && strstr(dp_last_error(), "401 bytes") != NULL);
  CHECK(dp_device_get_info(0, &info) == DP_OK && info.memory_total == 1000 && info.memory_free == 400);
  CHECK(dp_pinned_alloc(5000, &pinned) == DP_OK && standin_live_bytes() == 5600 && standin_peak_bytes() == 5600);
  CHECK(dp_device_free(pinned) == DP_DEVICE_FAILURE && dp_pinned_free(block) == DP_DEVICE_FAILURE);
  CHECK(dp_pinned_free(pinned) == DP_OK && dp_device_free(block) == DP_OK && standin_live_bytes() == 0);
  CHECK(dp_device_free(block) == DP_DEVICE_FAILURE && dp_device_free(NULL) == DP_OK);
  CHECK(standin_peak_bytes() == 5600);
  standin_memory_limit(-1);
  CHECK(dp_device_alloc(0, 2000, &block) == DP_OK && dp_device_free(block) == DP_OK);
  CHECK(dp_device_alloc(1, 16, &block) == DP_INVALID_ARGUMENT && dp_device_alloc(0, -1, &block) == DP_INVALID_ARGUMENT);
  CHECK(dp_device_alloc(0, 0, &block) == DP_OK && block == NULL && standin_live_bytes() == 0);
}

static void copies(void) {
  dp_stream *stream;
  char host[64] = "from here", back[64] = "";
  void *block, *pinned;
  CHECK(dp_stream_create(0, &stream) == DP_OK && standin_live_streams() == 1);
  CHECK(dp_device_alloc(0, 64, &block) == DP_OK && dp_pinned_alloc(64, &pinned) == DP_OK);
  CHECK(dp_copy_to_device(stream, block, host, 64) == DP_OK && dp_copy_to_host(stream, pinned, block, 64) == DP_OK);
  CHECK(strcmp(pinned, "from here") == 0);
  CHECK(dp_copy_to_device(stream, back, host, 64) == DP_DEVICE_FAILURE && strstr(dp_last_error(), "no device memory") != NULL);
  CHECK(dp_copy_to_device(stream, block, host, 65) == DP_DEVICE_FAILURE && strstr(dp_last_error(), "more than") != NULL);
  CHECK(dp_copy_to_host(stream, block, block, 64) == DP_DEVICE_FAILURE && dp_copy_to_host(stream, back, host, 64) == DP_DEVICE_FAILURE);
  CHECK(dp_copy_on_device(stream, back, block, 64) == DP_DEVICE_FAILURE && dp_fill(stream, back, 0, 64) == DP_DEVICE_FAILURE);
  CHECK(dp_fill(stream, (char *)block + 60, 7, 4) == DP_OK && ((char *)block)[63] == 7);
  CHECK(dp_copy_to_device(stream, NULL, host, 64) == DP_INVALID_ARGUMENT && dp_copy_to_device(stream, block, host, 0) == DP_OK);
  CHECK(dp_device_free(block) == DP_OK && dp_pinned_free(pinned) == DP_OK);
  CHECK(dp_stream_destroy(stream) == DP_OK && dp_stream_destroy(NULL) == DP_OK && standin_live_streams() == 0);
}

static void failure_injection(void) {
  dp_stream *stream;
  dp_event *event;
  void *block;
  standin_reset();
  standin_fail("dp_device_alloc", 1, DP_OUT_OF_MEMORY);
  CHECK(dp_device_alloc(0, 16, &block) == DP_OK && dp_device_free(block) == DP_OK);
  CHECK(dp_device_alloc(0, 16, &block) == DP_OUT_OF_MEMORY && strncmp(dp_last_error(), "dp_device_alloc: ", 17) == 0);
  CHECK(dp_device_alloc(0, 16, &block) == DP_OK && dp_device_free(block) == DP_OK && standin_calls("dp_device_alloc") == 3);
  standin_fail("dp_stream_create", 0, DP_DEVICE_FAILURE);
  CHECK(dp_stream_create(0, &stream) == DP_DEVICE_FAILURE && standin_live_streams() == 0);
  CHECK(dp_stream_create(0, &stream) == DP_OK);
  standin_fail("dp_stream_sync", 0, DP_DEVICE_FAILURE);
  CHECK(dp_stream_sync(stream) == DP_DEVICE_FAILURE && dp_stream_sync(stream) == DP_OK);
  CHECK(dp_event_create(0, &event) == DP_OK && standin_live_events() == 1 && dp_event_record(event, stream) == DP_OK);
  CHECK(dp_stream_wait(stream, event) == DP_OK && dp_event_sync(event) == DP_OK && dp_event_destroy(event) == DP_OK);
  CHECK(standin_live_events() == 0 && dp_stream_destroy(stream) == DP_OK);
  int32_t count = -1;
  standin_fail("dp_device_count", 0, DP_UNAVAILABLE);
  CHECK(dp_device_count(&count) == DP_UNAVAILABLE && dp_device_count(&count) == DP_OK && count == 1);
  standin_reset();
}

int main(void) {
  int32_t threads;
  CHECK(strcmp(dp_flavour(), "cuda") == 0);
  CHECK(dp_host_settings(&threads, NULL) == DP_OK && threads >= 1);
  memory();
  copies();
  failure_injection();
  CHECK(standin_live_bytes() == 0);
  printf("%d checks, %d failures\n", checks, failures);
  return failures > 0;
}
