/*
 * Times every operation through the C interface, on host memory or on a GPU, and prints a table. Between runs of an operation a plain
 * copy of as many bytes is timed, since what else a machine does slows both. usage: bench [--threads N] [--runs N]
 * That results are right is the business of parity, which is to be run first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "deltapress.h"
#include "integer_roof.h"

namespace {

/* The large matrices of a 7B Llama-2, and the larger factor of one with all its components: more than caches hold. */
const int64_t ROWS = 4096, COLUMNS = 11008, COMPONENTS = 4096;
const int64_t N = ROWS * COLUMNS, FACTOR = COMPONENTS * COLUMNS;
/* Bytes of the largest operation; a copy of half as many reads and writes as much. */
const int64_t MOST_BYTES = 16 * N;
/* Integer operations of a draw: ten rounds of two multiplications and two three-way xors give four, which are compared and counted. */
const double DRAW = 20;
const uint32_t EIGHTH = 0x1FFFFFFF, ALL = 0xFFFFFFFF;

void expect(dp_status status) {
  if (status == DP_OK) return;
  fprintf(stderr, "%s: %s\n", dp_status_name(status), dp_last_error());
  exit(1);
}

class Bench {
 public:
  explicit Bench(int runs) : runs_(runs), integer_roof_(integer_roof()) {
    expect(dp_stream_create(0, &stream));
    expect(dp_event_create(0, &start_));
    expect(dp_event_create(0, &end_));
    from_ = device<char>(MOST_BYTES / 2);
    to_ = device<char>(MOST_BYTES / 2);
    expect(dp_fill(stream, from_, 1, MOST_BYTES / 2));
    expect(dp_fill(stream, to_, 2, MOST_BYTES / 2));
    printf("\n| operation | ms, best | ms, median | GB/s | copy, GB/s | of copy | 10^9 entries/s |%s\n|---|---|---|---|---|---|---|%s\n",
           integer_roof_ > 0 ? " of lower roof |" : "", integer_roof_ > 0 ? "---|" : "");
  }

  template <class T>
  T *device(int64_t count) {
    void *memory;
    expect(dp_device_alloc(0, count * (int64_t)sizeof(T), &memory));
    return (T *)memory;
  }

  template <class T>
  T *device(const std::vector<T> &content) {
    T *memory = device<T>((int64_t)content.size());
    expect(dp_copy_to_device(stream, memory, content.data(), (int64_t)(content.size() * sizeof(T))));
    expect(dp_stream_sync(stream));
    return memory;
  }

  int64_t read(const int64_t *from) {
    int64_t value;
    expect(dp_copy_to_host(stream, &value, from, sizeof value));
    expect(dp_stream_sync(stream));
    return value;
  }

  /*
   * Bytes that an operation has to read and write, entries, and integer operations for each. The best run counts, of operation and of
   * copy, and the first two of each do not.
   */
  void time(const char *name, double bytes, double entries, const std::function<dp_status()> &operation, double operations = 0) {
    std::vector<double> times, copies;
    for (int run = -2; run < runs_; ++run) {
      double copied = once([&] { return dp_copy_on_device(stream, to_, from_, (int64_t)(bytes / 2)); });
      double taken = once(operation);
      if (run < 0) continue;
      copies.push_back(copied);
      times.push_back(taken);
    }
    std::sort(times.begin(), times.end());
    double best = times.front(), copy = *std::min_element(copies.begin(), copies.end());
    printf("| %s | %.3f | %.3f | %.1f | %.1f | %.2f | %.2f |", name, best, times[times.size() / 2], bytes / best * 1e-6,
           bytes / copy * 1e-6, copy / best, entries / best * 1e-6);
    if (integer_roof_ > 0) printf(" %.2f |", std::max(copy, operations * entries / integer_roof_ * 1e3) / best);
    printf("\n");
    fflush(stdout);
  }

  dp_stream *stream;

 private:
  double once(const std::function<dp_status()> &operation) {
    expect(dp_event_record(start_, stream));
    expect(operation());
    expect(dp_event_record(end_, stream));
    expect(dp_event_sync(end_));
    double milliseconds;
    expect(dp_event_elapsed(start_, end_, &milliseconds));
    return milliseconds;
  }

  int runs_;
  double integer_roof_; /* operations per second, 0 if it was not measured */
  char *from_, *to_;
  dp_event *start_, *end_;
};

