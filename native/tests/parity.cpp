/*
 * Runs the operations of a vector file through the C interface and compares outputs byte by byte. usage: parity FILE
 * Exits with 77, which CTest shows as skipped, where the library has no device.
 */
#include <algorithm>
#include <map>

#include "deltapress.h"
#include "vector_file.h"

namespace {

const int64_t GUARD = 64;
const uint8_t FILL = 0xA5;

bool host() { return strcmp(dp_flavour(), "host") == 0; }

void expect(dp_status status, const char *what) {
  if (status == DP_OK) return;
  fprintf(stderr, "%s: %s: %s\n", what, dp_status_name(status), dp_last_error());
  exit(1);
}

/* An array in device memory, between guards. */
class DeviceArray {
 public:
  DeviceArray(dp_stream *stream, const Array &array, int64_t shift)
      : array_(array), size_((int64_t)array.bytes.size()), start_(GUARD + shift), host_((size_t)(size_ + start_ + GUARD), FILL) {
    if (array.kind == INPUT && size_ > 0) memcpy(&host_[(size_t)start_], array.bytes.data(), (size_t)size_);
    expect(dp_device_alloc(0, (int64_t)host_.size(), &memory_), "alloc");
    expect(dp_copy_to_device(stream, memory_, host_.data(), (int64_t)host_.size()), "copy");
    expect(dp_stream_sync(stream), "sync");
  }
  DeviceArray(const DeviceArray &) = delete;
  ~DeviceArray() { dp_device_free(memory_); }

  void *at() const { return size_ == 0 ? nullptr : (char *)memory_ + start_; }
  template <class T>
  T *as() const {
    return (T *)at();
  }
  int64_t size() const { return size_; }

  /* Empty if outputs are as expected and nothing else was touched. */
  std::string difference(dp_stream *stream) {
    std::vector<uint8_t> found(host_.size());
    expect(dp_copy_to_host(stream, found.data(), memory_, (int64_t)found.size()), "copy");
    expect(dp_stream_sync(stream), "sync");
    if (array_.kind == EXPECTED) std::copy(array_.bytes.begin(), array_.bytes.end(), host_.begin() + start_);
    for (int64_t i = 0; i < (int64_t)host_.size(); ++i) {
      if (host_[(size_t)i] == found[(size_t)i]) continue;
      int64_t width = element_bytes(array_.element);
      int64_t element = (i - start_) / width;
      if (i < start_ || i >= start_ + size_) return "bytes outside were touched";
      if (nan(&host_[(size_t)(start_ + element * width)]) && nan(&found[(size_t)(start_ + element * width)])) continue;
      char text[200];
      snprintf(text, sizeof text, "element %lld: expected %s, found %s", (long long)element,
               hex(&host_[(size_t)(start_ + element * width)], width).c_str(),
               hex(&found[(size_t)(start_ + element * width)], width).c_str());
      return text;
    }
    return "";
  }

 private:
  bool nan(const uint8_t *at) const {
    uint64_t bits = 0;
    memcpy(&bits, at, (size_t)element_bytes(array_.element));
    switch (array_.element) {
      case F32: return (bits & 0x7FFFFFFF) > 0x7F800000;
      case F64: return (bits & 0x7FFFFFFFFFFFFFFF) > 0x7FF0000000000000;
      case F16: return (bits & 0x7FFF) > 0x7C00;
      case BF16: return (bits & 0x7FFF) > 0x7F80;
      default: return false;
    }
  }

  static std::string hex(const uint8_t *bytes, int64_t count) {
    std::string text;
    char two[3];
    for (int64_t i = count - 1; i >= 0; --i) {
      snprintf(two, sizeof two, "%02x", bytes[i]);
      text += two;
    }
    return text;
  }

  const Array &array_;
  int64_t size_;
  int64_t start_;
  std::vector<uint8_t> host_;
  void *memory_ = nullptr;
};

struct Call {
  dp_stream *stream;
  const std::vector<int64_t> &p;
  std::vector<DeviceArray *> a;

  template <class T>
  T *array(size_t i) const {
    return a[i]->as<T>();
  }
  dp_type type(size_t i) const { return (dp_type)p[i]; }
  int32_t bits() const { return (int32_t)p[2]; }

