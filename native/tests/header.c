/* The header from C, twice; and every function with bad arguments, which must answer with a status and a text. */
#include "deltapress.h"
#include "deltapress.h"

#include <stdio.h>
#include <string.h>

static int failures = 0;
static int calls = 0;

/* A refused call: the status, and a text that begins with the function's name. */
#define REFUSED(call) refused((call), #call)
static void refused(dp_status status, const char *call) {
  size_t name = strcspn(call, "(");
  calls++;
  if (status == DP_INVALID_ARGUMENT && strncmp(dp_last_error(), call, name) == 0) return;
  fprintf(stderr, "%s: %s, '%s'\n", call, dp_status_name(status), dp_last_error());
  failures++;
}

#define FINE(call) fine((call), #call)
static void fine(dp_status status, const char *call) {
  calls++;
  if (status == DP_OK) return;
  fprintf(stderr, "%s: %s, '%s'\n", call, dp_status_name(status), dp_last_error());
  failures++;
}

static void check(int good, const char *what) {
  if (good) return;
  fprintf(stderr, "not so: %s\n", what);
  failures++;
}

/* Pages of device memory that calls would use if they were not refused, far enough apart. */
static char *page[12];
#define F(i) ((float *)page[i])
#define D(i) ((double *)page[i])
#define U(i) ((uint32_t *)page[i])
#define L(i) ((int64_t *)page[i])
#define B(i) ((uint8_t *)page[i])

static const int64_t HUGE_COUNT = INT64_MAX / 2;

static void runtime(dp_stream *s) {
  void *queue = NULL;
  dp_stream *other;
  dp_event *event, *never;
  dp_device_info info;
  void *memory;
  double ms;
  char bytes[64];
  uint64_t junk = 12345;
  REFUSED(dp_device_count(NULL));
  REFUSED(dp_device_get_info(-1, &info));
  REFUSED(dp_device_get_info(1000, &info));
  REFUSED(dp_device_get_info(0, NULL));
  FINE(dp_device_get_info(0, &info));
  check(info.memory_total > 0 && info.name[0] != 0, "the device has a name and memory");
  REFUSED(dp_device_alloc(-1, 16, &memory));
  REFUSED(dp_device_alloc(0, -1, &memory));
  REFUSED(dp_device_alloc(0, 16, NULL));
  check(dp_device_alloc(0, INT64_C(1) << 61, &memory) == DP_OUT_OF_MEMORY, "too much device memory is DP_OUT_OF_MEMORY");
  FINE(dp_device_alloc(0, 0, &memory));
  check(memory == NULL, "no bytes are null");
  FINE(dp_device_free(NULL));
  REFUSED(dp_pinned_alloc(-1, &memory));
  REFUSED(dp_pinned_alloc(16, NULL));
  check(dp_pinned_alloc(INT64_C(1) << 61, &memory) == DP_OUT_OF_MEMORY, "too much pinned memory is DP_OUT_OF_MEMORY");
  FINE(dp_pinned_alloc(16, &memory));
  FINE(dp_pinned_free(memory));
  FINE(dp_pinned_free(NULL));
  REFUSED(dp_stream_create(0, NULL));
  REFUSED(dp_stream_create(-1, &other));
  REFUSED(dp_stream_create(1000, &other));
  FINE(dp_stream_destroy(NULL));
  REFUSED(dp_stream_destroy((dp_stream *)&junk));
  REFUSED(dp_stream_sync(NULL));
  REFUSED(dp_stream_sync((dp_stream *)&junk));
  REFUSED(dp_stream_native(NULL, &queue));
  REFUSED(dp_stream_native((dp_stream *)&junk, &queue));
  REFUSED(dp_stream_native(s, NULL));
  FINE(dp_stream_native(s, &queue));
  REFUSED(dp_event_create(0, NULL));
  REFUSED(dp_event_create(-1, &event));
  FINE(dp_event_create(0, &event));
  FINE(dp_event_create(0, &never));
  FINE(dp_event_destroy(NULL));
  REFUSED(dp_event_destroy((dp_event *)&junk));
  REFUSED(dp_event_record(NULL, s));
  REFUSED(dp_event_record(event, NULL));
  FINE(dp_event_record(event, s));
  REFUSED(dp_stream_wait(NULL, event));
  REFUSED(dp_stream_wait(s, NULL));
  FINE(dp_stream_wait(s, event));
  REFUSED(dp_event_sync(NULL));
  FINE(dp_event_sync(event));
  FINE(dp_event_sync(never));
  REFUSED(dp_event_elapsed(NULL, event, &ms));
  REFUSED(dp_event_elapsed(event, NULL, &ms));
  REFUSED(dp_event_elapsed(event, event, NULL));
  REFUSED(dp_event_elapsed(event, never, &ms));
  FINE(dp_event_elapsed(event, event, &ms));
  FINE(dp_event_destroy(event));
  FINE(dp_event_destroy(never));
  REFUSED(dp_copy_to_device(NULL, page[0], bytes, 8));
  REFUSED(dp_copy_to_device(s, NULL, bytes, 8));
  REFUSED(dp_copy_to_device(s, page[0], NULL, 8));
  REFUSED(dp_copy_to_device(s, page[0], bytes, -8));
  FINE(dp_copy_to_device(s, NULL, NULL, 0));
  REFUSED(dp_copy_to_host(NULL, bytes, page[0], 8));
  REFUSED(dp_copy_to_host(s, NULL, page[0], 8));
  REFUSED(dp_copy_to_host(s, bytes, NULL, 8));
  REFUSED(dp_copy_to_host(s, bytes, page[0], -1));
  REFUSED(dp_copy_on_device(NULL, page[0], page[1], 8));
  REFUSED(dp_copy_on_device(s, NULL, page[1], 8));
  REFUSED(dp_copy_on_device(s, page[0], NULL, 8));
  REFUSED(dp_copy_on_device(s, page[0], page[0] + 4, 8));
  REFUSED(dp_copy_on_device(s, page[0], page[1], INT64_MIN));
  REFUSED(dp_fill(NULL, page[0], 0, 8));
  REFUSED(dp_fill(s, NULL, 0, 8));
  REFUSED(dp_fill(s, page[0], 256, 8));
  REFUSED(dp_fill(s, page[0], 0, -1));
  if (strcmp(dp_flavour(), "host") == 0) {
    int32_t threads, bits;
    REFUSED(dp_host_set_threads(-1));
    REFUSED(dp_host_set_threads(1025));
    FINE(dp_host_set_threads(0));
    REFUSED(dp_host_set_vector_bits(64));
    FINE(dp_host_set_vector_bits(0));
    FINE(dp_host_settings(&threads, &bits));
    FINE(dp_host_settings(NULL, NULL));
    check(threads >= 1 && bits >= 128, "settings are those in use");
  } else {
    check(dp_host_set_threads(1) == DP_UNAVAILABLE, "no host threads on cuda");
    check(dp_host_set_vector_bits(0) == DP_UNAVAILABLE, "no host vectors on cuda");
    check(dp_host_settings(NULL, NULL) == DP_UNAVAILABLE, "no host settings on cuda");
  }
}