std::vector<float> normals(int64_t n) {
  std::vector<float> all((size_t)n);
  uint64_t state = 1;
  for (float &x : all) {
    double sum = 0;
    for (int k = 0; k < 4; ++k) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      sum += (double)(state >> 40) / (1 << 24) - 0.5;
    }
    x = (float)(sum * 0.05);
  }
  return all;
}

void elements(Bench *b, const float *values) {
  uint16_t *half[2] = {b->device<uint16_t>(N), b->device<uint16_t>(N)};
  float *x = b->device<float>(N), *y = b->device<float>(N), *out = b->device<float>(N);
  int64_t *count = b->device<int64_t>(1);
  double *workspace = b->device<double>(3 * DP_STRIPES * ((N + DP_PIECE - 1) / DP_PIECE)), *sums = b->device<double>(3);
  expect(dp_copy_on_device(b->stream, x, values, N * 4));
  expect(dp_copy_on_device(b->stream, y, values, N * 4));
  double n = (double)N;
  for (dp_type type : {DP_F32, DP_F16, DP_BF16}) {
    const char *names[3][3] = {{"subtract f32", "add f32", "error sums f32"},
                               {"subtract f16", "add f16", "error sums f16"},
                               {"subtract bf16", "add bf16", "error sums bf16"}};
    double width = type == DP_F32 ? 4 : 2;
    void *tuned = type == DP_F32 ? (void *)y : half[0], *base = type == DP_F32 ? (void *)out : half[1];
    expect(dp_add(b->stream, N, x, DP_F32, x, tuned, type, count));
    expect(dp_add(b->stream, N, tuned, type, x, base, type, count));
    float *result = type == DP_F32 ? b->device<float>(N) : out;
    b->time(names[type][0], (2 * width + 4) * n, n,
            [&] { return dp_subtract(b->stream, N, tuned, type, base, type, result, count); });
    b->time(names[type][1], (2 * width + 4) * n, n, [&] { return dp_add(b->stream, N, tuned, type, x, base, type, count); });
    b->time(names[type][2], (2 * width + 8) * n, n,
            [&] { return dp_error_sums(b->stream, N, x, y, tuned, type, base, type, workspace, sums); });
    if (type == DP_F32) expect(dp_device_free(result));
  }
  for (void *memory : {(void *)half[0], (void *)half[1], (void *)x, (void *)y, (void *)out, (void *)count, (void *)workspace,
                       (void *)sums}) {
    expect(dp_device_free(memory));
  }
}