  dp_mask mask() const {
    return {(uint32_t)p[0], (uint32_t)p[1], (uint32_t)p[2], 0, p[3], p[4], p[5], p[6]};
  }
  std::vector<dp_group> groups(size_t from) const {
    std::vector<dp_group> all;
    for (size_t i = from; i + 1 < p.size(); i += 2) all.push_back({p[i], (int32_t)p[i + 1], 0});
    return all;
  }
};

typedef dp_status (*Operation)(const Call &);

const std::map<std::string, Operation> OPERATIONS = {
    {"subtract",
     [](const Call &c) {
       return dp_subtract(c.stream, c.p[0], c.array<void>(0), c.type(1), c.array<void>(1), c.type(2), c.array<float>(2),
                          c.array<int64_t>(3));
     }},
    {"add",
     [](const Call &c) {
       return dp_add(c.stream, c.p[0], c.array<void>(0), c.type(1), c.array<float>(1), c.array<void>(2), c.type(2),
                     c.array<int64_t>(3));
     }},
    {"error_sums",
     [](const Call &c) {
       void *workspace;
       expect(dp_device_alloc(0, 3 * DP_STRIPES * 8 * ((c.p[0] + DP_PIECE - 1) / DP_PIECE), &workspace), "alloc");
       dp_status status = dp_error_sums(c.stream, c.p[0], c.array<float>(0), c.array<float>(1), c.array<void>(2), c.type(1),
                                        c.array<void>(3), c.type(2), (double *)workspace, c.array<double>(4));
       expect(dp_stream_sync(c.stream), "sync");
       expect(dp_device_free(workspace), "free");
       return status;
     }},
    {"widen", [](const Call &c) { return dp_widen(c.stream, c.p[0], c.array<float>(0), c.array<double>(1)); }},
    {"narrow", [](const Call &c) { return dp_narrow(c.stream, c.p[0], c.array<double>(0), c.array<float>(1)); }},
    {"orient",
     [](const Call &c) {
       return dp_orient(c.stream, c.p[0], c.p[1], c.array<float>(0), c.p[2], c.array<float>(1), c.array<float>(2),
                        c.array<float>(3));
     }},
    {"mask_draw",
     [](const Call &c) {
       dp_mask mask = c.mask();
       return dp_mask_draw(c.stream, &mask, c.array<uint32_t>(0), c.array<uint32_t>(1), c.array<int64_t>(2), c.array<int64_t>(3));
     }},
    {"mask_rescale",
     [](const Call &c) {
       dp_mask mask = c.mask();
       return dp_mask_rescale(c.stream, &mask, c.array<uint32_t>(0), c.array<float>(1), c.p[7], c.array<float>(2), c.p[8],
                              c.array<int64_t>(3));
     }},
    {"component_scales",
     [](const Call &c) {
       return dp_component_scales(c.stream, c.p[0], c.p[1], c.array<uint32_t>(0), c.array<float>(1), c.p[2], c.array<float>(2),
                                  c.array<double>(3));
     }},
    {"quantise",
     [](const Call &c) {
       return dp_quantise(c.stream, c.p[0], c.p[1], c.bits(), c.array<float>(0), c.p[3], c.array<float>(1), c.array<float>(2),
                          c.array<uint8_t>(3));
     }},
    {"dequantise",
     [](const Call &c) {
       return dp_dequantise(c.stream, c.p[0], c.p[1], c.bits(), c.array<uint8_t>(0), c.array<float>(1), c.array<float>(2),
                            c.array<float>(3), c.p[3]);
     }},
    {"pack_codes",
     [](const Call &c) {
       return dp_pack_codes(c.stream, c.p[0], c.p[1], c.bits(), c.array<uint8_t>(0), c.array<int64_t>(1), c.array<uint8_t>(2),
                            c.a[2]->size());
     }},
    {"unpack_codes",
     [](const Call &c) {
       return dp_unpack_codes(c.stream, c.p[0], c.p[1], c.bits(), c.array<uint8_t>(0), c.a[0]->size(), c.array<int64_t>(1),
                              c.array<uint8_t>(2));
     }},
    {"value_offsets",
     [](const Call &c) {
       std::vector<dp_group> groups = c.groups(2);
       return dp_value_offsets(c.stream, c.p[0], groups.data(), (int32_t)groups.size(), c.array<int64_t>(0), c.array<int64_t>(1),
                               c.p[1], c.array<int64_t>(2), c.array<int64_t>(3), c.array<int64_t>(4));
     }},
    {"pack_values",
     [](const Call &c) {
       std::vector<dp_group> groups = c.groups(3);
       return dp_pack_values(c.stream, c.p[0], c.p[1], groups.data(), (int32_t)groups.size(), c.array<uint32_t>(0),
                             c.array<int64_t>(1), c.array<float>(2), c.p[2], c.array<float>(3), c.array<float>(4),
                             c.array<int64_t>(5), c.array<uint8_t>(6), c.a[6]->size());
     }},
    {"restore",
     [](const Call &c) {
       return dp_restore(c.stream, c.p[0], c.p[1], c.p[2], c.array<float>(0), c.p[3], c.array<float>(1), c.p[4], c.array<void>(2),
                         c.type(5), c.array<void>(3), c.type(6), c.array<int64_t>(4));
     }},
    {"sparse_rows",
     [](const Call &c) {
       return dp_sparse_rows(c.stream, c.p[0], c.p[1], c.array<uint32_t>(0), c.array<int64_t>(1), c.array<float>(2), c.p[2],
                             (int32_t)c.p[3], c.array<int32_t>(3), c.array<int32_t>(4), c.array<float>(5));
     }},
    {"unpack_values",
     [](const Call &c) {
       std::vector<dp_group> groups = c.groups(3);
       return dp_unpack_values(c.stream, c.p[0], c.p[1], groups.data(), (int32_t)groups.size(), c.array<uint32_t>(0),
                               c.array<int64_t>(1), c.array<uint8_t>(2), c.a[2]->size(), c.array<int64_t>(3), c.array<float>(4),
                               c.array<float>(5), c.array<uint32_t>(6), c.array<double>(7), c.array<float>(8), c.p[2]);
     }},
};

/* How far arrays lie from an aligned address: where the contract allows it, by a single byte. */
int64_t shift_of(const Record &record, const Array &array, bool shifted) {
  if (!shifted) return 0;
  bool typed = record.name == "subtract" || record.name == "add" || record.name == "error_sums";
  if (host() && typed && (array.element == F16 || array.element == BF16)) return 1;
  return element_bytes(array.element);
}

/* Whether all outputs of the record are as expected. */
bool run(dp_stream *stream, const Record &record, int64_t number, bool shifted, const char *setting) {
  auto operation = OPERATIONS.find(record.name);
  if (operation == OPERATIONS.end()) {
    fprintf(stderr, "record %lld: no operation '%s'\n", (long long)number, record.name.c_str());
    return false;
  }
  std::vector<DeviceArray *> arrays;
  for (const Array &array : record.arrays) arrays.push_back(new DeviceArray(stream, array, shift_of(record, array, shifted)));
  expect(operation->second({stream, record.parameters, arrays}), record.name.c_str());
  bool good = true;
  for (size_t i = 0; i < arrays.size(); ++i) {
    std::string difference = arrays[i]->difference(stream);
    delete arrays[i];
    if (difference.empty()) continue;
    good = false;
    fprintf(stderr, "record %lld, %s(", (long long)number, record.name.c_str());
    for (int64_t p : record.parameters) fprintf(stderr, " %lld", (long long)p);
    fprintf(stderr, " ), array %d, %s: %s\n", (int)i, setting, difference.c_str());
  }
  return good;
}

/* All records with these settings. */
int64_t run_all(dp_stream *stream, const std::vector<Record> &records, bool shifted, const char *setting) {
  int64_t failures = 0;
  for (size_t i = 0; i < records.size() && failures < 10; ++i) failures += !run(stream, records[i], (int64_t)i, shifted, setting);
  printf("%zu records, %s: %s\n", records.size(), setting, failures == 0 ? "equal" : "DIFFERENT");
  return failures;
}

}  // namespace

