/* Vector files: see README.md. */
#ifndef DELTAPRESS_VECTOR_FILE_H
#define DELTAPRESS_VECTOR_FILE_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <string>
#include <vector>

enum Kind : uint32_t { INPUT = 0, EXPECTED = 1 };
enum Element : uint32_t { U8 = 0, U32 = 1, I64 = 2, F32 = 3, F64 = 4, F16 = 5, BF16 = 6 };

inline int64_t element_bytes(uint32_t element) {
  static const int64_t bytes[] = {1, 4, 8, 4, 8, 2, 2};
  return element < 7 ? bytes[element] : 1;
}

struct Array {
  uint32_t kind;
  uint32_t element;
  std::vector<uint8_t> bytes;
};

struct Record {
  std::string name;
  std::vector<int64_t> parameters;
  std::vector<Array> arrays;
};

class VectorWriter {
 public:
  explicit VectorWriter(const char *path) : file_(fopen(path, "wb")) {
    if (file_ == nullptr) return;
    raw("DPVECTOR", 8);
    word(1);
  }

  bool close() {
    bool good = file_ != nullptr && good_;
    if (file_ != nullptr && fclose(file_) != 0) good = false;
    file_ = nullptr;
    return good;
  }

  void write(const Record &record) {
    word((uint32_t)record.name.size());
    raw(record.name.data(), record.name.size());
    word((uint32_t)record.parameters.size());
    raw(record.parameters.data(), record.parameters.size() * 8);
    word((uint32_t)record.arrays.size());
    for (const Array &array : record.arrays) {
      word(array.kind);
      word(array.element);
      uint64_t size = array.bytes.size();
      raw(&size, 8);
      raw(array.bytes.data(), size);
    }
  }

 private:
  void word(uint32_t value) { raw(&value, 4); }
  void raw(const void *bytes, size_t count) {
    if (file_ == nullptr || (count > 0 && fwrite(bytes, 1, count, file_) != count)) good_ = false;
  }

  FILE *file_;
  bool good_ = true;
};

/* Reads one record after the other; a file that is cut or not one is an error. */
class VectorReader {
 public:
  explicit VectorReader(const char *path) : file_(fopen(path, "rb")) {
    char magic[8];
    uint32_t version = 0;
    good_ = file_ != nullptr && fread(magic, 1, 8, file_) == 8 && memcmp(magic, "DPVECTOR", 8) == 0 &&
            fread(&version, 4, 1, file_) == 1 && version == 1;
  }
  ~VectorReader() {
    if (file_ != nullptr) fclose(file_);
  }

  bool good() const { return good_; }

  /* False at the end of the file, or where it is broken: then good() is false too. */
  bool read(Record *record) {
    if (!good_) return false;
    uint32_t length;
    if (fread(&length, 4, 1, file_) != 1) return false;
    *record = Record();
    record->name.resize(length < 64 ? length : 0);
    raw(&record->name[0], record->name.size());
    uint32_t count = word();
    for (uint32_t i = 0; i < count && good_; ++i) record->parameters.push_back((int64_t)wide());
    count = word();
    for (uint32_t i = 0; i < count && good_; ++i) {
      Array array{word(), word(), {}};
      uint64_t size = wide();
      if (size > (1u << 30)) good_ = false;
      if (good_) array.bytes.resize(size);
      raw(array.bytes.data(), array.bytes.size());
      record->arrays.push_back(std::move(array));
    }
    return good_;
  }

 private:
  uint32_t word() {
    uint32_t value = 0;
    raw(&value, 4);
    return value;
  }
  uint64_t wide() {
    uint64_t value = 0;
    raw(&value, 8);
    return value;
  }
  void raw(void *bytes, size_t count) {
    if (good_ && count > 0 && fread(bytes, 1, count, file_) != count) good_ = false;
  }

  FILE *file_;
  bool good_;
};

#endif