void factors(Bench *b, const float *x) {
  dp_mask mask = {1, 2, DP_SIDE_U, 0, 0, COMPONENTS, 0, COLUMNS};
  double n = (double)FACTOR;
  float *out = b->device<float>(FACTOR);
  uint8_t *codes = b->device<uint8_t>(FACTOR), *packed = b->device<uint8_t>(2 * FACTOR);
  uint32_t *words = b->device<uint32_t>(COMPONENTS * DP_MASK_WORDS(COLUMNS));
  int64_t *ranks = b->device<int64_t>(COMPONENTS * DP_TILES(COLUMNS)), *survivors = b->device<int64_t>(COMPONENTS);
  int64_t *offsets = b->device<int64_t>(COMPONENTS), *end = b->device<int64_t>(1);
  float *scales = b->device(std::vector<float>((size_t)COMPONENTS, 0.05f)), *largest = b->device<float>(COMPONENTS);
  double *gains = b->device(std::vector<double>((size_t)COMPONENTS, 1.5)), *squares = b->device<double>(COMPONENTS);
  std::vector<float> table(DP_CODEBOOK);
  for (int bits = 1; bits <= 8; ++bits) {
    for (int i = 0; i < 1 << bits; ++i) table[(size_t)DP_CODEBOOK_AT(bits) + (size_t)i] = (float)(i + 1) / (float)(1 << bits) * 4 - 2;
  }
  float *book = b->device(table);
  for (uint32_t stored : {ALL, EIGHTH}) {
    bool all = stored == ALL;
    uint32_t *thresholds = b->device(std::vector<uint32_t>((size_t)COMPONENTS, stored));
    if (!all) {
      b->time("mask draw", n / 8, n, [&] { return dp_mask_draw(b->stream, &mask, thresholds, words, ranks, survivors); }, DRAW);
      b->time("mask rescale", 8 * n, n,
              [&] { return dp_mask_rescale(b->stream, &mask, thresholds, x, COLUMNS, out, COLUMNS, survivors); }, DRAW);
      b->time("component scales", 4 * n, n,
              [&] { return dp_component_scales(b->stream, COMPONENTS, COLUMNS, nullptr, x, COLUMNS, largest, squares); });
    }
    expect(dp_mask_draw(b->stream, &mask, thresholds, words, ranks, survivors));
    for (int32_t bits : {16, 8, 4, 1}) {
      dp_group group = {COMPONENTS, bits, 0};
      expect(dp_value_offsets(b->stream, COMPONENTS, &group, 1, survivors, nullptr, 0, offsets, nullptr, end));
      double bytes = 4 * n + n / 8 + (double)b->read(end);
      char name[80];
      snprintf(name, sizeof name, "pack values, %d bits, %s kept", bits, all ? "all" : "1/8");
      b->time(name, bytes, n, [&] {
        return dp_pack_values(b->stream, COMPONENTS, COLUMNS, &group, 1, words, ranks, x, COLUMNS, scales, book, offsets, packed,
                              2 * FACTOR);
      });
      snprintf(name, sizeof name, "unpack values, %d bits, %s kept", bits, all ? "all" : "1/8");
      b->time(name, bytes, n, [&] {
        return dp_unpack_values(b->stream, COMPONENTS, COLUMNS, &group, 1, words, ranks, packed, 2 * FACTOR, offsets, scales, book,
                                thresholds, gains, out, COLUMNS);
      });
    }
    expect(dp_device_free(thresholds));
  }
  for (int32_t bits : {1, 4, 8}) {
    dp_group group = {COMPONENTS, bits, 0};
    expect(dp_fill(b->stream, survivors, 0, 8 * COMPONENTS));
    std::vector<int64_t> full((size_t)COMPONENTS, COLUMNS);
    expect(dp_copy_to_device(b->stream, survivors, full.data(), 8 * COMPONENTS));
    expect(dp_value_offsets(b->stream, COMPONENTS, &group, 1, survivors, nullptr, 0, offsets, nullptr, end));
    double bytes = (double)b->read(end);
    char name[80];
    snprintf(name, sizeof name, "quantise, %d bits", bits);
    b->time(name, 5 * n, n, [&] { return dp_quantise(b->stream, COMPONENTS, COLUMNS, bits, x, COLUMNS, scales, book, codes); });
    snprintf(name, sizeof name, "dequantise, %d bits", bits);
    b->time(name, 5 * n, n, [&] { return dp_dequantise(b->stream, COMPONENTS, COLUMNS, bits, codes, scales, book, out, COLUMNS); });
    snprintf(name, sizeof name, "pack codes, %d bits", bits);
    b->time(name, n + bytes, n,
            [&] { return dp_pack_codes(b->stream, COMPONENTS, COLUMNS, bits, codes, offsets, packed, 2 * FACTOR); });
    snprintf(name, sizeof name, "unpack codes, %d bits", bits);
    b->time(name, n + bytes, n,
            [&] { return dp_unpack_codes(b->stream, COMPONENTS, COLUMNS, bits, packed, 2 * FACTOR, offsets, codes); });
  }
}

}  // namespace

int main(int count, char **arguments) {
  int threads = 0, runs = 9;
  for (int i = 1; i + 1 < count; i += 2) {
    if (strcmp(arguments[i], "--threads") == 0) threads = atoi(arguments[i + 1]);
    if (strcmp(arguments[i], "--runs") == 0) runs = atoi(arguments[i + 1]);
  }
  runs = std::max(runs, 1);
  int32_t devices;
  if (dp_device_count(&devices) != DP_OK) {
    printf("skipped: %s\n", dp_last_error());
    return 77;
  }
  if (strcmp(dp_flavour(), "host") == 0) expect(dp_host_set_threads(threads));
  dp_device_info info;
  expect(dp_device_get_info(0, &info));
  printf("%s, %d runs", info.name, runs);
  int32_t used, bits;
  if (dp_host_settings(&used, &bits) == DP_OK) printf(", %d threads, vectors of %d bits", (int)used, (int)bits);
  if (info.compute_major > 0) printf(", compute %d.%d, driver %d", (int)info.compute_major, (int)info.compute_minor, (int)info.driver_version);
  printf("\n");
  Bench bench(runs);
  float *values = bench.device(normals(N));
  elements(&bench, values);
  factors(&bench, values);
  expect(dp_device_free(values));
  return 0;
}