static void elements(dp_stream *s) {
  REFUSED(dp_subtract(NULL, 8, F(0), DP_F32, F(1), DP_F32, F(2), L(3)));
  REFUSED(dp_subtract(s, -1, F(0), DP_F32, F(1), DP_F32, F(2), L(3)));
  REFUSED(dp_subtract(s, HUGE_COUNT, F(0), DP_F32, F(1), DP_F32, F(2), L(3)));
  REFUSED(dp_subtract(s, 8, F(0), 3, F(1), DP_F32, F(2), L(3)));
  REFUSED(dp_subtract(s, 8, F(0), DP_F32, F(1), -1, F(2), L(3)));
  REFUSED(dp_subtract(s, 8, NULL, DP_F32, F(1), DP_F32, F(2), L(3)));
  REFUSED(dp_subtract(s, 8, F(0), DP_F32, NULL, DP_F32, F(2), L(3)));
  REFUSED(dp_subtract(s, 8, F(0), DP_F32, F(1), DP_F32, NULL, L(3)));
  REFUSED(dp_subtract(s, 8, F(0), DP_F32, F(1), DP_F32, F(2), NULL));
  REFUSED(dp_subtract(s, 8, F(0), DP_F32, F(1), DP_F32, (float *)(page[2] + 2), L(3)));
  REFUSED(dp_subtract(s, 8, F(0), DP_F32, F(1), DP_F32, F(2), (int64_t *)(page[3] + 4)));
  REFUSED(dp_subtract(s, 8, F(0), DP_F32, F(1), DP_F32, F(0) + 1, L(3)));
  REFUSED(dp_subtract(s, 8, F(0), DP_F16, F(1), DP_F32, F(0), L(3)));
  FINE(dp_subtract(s, 8, F(0), DP_F32, F(1), DP_F32, F(0), L(3)));
  FINE(dp_subtract(s, 0, NULL, DP_F32, NULL, DP_F32, NULL, L(3)));

  REFUSED(dp_widen(NULL, 8, F(0), (double *)page[1]));
  REFUSED(dp_widen(s, -1, F(0), (double *)page[1]));
  REFUSED(dp_widen(s, HUGE_COUNT, F(0), (double *)page[1]));
  REFUSED(dp_widen(s, 8, NULL, (double *)page[1]));
  REFUSED(dp_widen(s, 8, F(0), NULL));
  REFUSED(dp_widen(s, 8, F(0), (double *)(page[1] + 4)));
  REFUSED(dp_widen(s, 8, F(0), (double *)page[0]));
  FINE(dp_widen(s, 8, F(0), (double *)page[1]));
  FINE(dp_widen(s, 0, NULL, NULL));
  REFUSED(dp_narrow(NULL, 8, (double *)page[1], F(0)));
  REFUSED(dp_narrow(s, -1, (double *)page[1], F(0)));
  REFUSED(dp_narrow(s, HUGE_COUNT, (double *)page[1], F(0)));
  REFUSED(dp_narrow(s, 8, NULL, F(0)));
  REFUSED(dp_narrow(s, 8, (double *)page[1], NULL));
  REFUSED(dp_narrow(s, 8, (double *)page[0], F(0)));
  FINE(dp_narrow(s, 8, (double *)page[1], F(0)));
  FINE(dp_narrow(s, 0, NULL, NULL));

  REFUSED(dp_orient(NULL, 2, 8, F(0), 4, F(1), F(2), F(3)));
  REFUSED(dp_orient(s, -1, 8, F(0), 4, F(1), F(2), F(3)));
  REFUSED(dp_orient(s, HUGE_COUNT, 8, F(0), 4, F(1), F(2), F(3)));
  REFUSED(dp_orient(s, 2, HUGE_COUNT, F(0), 4, F(1), F(2), F(3)));
  REFUSED(dp_orient(s, 2, 8, F(0), -4, F(1), F(2), F(3)));
  REFUSED(dp_orient(s, 2, 8, NULL, 4, F(1), F(2), F(3)));
  REFUSED(dp_orient(s, 2, 8, F(0), 4, NULL, F(2), F(3)));
  REFUSED(dp_orient(s, 2, 8, F(0), 4, F(1), NULL, F(3)));
  REFUSED(dp_orient(s, 2, 8, F(0), 4, F(1), F(2), NULL));
  REFUSED(dp_orient(s, 2, 8, F(0), 4, F(1), F(0) + 1, F(3)));
  REFUSED(dp_orient(s, 2, 8, F(0), 4, F(1), F(1), F(3)));
  REFUSED(dp_orient(s, 2, 8, F(0), 4, F(1), F(2), F(2)));
  FINE(dp_orient(s, 2, 8, F(0), 4, F(1), F(0), F(1)));
  FINE(dp_orient(s, 0, 8, NULL, 4, NULL, NULL, NULL));
  REFUSED(dp_add(NULL, 8, F(0), DP_F32, F(1), F(2), DP_F32, L(3)));
  REFUSED(dp_add(s, -1, F(0), DP_F32, F(1), F(2), DP_F32, L(3)));
  REFUSED(dp_add(s, 8, F(0), 7, F(1), F(2), DP_F32, L(3)));
  REFUSED(dp_add(s, 8, F(0), DP_F32, F(1), F(2), 7, L(3)));
  REFUSED(dp_add(s, 8, NULL, DP_F32, F(1), F(2), DP_F32, L(3)));
  REFUSED(dp_add(s, 8, F(0), DP_F32, NULL, F(2), DP_F32, L(3)));
  REFUSED(dp_add(s, 8, F(0), DP_F32, F(1), NULL, DP_F32, L(3)));
  REFUSED(dp_add(s, 8, F(0), DP_F32, F(1), F(2), DP_F32, NULL));
  REFUSED(dp_add(s, 8, F(0), DP_F32, (float *)(page[1] + 1), F(2), DP_F32, L(3)));
  REFUSED(dp_add(s, 8, F(0), DP_F32, F(1), F(1), DP_F16, L(3)));
  FINE(dp_add(s, 8, F(0), DP_BF16, F(1), F(0), DP_BF16, L(3)));
  FINE(dp_add(s, 0, NULL, DP_F32, NULL, NULL, DP_F32, L(3)));
  REFUSED(dp_error_sums(NULL, 8, F(0), F(1), F(2), DP_F32, F(3), DP_F32, D(4), D(5)));
  REFUSED(dp_error_sums(s, -8, F(0), F(1), F(2), DP_F32, F(3), DP_F32, D(4), D(5)));
  REFUSED(dp_error_sums(s, 8, NULL, F(1), F(2), DP_F32, F(3), DP_F32, D(4), D(5)));
  REFUSED(dp_error_sums(s, 8, F(0), NULL, F(2), DP_F32, F(3), DP_F32, D(4), D(5)));
  REFUSED(dp_error_sums(s, 8, F(0), F(1), NULL, DP_F32, F(3), DP_F32, D(4), D(5)));
  REFUSED(dp_error_sums(s, 8, F(0), F(1), F(2), 5, F(3), DP_F32, D(4), D(5)));
  REFUSED(dp_error_sums(s, 8, F(0), F(1), F(2), DP_F32, NULL, DP_F32, D(4), D(5)));
  REFUSED(dp_error_sums(s, 8, F(0), F(1), F(2), DP_F32, F(3), 5, D(4), D(5)));
  REFUSED(dp_error_sums(s, 8, F(0), F(1), F(2), DP_F32, F(3), DP_F32, NULL, D(5)));
  REFUSED(dp_error_sums(s, 8, F(0), F(1), F(2), DP_F32, F(3), DP_F32, D(4), NULL));
  REFUSED(dp_error_sums(s, 8, F(0), F(1), F(2), DP_F32, F(3), DP_F32, D(4), D(4)));
  REFUSED(dp_error_sums(s, 8, F(4), F(1), F(2), DP_F32, F(3), DP_F32, D(4), D(5)));
  FINE(dp_error_sums(s, 8, F(0), F(0), F(0), DP_F32, F(0), DP_F16, D(4), D(5)));
  FINE(dp_error_sums(s, 0, NULL, NULL, NULL, DP_F32, NULL, DP_F16, NULL, D(5)));
}

