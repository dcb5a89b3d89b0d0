#include "checks.h"

#include <inttypes.h>

namespace dp {

int64_t type_bytes(dp_type type) { return type == DP_F32 ? 4 : 2; }

dp_status Checks::stream(const dp_stream *stream) const { return check_stream(function_, stream); }

dp_status Checks::count(const char *name, int64_t count, int64_t bytes_each) const {
  return range(name, count, 0, MOST_BYTES / bytes_each);
}

dp_status Checks::range(const char *name, int64_t value, int64_t least, int64_t most) const {
  if (value >= least && value <= most) return DP_OK;
  return fail(DP_INVALID_ARGUMENT, "%s: %s must be %" PRId64 " to %" PRId64 ", found %" PRId64, function_, name, least, most,
              value);
}

dp_status Checks::type(const char *name, dp_type type) const {
  if (type == DP_F32 || type == DP_F16 || type == DP_BF16) return DP_OK;
  return fail(DP_INVALID_ARGUMENT, "%s: %s must be DP_F32, DP_F16 or DP_BF16, found %" PRId32, function_, name, type);
}

dp_status Checks::not_null(const char *name, const void *pointer) const {
  if (pointer != nullptr) return DP_OK;
  return fail(DP_INVALID_ARGUMENT, "%s: %s is null", function_, name);
}

dp_status Checks::array(const char *name, const void *pointer, int64_t alignment) const {
  DP_TRY(not_null(name, pointer));
  return optional(name, pointer, alignment);
}

dp_status Checks::optional(const char *name, const void *pointer, int64_t alignment) const {
  if ((uintptr_t)pointer % (uintptr_t)alignment == 0) return DP_OK;
  return fail(DP_INVALID_ARGUMENT, "%s: %s must lie at a multiple of %" PRId64 ", found %p", function_, name, alignment, pointer);
}

dp_status Checks::tensor(const char *name, const void *pointer, dp_type type) const {
  return array(name, pointer, any_alignment() ? 1 : type_bytes(type));
}

dp_status Checks::rows(const char *name, const void *pointer, int64_t components, int64_t entries, int64_t stride) const {
  int64_t most = MOST_BYTES / (int64_t)sizeof(float) / components;
  if (stride < entries || stride > most) {
    return fail(DP_INVALID_ARGUMENT, "%s: the stride of %s must be %" PRId64 " to %" PRId64 " floats, found %" PRId64, function_,
                name, entries, most, stride);
  }
  return array(name, pointer, sizeof(float));
}

dp_status Checks::mask(const dp_mask *mask) const {
  DP_TRY(not_null("mask", mask));
  const int64_t components = INT64_C(1) << 32;
  const int64_t entries = INT64_C(1) << 34;
  DP_TRY(range("mask.side", mask->side, DP_SIDE_U, DP_SIDE_V));
  DP_TRY(range("mask.reserved", mask->reserved, 0, 0));
  DP_TRY(range("mask.first_component", mask->first_component, 0, components));
  DP_TRY(range("mask.components", mask->components, 0, components - mask->first_component));
  DP_TRY(range("mask.first_entry", mask->first_entry, 0, entries));
  DP_TRY(range("mask.entries", mask->entries, 0, entries - mask->first_entry));
  if (mask->first_entry % 4 == 0) return DP_OK;
  return fail(DP_INVALID_ARGUMENT, "%s: mask.first_entry must be a multiple of 4, found %" PRId64, function_, mask->first_entry);
}

dp_status Checks::survivors(const Survivors &kept) const {
  DP_TRY(optional("words", kept.words, sizeof *kept.words));
  DP_TRY(optional("ranks", kept.ranks, sizeof *kept.ranks));
  if (kept.words != nullptr) return not_null("ranks, with words given,", kept.ranks);
  if (kept.ranks != nullptr) return not_null("words, with ranks given,", kept.words);
  return DP_OK;
}

dp_status Checks::groups(int64_t components, const dp_group *groups, int32_t group_count, Widths *widths) const {
  DP_TRY(range("group_count", group_count, 0, DP_MAX_GROUPS));
  if (group_count > 0) DP_TRY(not_null("groups", groups));
  int64_t end = 0;
  widths->count = group_count;
  for (int32_t g = 0; g < group_count; ++g) {
    const dp_group &group = groups[g];
    if (group.bits != 16 && (group.bits < 1 || group.bits > 8)) {
      return fail(DP_INVALID_ARGUMENT, "%s: groups[%" PRId32 "].bits must be 1 to 8, or 16, found %" PRId32, function_, g,
                  group.bits);
    }
    if (group.components < 0 || group.components > components - end || group.reserved != 0) {
      return fail(DP_INVALID_ARGUMENT,
                  "%s: groups[%" PRId32 "] must have 0 to %" PRId64 " components and 0 as reserved, found %" PRId64 " and %" PRId32,
                  function_, g, components - end, group.components, group.reserved);
    }
    end += group.components;
    widths->end[g] = end;
    widths->bits[g] = group.bits;
  }
  if (end == components) return DP_OK;
  return fail(DP_INVALID_ARGUMENT, "%s: groups must have %" PRId64 " components together, found %" PRId64, function_, components,
              end);
}

dp_status Checks::apart(const Operand &output, const Operand &other) const { return in_place(output, other, false); }

dp_status Checks::in_place(const Operand &output, const Operand &input, bool allowed) const {
  if (output.at == nullptr || input.at == nullptr || output.bytes == 0 || input.bytes == 0) return DP_OK;
  if (allowed && output.at == input.at) return DP_OK;
  uintptr_t x = (uintptr_t)output.at;
  uintptr_t y = (uintptr_t)input.at;
  bool meet = x < y ? y - x < (uintptr_t)output.bytes : x - y < (uintptr_t)input.bytes;
  if (!meet) return DP_OK;
  return fail(DP_INVALID_ARGUMENT, "%s: %s overlaps %s", function_, output.name, input.name);
}

}  // namespace dp