int main(int count, char **arguments) {
  std::vector<Record> records;
  VectorReader reader(count > 1 ? arguments[1] : "");
  for (Record record; reader.read(&record);) records.push_back(record);
  if (!reader.good() || records.empty()) {
    fprintf(stderr, "usage: parity FILE; no whole vector file: %s\n", count > 1 ? arguments[1] : "");
    return 2;
  }
  int32_t devices;
  if (dp_device_count(&devices) != DP_OK) {
    printf("skipped: %s\n", dp_last_error());
    return 77;
  }
  dp_stream *stream;
  expect(dp_stream_create(0, &stream), "stream");
  int64_t failures = 0;
  if (!host()) {
    failures += run_all(stream, records, false, "aligned");
    failures += run_all(stream, records, true, "not aligned");
  }
  for (int32_t bits : {128, 256, 512}) {
    if (!host()) break;
    if (dp_host_set_vector_bits(bits) != DP_OK) {
      printf("not run: %s\n", dp_last_error());
      continue;
    }
    for (int32_t threads : {1, 2, 3, 7}) {
      expect(dp_host_set_threads(threads), "threads");
      char setting[80];
      snprintf(setting, sizeof setting, "%d bits, %d threads, %saligned", bits, threads, threads % 2 == 1 ? "not " : "");
      failures += run_all(stream, records, threads % 2 == 1, setting);
    }
  }
  expect(dp_stream_destroy(stream), "destroy");
  return failures == 0 ? 0 : 1;
}