static void masks(dp_stream *s) {
  dp_mask good, bad;
  memset(&good, 0, sizeof good);
  good.components = 2;
  good.entries = 8;
  REFUSED(dp_mask_draw(NULL, &good, U(0), U(1), L(2), L(3)));
  REFUSED(dp_mask_draw(s, NULL, U(0), U(1), L(2), L(3)));
  REFUSED(dp_mask_draw(s, &good, NULL, U(1), L(2), L(3)));
  REFUSED(dp_mask_draw(s, &good, U(0), NULL, NULL, NULL));
  REFUSED(dp_mask_draw(s, &good, U(0), U(1), L(1), NULL));
  REFUSED(dp_mask_draw(s, &good, U(0), U(0), NULL, NULL));
  REFUSED(dp_mask_draw(s, &good, (uint32_t *)(page[0] + 1), U(1), NULL, NULL));
  bad = good, bad.side = 2;
  REFUSED(dp_mask_draw(s, &bad, U(0), U(1), L(2), L(3)));
  bad = good, bad.reserved = 1;
  REFUSED(dp_mask_draw(s, &bad, U(0), U(1), L(2), L(3)));
  bad = good, bad.components = -1;
  REFUSED(dp_mask_draw(s, &bad, U(0), U(1), L(2), L(3)));
  bad = good, bad.entries = -1;
  REFUSED(dp_mask_draw(s, &bad, U(0), U(1), L(2), L(3)));
  bad = good, bad.first_entry = 2;
  REFUSED(dp_mask_draw(s, &bad, U(0), U(1), L(2), L(3)));
  bad = good, bad.first_entry = INT64_C(1) << 34;
  REFUSED(dp_mask_draw(s, &bad, U(0), U(1), L(2), L(3)));
  bad = good, bad.first_component = INT64_C(1) << 32;
  REFUSED(dp_mask_draw(s, &bad, U(0), U(1), L(2), L(3)));
  bad = good, bad.first_component = -1;
  REFUSED(dp_mask_draw(s, &bad, U(0), U(1), L(2), L(3)));
  bad = good, bad.components = 0;
  FINE(dp_mask_draw(s, &bad, NULL, NULL, NULL, L(3)));
  bad = good, bad.entries = 0;
  FINE(dp_mask_draw(s, &bad, NULL, U(1), L(2), L(3)));
  REFUSED(dp_mask_rescale(NULL, &good, U(0), F(1), 8, F(2), 8, L(3)));
  REFUSED(dp_mask_rescale(s, NULL, U(0), F(1), 8, F(2), 8, L(3)));
  REFUSED(dp_mask_rescale(s, &good, NULL, F(1), 8, F(2), 8, L(3)));
  REFUSED(dp_mask_rescale(s, &good, U(0), NULL, 8, F(2), 8, L(3)));
  REFUSED(dp_mask_rescale(s, &good, U(0), F(1), 8, NULL, 8, L(3)));
  REFUSED(dp_mask_rescale(s, &good, U(0), F(1), 7, F(2), 8, L(3)));
  REFUSED(dp_mask_rescale(s, &good, U(0), F(1), 8, F(2), -8, L(3)));
  REFUSED(dp_mask_rescale(s, &good, U(0), F(1), HUGE_COUNT, F(2), 8, L(3)));
  REFUSED(dp_mask_rescale(s, &good, U(0), F(1), 8, F(1), 9, L(3)));
  bad = good, bad.first_entry = 1;
  REFUSED(dp_mask_rescale(s, &bad, U(0), F(1), 8, F(2), 8, L(3)));
  FINE(dp_mask_rescale(s, &good, U(0), F(1), 8, F(1), 8, NULL));
  bad = good, bad.entries = 0;
  FINE(dp_mask_rescale(s, &bad, NULL, NULL, 0, NULL, 0, NULL));
}

