#include "status.h"

#include <stdarg.h>
#include <stdio.h>

namespace {
thread_local char last_error[512];
}

namespace dp {

dp_status fail(dp_status status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(last_error, sizeof last_error, format, arguments);
  va_end(arguments);
  return status;
}

}  // namespace dp

const char *dp_last_error(void) { return last_error; }

int32_t dp_abi_version(void) { return DP_ABI_VERSION; }

const char *dp_status_name(dp_status status) {
  switch (status) {
    case DP_OK: return "DP_OK";
    case DP_INVALID_ARGUMENT: return "DP_INVALID_ARGUMENT";
    case DP_OUT_OF_MEMORY: return "DP_OUT_OF_MEMORY";
    case DP_DEVICE_FAILURE: return "DP_DEVICE_FAILURE";
    case DP_UNAVAILABLE: return "DP_UNAVAILABLE";
    default: return "unknown status";
  }
}
