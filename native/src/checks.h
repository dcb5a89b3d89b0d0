/* Checks of arguments. Each names the function and the argument in the text it leaves. */
#ifndef DELTAPRESS_CHECKS_H
#define DELTAPRESS_CHECKS_H

#include "operations.h"
#include "status.h"

namespace dp {

/* The most bytes that any operand may span: what fits an address with room to spare. */
constexpr int64_t MOST_BYTES = INT64_C(1) << 62;

/* An operand of a call: where it lies, and how far it goes. */
struct Operand {
  const char *name;
  const void *at;
  int64_t bytes; /* from its first to behind its last */
};

class Checks {
 public:
  explicit Checks(const char *function) : function_(function) {}

  dp_status stream(const dp_stream *stream) const;

  /* A number of things, at least 0, each of so many bytes. */
  dp_status count(const char *name, int64_t count, int64_t bytes_each) const;
  dp_status range(const char *name, int64_t value, int64_t least, int64_t most) const;
  dp_status type(const char *name, dp_type type) const;
  dp_status not_null(const char *name, const void *pointer) const;

  /* Not null, and a multiple of the alignment. */
  dp_status array(const char *name, const void *pointer, int64_t alignment) const;
  /* The same if not null. */
  dp_status optional(const char *name, const void *pointer, int64_t alignment) const;
  /* A tensor of that type, which in some flavours may lie anywhere. */
  dp_status tensor(const char *name, const void *pointer, dp_type type) const;

  /* Rows of that many floats, stride apart. */
  dp_status rows(const char *name, const void *pointer, int64_t components, int64_t entries, int64_t stride) const;

  dp_status mask(const dp_mask *mask) const;
  /* words and ranks: both or neither. */
  dp_status survivors(const Survivors &kept) const;
  dp_status groups(int64_t components, const dp_group *groups, int32_t group_count, Widths *widths) const;

  /* An output that no other operand reaches into. */
  dp_status apart(const Operand &output, const Operand &other) const;
  /* The same, but it may be that operand exactly. */
  dp_status in_place(const Operand &output, const Operand &input, bool allowed) const;

 private:
  const char *function_;
};

int64_t type_bytes(dp_type type);

/* Bytes from the first to behind the last float of rows. */
inline int64_t row_bytes(int64_t components, int64_t entries, int64_t stride) {
  return ((components - 1) * stride + entries) * (int64_t)sizeof(float);
}

}  // namespace dp

#endif