static void codes(dp_stream *s) {
  REFUSED(dp_component_scales(NULL, 2, 8, U(0), F(1), 8, F(2), D(3)));
  REFUSED(dp_component_scales(s, -2, 8, U(0), F(1), 8, F(2), D(3)));
  REFUSED(dp_component_scales(s, 2, -8, U(0), F(1), 8, F(2), D(3)));
  REFUSED(dp_component_scales(s, HUGE_COUNT, 8, U(0), F(1), 8, F(2), D(3)));
  REFUSED(dp_component_scales(s, 2, HUGE_COUNT, U(0), F(1), 8, F(2), D(3)));
  REFUSED(dp_component_scales(s, 2, 8, U(0), NULL, 8, F(2), D(3)));
  REFUSED(dp_component_scales(s, 2, 8, U(0), F(1), 7, F(2), D(3)));
  REFUSED(dp_component_scales(s, 2, 8, U(0), F(1), 8, NULL, NULL));
  REFUSED(dp_component_scales(s, 2, 8, U(0), F(1), 8, F(1), D(3)));
  FINE(dp_component_scales(s, 2, 0, NULL, NULL, 0, F(2), D(3)));
  REFUSED(dp_quantise(NULL, 2, 8, 4, F(0), 8, F(1), F(2), B(3)));
  REFUSED(dp_quantise(s, -2, 8, 4, F(0), 8, F(1), F(2), B(3)));
  REFUSED(dp_quantise(s, 2, 8, 0, F(0), 8, F(1), F(2), B(3)));
  REFUSED(dp_quantise(s, 2, 8, 9, F(0), 8, F(1), F(2), B(3)));
  REFUSED(dp_quantise(s, 2, 8, 16, F(0), 8, F(1), F(2), B(3)));
  REFUSED(dp_quantise(s, 2, 8, 4, NULL, 8, F(1), F(2), B(3)));
  REFUSED(dp_quantise(s, 2, 8, 4, F(0), 1, F(1), F(2), B(3)));
  REFUSED(dp_quantise(s, 2, 8, 4, F(0), 8, NULL, F(2), B(3)));
  REFUSED(dp_quantise(s, 2, 8, 4, F(0), 8, F(1), NULL, B(3)));
  REFUSED(dp_quantise(s, 2, 8, 4, F(0), 8, F(1), F(2), NULL));
  REFUSED(dp_quantise(s, 2, 8, 4, F(0), 8, F(1), F(2), B(0)));
  FINE(dp_quantise(s, 0, 8, 4, NULL, 8, NULL, NULL, NULL));
  REFUSED(dp_dequantise(NULL, 2, 8, 4, B(0), F(1), F(2), F(3), 8));
  REFUSED(dp_dequantise(s, 2, -1, 4, B(0), F(1), F(2), F(3), 8));
  REFUSED(dp_dequantise(s, 2, 8, 11, B(0), F(1), F(2), F(3), 8));
  REFUSED(dp_dequantise(s, 2, 8, 4, NULL, F(1), F(2), F(3), 8));
  REFUSED(dp_dequantise(s, 2, 8, 4, B(0), NULL, F(2), F(3), 8));
  REFUSED(dp_dequantise(s, 2, 8, 4, B(0), F(1), NULL, F(3), 8));
  REFUSED(dp_dequantise(s, 2, 8, 4, B(0), F(1), F(2), NULL, 8));
  REFUSED(dp_dequantise(s, 2, 8, 4, B(0), F(1), F(2), F(3), 0));
  REFUSED(dp_dequantise(s, 2, 8, 4, B(0), F(1), F(2), F(0), 8));
  FINE(dp_dequantise(s, 2, 0, 4, NULL, NULL, NULL, NULL, 0));
  REFUSED(dp_pack_codes(NULL, 2, 8, 4, B(0), L(1), B(2), 64));
  REFUSED(dp_pack_codes(s, -2, 8, 4, B(0), L(1), B(2), 64));
  REFUSED(dp_pack_codes(s, 2, 8, 0, B(0), L(1), B(2), 64));
  REFUSED(dp_pack_codes(s, 2, 8, 4, NULL, L(1), B(2), 64));
  REFUSED(dp_pack_codes(s, 2, 8, 4, B(0), NULL, B(2), 64));
  REFUSED(dp_pack_codes(s, 2, 8, 4, B(0), L(1), NULL, 64));
  REFUSED(dp_pack_codes(s, 2, 8, 4, B(0), L(1), B(2), -64));
  REFUSED(dp_pack_codes(s, 2, 8, 4, B(0), L(1), B(0), 64));
  FINE(dp_pack_codes(s, 2, 0, 4, NULL, NULL, NULL, 0));
  REFUSED(dp_unpack_codes(NULL, 2, 8, 4, B(0), 64, L(1), B(2)));
  REFUSED(dp_unpack_codes(s, 2, -8, 4, B(0), 64, L(1), B(2)));
  REFUSED(dp_unpack_codes(s, 2, 8, -4, B(0), 64, L(1), B(2)));
  REFUSED(dp_unpack_codes(s, 2, 8, 4, NULL, 64, L(1), B(2)));
  REFUSED(dp_unpack_codes(s, 2, 8, 4, B(0), -1, L(1), B(2)));
  REFUSED(dp_unpack_codes(s, 2, 8, 4, B(0), 64, NULL, B(2)));
  REFUSED(dp_unpack_codes(s, 2, 8, 4, B(0), 64, L(1), NULL));
  REFUSED(dp_unpack_codes(s, 2, 8, 4, B(0), 64, L(1), B(1)));
  FINE(dp_unpack_codes(s, 0, 0, 4, NULL, 0, NULL, NULL));
}

