/* Answers that others published: Philox's vectors, and the example of docs/format.md, section 5. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deltapress.h"

static int failures = 0;

static void check(int good, const char *what) {
  if (good) return;
  fprintf(stderr, "not so: %s (%s)\n", what, dp_last_error());
  failures++;
}

static void *device(dp_stream *stream, const void *content, int64_t bytes) {
  void *memory = NULL;
  check(dp_device_alloc(0, bytes, &memory) == DP_OK, "device memory");
  if (memory == NULL) exit(1);
  if (content != NULL) check(dp_copy_to_device(stream, memory, content, bytes) == DP_OK, "copy to the device");
  check(dp_stream_sync(stream) == DP_OK, "wait");
  return memory;
}

static void fetch(dp_stream *stream, void *to, const void *from, int64_t bytes) {
  check(dp_copy_to_host(stream, to, from, bytes) == DP_OK, "copy to the host");
  check(dp_stream_sync(stream) == DP_OK, "wait");
}

/* Whether word w of a counter is that number: it survives the threshold just above it and not the one just below. */
static int drawn(dp_stream *stream, dp_mask mask, int w, uint32_t word) {
  uint32_t last[2], bits[2][DP_TILE / 32];
  void *thresholds, *words;
  int i;
  last[0] = word;
  last[1] = word - 1;
  mask.entries = 4;
  mask.components = 1;
  for (i = 0; i < 2; ++i) {
    thresholds = device(stream, &last[i], 4);
    words = device(stream, NULL, sizeof bits[i]);
    check(dp_mask_draw(stream, &mask, (const uint32_t *)thresholds, (uint32_t *)words, NULL, NULL) == DP_OK, "mask");
    fetch(stream, bits[i], words, sizeof bits[i]);
    dp_device_free(thresholds);
    dp_device_free(words);
  }
  return (bits[0][0] >> w & 1) == 1 && (bits[1][0] >> w & 1) == 0;
}

/* The interface always has 0 as the counter's last word, and a side of 0 or 1; of the published vectors the first fits. */
static void philox(dp_stream *stream) {
  static const uint32_t words[4] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
  dp_mask mask;
  int w;
  memset(&mask, 0, sizeof mask);
  for (w = 0; w < 4; ++w) check(drawn(stream, mask, w, words[w]), "Philox of zeros");
}

/* A 2 x 3 delta of one component: U = (0.5, -1), V = (1, 0, 0.25), s = 2, gain 1, everything kept. */
static void factor_block(dp_stream *stream) {
  static const uint8_t block[] = {0x01, 0,    0,    0,    0,    0,    0x80, 0x3F, 0x01, 0,    0,    0,    0x01, 0,
                                  0,    0,    0x10, 0,    0x01, 0,    0,    0,    0,    0x40, 0xFF, 0xFF, 0xFF, 0xFF,
                                  0x00, 0x38, 0x00, 0xBC, 0x00, 0x3C, 0x00, 0x00, 0x00, 0x34};
  static const float u[2] = {0.5f, -1}, v[3] = {1, 0, 0.25f}, delta[6] = {1, 0, 0.25f, -2, 0, -0.5f};
  static const uint32_t last[1] = {0xFFFFFFFF};
  static const double gain[1] = {2};
  const int64_t header = 28;
  dp_group group;
  dp_mask mask;
  int64_t end = 0;
  int i, j;
  float u_found[2], v_found[3];
  uint8_t packed[sizeof block];
  void *thresholds = device(stream, last, sizeof last);
  void *gains = device(stream, gain, sizeof gain);
  void *u_dense = device(stream, u, sizeof u), *v_dense = device(stream, v, sizeof v);
  uint32_t *u_words = (uint32_t *)device(stream, NULL, 128), *v_words = (uint32_t *)device(stream, NULL, 128);
  int64_t *numbers = (int64_t *)device(stream, NULL, 7 * 8); /* ranks, survivors and offsets of U and V, end */
  uint8_t *bytes = (uint8_t *)device(stream, block, sizeof block);
  group.components = 1;
  group.bits = 16;
  group.reserved = 0;
  memset(&mask, 0, sizeof mask);
  mask.components = 1;
  mask.entries = 2;
  check(dp_mask_draw(stream, &mask, (uint32_t *)thresholds, u_words, numbers, numbers + 1) == DP_OK, "mask of U");
  mask.side = DP_SIDE_V;
  mask.entries = 3;
  check(dp_mask_draw(stream, &mask, (uint32_t *)thresholds, v_words, numbers + 2, numbers + 3) == DP_OK, "mask of V");
  check(dp_value_offsets(stream, 1, &group, 1, numbers + 1, numbers + 3, header, numbers + 4, numbers + 5, numbers + 6) == DP_OK,
        "offsets");
  fetch(stream, &end, numbers + 6, sizeof end);
  check(end == (int64_t)sizeof block, "the values end where the block does");

  check(dp_unpack_values(stream, 1, 2, &group, 1, u_words, numbers, bytes, sizeof block, numbers + 4, NULL, NULL,
                         (uint32_t *)thresholds, (double *)gains, (float *)u_dense, 2) == DP_OK, "unpack U");
  check(dp_unpack_values(stream, 1, 3, &group, 1, v_words, numbers + 2, bytes, sizeof block, numbers + 5, NULL, NULL,
                         (uint32_t *)thresholds, NULL, (float *)v_dense, 3) == DP_OK, "unpack V");
  fetch(stream, u_found, u_dense, sizeof u_found);
  fetch(stream, v_found, v_dense, sizeof v_found);
  for (i = 0; i < 2; ++i) {
    for (j = 0; j < 3; ++j) check(u_found[i] * v_found[j] == delta[3 * i + j], "the delta of the example");
  }

  check(dp_copy_to_device(stream, u_dense, u, sizeof u) == DP_OK, "copy");
  check(dp_copy_to_device(stream, v_dense, v, sizeof v) == DP_OK, "copy");
  check(dp_fill(stream, bytes + header, 0xA5, sizeof block - header) == DP_OK, "fill");
  check(dp_pack_values(stream, 1, 2, &group, 1, u_words, numbers, (float *)u_dense, 2, NULL, NULL, numbers + 4, bytes,
                       sizeof block) == DP_OK, "pack U");
  check(dp_pack_values(stream, 1, 3, &group, 1, v_words, numbers + 2, (float *)v_dense, 3, NULL, NULL, numbers + 5, bytes,
                       sizeof block) == DP_OK, "pack V");
  fetch(stream, packed, bytes, sizeof packed);
  check(memcmp(packed, block, sizeof block) == 0, "the bytes of the example");

  dp_device_free(thresholds);
  dp_device_free(gains);
  dp_device_free(u_dense);
  dp_device_free(v_dense);
  dp_device_free(u_words);
  dp_device_free(v_words);
  dp_device_free(numbers);
  dp_device_free(bytes);
}

int main(void) {
  dp_stream *stream = NULL;
  int32_t devices;
  if (dp_device_count(&devices) != DP_OK) {
    printf("skipped: %s\n", dp_last_error());
    return 77;
  }
  check(dp_stream_create(0, &stream) == DP_OK, "stream");
  philox(stream);
  factor_block(stream);
  dp_stream_destroy(stream);
  return failures != 0;
}