/* Groups are the same for all three functions that take them. */
static void grouped(dp_stream *s) {
  dp_group f16 = {2, 16, 0}, four = {2, 4, 0}, bad_bits = {2, 9, 0}, negative = {-2, 4, 0}, many = {3, 4, 0}, few = {1, 4, 0},
           reserved = {2, 4, 1};
  dp_group pair[2] = {{1, 16, 0}, {INT64_MAX, 4, 0}};
  REFUSED(dp_value_offsets(NULL, 2, &four, 1, L(0), L(1), 0, L(2), L(3), L(4)));
  REFUSED(dp_value_offsets(s, -2, &four, 1, L(0), L(1), 0, L(2), L(3), L(4)));
  REFUSED(dp_value_offsets(s, 2, NULL, 1, L(0), L(1), 0, L(2), L(3), L(4)));
  REFUSED(dp_value_offsets(s, 2, &four, -1, L(0), L(1), 0, L(2), L(3), L(4)));
  REFUSED(dp_value_offsets(s, 2, &four, 65, L(0), L(1), 0, L(2), L(3), L(4)));
  REFUSED(dp_value_offsets(s, 2, &four, 0, L(0), L(1), 0, L(2), L(3), L(4)));
  REFUSED(dp_value_offsets(s, 2, &bad_bits, 1, L(0), L(1), 0, L(2), L(3), L(4)));
  REFUSED(dp_value_offsets(s, 2, &negative, 1, L(0), L(1), 0, L(2), L(3), L(4)));
  REFUSED(dp_value_offsets(s, 2, &many, 1, L(0), L(1), 0, L(2), L(3), L(4)));
  REFUSED(dp_value_offsets(s, 2, &few, 1, L(0), L(1), 0, L(2), L(3), L(4)));
  REFUSED(dp_value_offsets(s, 2, &reserved, 1, L(0), L(1), 0, L(2), L(3), L(4)));
  REFUSED(dp_value_offsets(s, 2, pair, 2, L(0), L(1), 0, L(2), L(3), L(4)));
  REFUSED(dp_value_offsets(s, 2, &four, 1, NULL, L(1), 0, L(2), L(3), L(4)));
  REFUSED(dp_value_offsets(s, 2, &four, 1, L(0), NULL, 0, L(2), L(3), L(4)));
  REFUSED(dp_value_offsets(s, 2, &four, 1, L(0), L(1), -1, L(2), L(3), L(4)));
  REFUSED(dp_value_offsets(s, 2, &four, 1, L(0), L(1), 0, NULL, L(3), L(4)));
  REFUSED(dp_value_offsets(s, 2, &four, 1, L(0), L(1), 0, L(2), NULL, L(4)));
  REFUSED(dp_value_offsets(s, 2, &four, 1, L(0), L(1), 0, L(2), L(3), NULL));
  REFUSED(dp_value_offsets(s, 2, &four, 1, L(0), L(1), 0, L(0), L(3), L(4)));
  FINE(dp_value_offsets(s, 0, NULL, 0, NULL, NULL, 0, NULL, NULL, L(4)));
  REFUSED(dp_pack_values(NULL, 2, 8, &four, 1, U(0), L(1), F(2), 8, F(3), F(4), L(5), B(6), 64));
  REFUSED(dp_pack_values(s, -2, 8, &four, 1, U(0), L(1), F(2), 8, F(3), F(4), L(5), B(6), 64));
  REFUSED(dp_pack_values(s, 2, 8, &bad_bits, 1, U(0), L(1), F(2), 8, F(3), F(4), L(5), B(6), 64));
  REFUSED(dp_pack_values(s, 2, 8, NULL, 1, U(0), L(1), F(2), 8, F(3), F(4), L(5), B(6), 64));
  REFUSED(dp_pack_values(s, 2, 8, &four, 1, NULL, L(1), F(2), 8, F(3), F(4), L(5), B(6), 64));
  REFUSED(dp_pack_values(s, 2, 8, &four, 1, U(0), NULL, F(2), 8, F(3), F(4), L(5), B(6), 64));
  REFUSED(dp_pack_values(s, 2, 8, &four, 1, U(0), L(1), NULL, 8, F(3), F(4), L(5), B(6), 64));
  REFUSED(dp_pack_values(s, 2, 8, &four, 1, U(0), L(1), F(2), 3, F(3), F(4), L(5), B(6), 64));
  REFUSED(dp_pack_values(s, 2, 8, &four, 1, U(0), L(1), F(2), 8, NULL, F(4), L(5), B(6), 64));
  REFUSED(dp_pack_values(s, 2, 8, &four, 1, U(0), L(1), F(2), 8, F(3), NULL, L(5), B(6), 64));
  REFUSED(dp_pack_values(s, 2, 8, &four, 1, U(0), L(1), F(2), 8, F(3), F(4), NULL, B(6), 64));
  REFUSED(dp_pack_values(s, 2, 8, &four, 1, U(0), L(1), F(2), 8, F(3), F(4), L(5), NULL, 64));
  REFUSED(dp_pack_values(s, 2, 8, &four, 1, U(0), L(1), F(2), 8, F(3), F(4), L(5), B(6), -64));
  REFUSED(dp_pack_values(s, 2, 8, &four, 1, U(0), L(1), F(2), 8, F(3), F(4), L(5), B(2), 64));
  FINE(dp_pack_values(s, 2, 0, &f16, 1, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, 0));
  REFUSED(dp_unpack_values(NULL, 2, 8, &four, 1, U(0), L(1), B(2), 64, L(3), F(4), F(5), U(6), D(7), F(8), 8));
  REFUSED(dp_unpack_values(s, 2, -8, &four, 1, U(0), L(1), B(2), 64, L(3), F(4), F(5), U(6), D(7), F(8), 8));
  REFUSED(dp_unpack_values(s, 2, 8, &few, 1, U(0), L(1), B(2), 64, L(3), F(4), F(5), U(6), D(7), F(8), 8));
  REFUSED(dp_unpack_values(s, 2, 8, &four, 1, NULL, L(1), B(2), 64, L(3), F(4), F(5), U(6), D(7), F(8), 8));
  REFUSED(dp_unpack_values(s, 2, 8, &four, 1, U(0), NULL, B(2), 64, L(3), F(4), F(5), U(6), D(7), F(8), 8));
  REFUSED(dp_unpack_values(s, 2, 8, &four, 1, U(0), L(1), NULL, 64, L(3), F(4), F(5), U(6), D(7), F(8), 8));
  REFUSED(dp_unpack_values(s, 2, 8, &four, 1, U(0), L(1), B(2), -1, L(3), F(4), F(5), U(6), D(7), F(8), 8));
  REFUSED(dp_unpack_values(s, 2, 8, &four, 1, U(0), L(1), B(2), 64, NULL, F(4), F(5), U(6), D(7), F(8), 8));
  REFUSED(dp_unpack_values(s, 2, 8, &four, 1, U(0), L(1), B(2), 64, L(3), NULL, F(5), U(6), D(7), F(8), 8));
  REFUSED(dp_unpack_values(s, 2, 8, &four, 1, U(0), L(1), B(2), 64, L(3), F(4), NULL, U(6), D(7), F(8), 8));
  REFUSED(dp_unpack_values(s, 2, 8, &four, 1, U(0), L(1), B(2), 64, L(3), F(4), F(5), (uint32_t *)(page[6] + 2), D(7), F(8), 8));
  REFUSED(dp_unpack_values(s, 2, 8, &four, 1, U(0), L(1), B(2), 64, L(3), F(4), F(5), U(6), (double *)(page[7] + 4), F(8), 8));
  REFUSED(dp_unpack_values(s, 2, 8, &four, 1, U(0), L(1), B(2), 64, L(3), F(4), F(5), U(6), D(7), NULL, 8));
  REFUSED(dp_unpack_values(s, 2, 8, &four, 1, U(0), L(1), B(2), 64, L(3), F(4), F(5), U(6), D(7), F(8), 7));
  REFUSED(dp_unpack_values(s, 2, 8, &four, 1, U(0), L(1), B(2), 64, L(3), F(4), F(5), U(6), D(7), F(2), 8));
  FINE(dp_unpack_values(s, 2, 0, &f16, 1, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, 0));
}

static void products(dp_stream *s) {
  REFUSED(dp_restore(NULL, 2, 3, 8, F(0), 3, F(1), 8, page[2], DP_F32, page[3], DP_F16, L(4)));
  REFUSED(dp_restore(s, -1, 3, 8, F(0), 3, F(1), 8, page[2], DP_F32, page[3], DP_F16, L(4)));
  REFUSED(dp_restore(s, 2, -1, 8, F(0), 3, F(1), 8, page[2], DP_F32, page[3], DP_F16, L(4)));
  REFUSED(dp_restore(s, 2, 3, -1, F(0), 3, F(1), 8, page[2], DP_F32, page[3], DP_F16, L(4)));
  REFUSED(dp_restore(s, 2, HUGE_COUNT, 8, F(0), 3, F(1), 8, page[2], DP_F32, page[3], DP_F16, L(4)));
  REFUSED(dp_restore(s, 2, 3, 8, NULL, 3, F(1), 8, page[2], DP_F32, page[3], DP_F16, L(4)));
  REFUSED(dp_restore(s, 2, 3, 8, F(0), 2, F(1), 8, page[2], DP_F32, page[3], DP_F16, L(4)));
  REFUSED(dp_restore(s, 2, 3, 8, F(0), 3, NULL, 8, page[2], DP_F32, page[3], DP_F16, L(4)));
  REFUSED(dp_restore(s, 2, 3, 8, F(0), 3, F(1), 7, page[2], DP_F32, page[3], DP_F16, L(4)));
  REFUSED(dp_restore(s, 2, 3, 8, F(0), 3, F(1), 8, NULL, DP_F32, page[3], DP_F16, L(4)));
  REFUSED(dp_restore(s, 2, 3, 8, F(0), 3, F(1), 8, page[2], 3, page[3], DP_F16, L(4)));
  REFUSED(dp_restore(s, 2, 3, 8, F(0), 3, F(1), 8, page[2], DP_F32, NULL, DP_F16, L(4)));
  REFUSED(dp_restore(s, 2, 3, 8, F(0), 3, F(1), 8, page[2], DP_F32, page[3], -1, L(4)));
  REFUSED(dp_restore(s, 2, 3, 8, F(0), 3, F(1), 8, page[2], DP_F32, page[3], DP_F16, NULL));
  REFUSED(dp_restore(s, 2, 3, 8, F(0), 3, F(1), 8, page[2], DP_F32, page[2], DP_F16, L(4)));
  REFUSED(dp_restore(s, 2, 3, 8, F(0), 3, F(1), 8, page[2], DP_F32, page[0], DP_F32, L(4)));
  REFUSED(dp_restore(s, 2, 3, 8, F(0), 3, F(1), 8, page[2], DP_F32, page[3], DP_F32, L(3)));
  FINE(dp_restore(s, 2, 3, 8, F(0), 3, F(1), 8, page[2], DP_F32, page[2], DP_F32, L(4)));
  FINE(dp_restore(s, 0, 3, 8, NULL, 0, NULL, 0, page[2], DP_F32, page[3], DP_F16, L(4)));
  FINE(dp_restore(s, 2, 0, 8, NULL, 0, NULL, 0, NULL, DP_F32, NULL, DP_F16, L(4)));
  REFUSED(dp_sparse_rows(NULL, 2, 8, U(0), L(1), F(2), 8, 0, (int32_t *)page[3], (int32_t *)page[4], F(5)));
  REFUSED(dp_sparse_rows(s, -1, 8, U(0), L(1), F(2), 8, 0, (int32_t *)page[3], (int32_t *)page[4], F(5)));
  REFUSED(dp_sparse_rows(s, 2, INT32_MAX, U(0), L(1), F(2), 8, 0, (int32_t *)page[3], (int32_t *)page[4], F(5)));
  REFUSED(dp_sparse_rows(s, 2, 8, U(0), NULL, F(2), 8, 0, (int32_t *)page[3], (int32_t *)page[4], F(5)));
  REFUSED(dp_sparse_rows(s, 2, 8, NULL, L(1), F(2), 8, 0, (int32_t *)page[3], (int32_t *)page[4], F(5)));
  REFUSED(dp_sparse_rows(s, 2, 8, U(0), L(1), NULL, 8, 0, (int32_t *)page[3], (int32_t *)page[4], F(5)));
  REFUSED(dp_sparse_rows(s, 2, 8, U(0), L(1), F(2), 7, 0, (int32_t *)page[3], (int32_t *)page[4], F(5)));
  REFUSED(dp_sparse_rows(s, 2, 8, U(0), L(1), F(2), 8, 2, (int32_t *)page[3], (int32_t *)page[4], F(5)));
  REFUSED(dp_sparse_rows(s, 2, 8, U(0), L(1), F(2), 8, 0, NULL, (int32_t *)page[4], F(5)));
  REFUSED(dp_sparse_rows(s, 2, 8, U(0), L(1), F(2), 8, 0, (int32_t *)page[2], (int32_t *)page[4], F(5)));
  REFUSED(dp_sparse_rows(s, 2, 8, U(0), L(1), F(2), 8, 0, (int32_t *)page[3], NULL, F(5)));
  REFUSED(dp_sparse_rows(s, 2, 8, U(0), L(1), F(2), 8, 0, (int32_t *)page[3], (int32_t *)page[4], NULL));
  FINE(dp_sparse_rows(s, 2, 8, NULL, NULL, F(2), 8, 1, (int32_t *)page[3], (int32_t *)page[4], F(5)));
  FINE(dp_sparse_rows(s, 0, 8, NULL, NULL, NULL, 0, 1, (int32_t *)page[3], NULL, NULL));
}

int main(void) {
  dp_stream *stream = NULL;
  void *memory = NULL;
  int32_t devices = 0;
  int i;
  check(dp_abi_version() == DP_ABI_VERSION, "library and header are of one version");
  check(strcmp(dp_flavour(), "host") == 0 || strcmp(dp_flavour(), "cuda") == 0, "a flavour");
  check(strcmp(dp_last_error(), "") == 0, "no error before the first");
  check(strcmp(dp_status_name(DP_OK), "DP_OK") == 0 && strcmp(dp_status_name(77), "unknown status") == 0, "names of statuses");
  REFUSED(dp_device_count(NULL));
  if (dp_device_count(&devices) != DP_OK) {
    REFUSED(dp_stream_sync(NULL));
    REFUSED(dp_subtract(NULL, 8, NULL, DP_F32, NULL, DP_F32, NULL, NULL));
    check(dp_stream_create(0, &stream) == DP_UNAVAILABLE, "no stream without a device");
    printf("%s: %d calls; the rest skipped: %s\n", dp_flavour(), calls, dp_last_error());
    return failures != 0 ? 1 : 77;
  }
  check(devices >= 1, "at least one device");
  FINE(dp_stream_create(0, &stream));
  FINE(dp_device_alloc(0, 12 * 65536, &memory));
  FINE(dp_fill(stream, memory, 0, 12 * 65536));
  for (i = 0; i < 12; ++i) page[i] = (char *)memory + 65536 * i;
  runtime(stream);
  elements(stream);
  masks(stream);
  codes(stream);
  grouped(stream);
  products(stream);
  FINE(dp_stream_sync(stream));
  FINE(dp_device_free(memory));
  FINE(dp_stream_destroy(stream));
  printf("%s: %d calls, %d not as they should be\n", dp_flavour(), calls, failures);
  return failures != 0;
}
