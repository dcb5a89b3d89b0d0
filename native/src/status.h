/* Status codes with a text for each thread. */
#ifndef DELTAPRESS_STATUS_H
#define DELTAPRESS_STATUS_H

#include "deltapress.h"

namespace dp {

/* Keeps the text for dp_last_error and returns the status. printf's format. */
dp_status fail(dp_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

}  // namespace dp

/* Leaves the function with the status of a step that failed. */
#define DP_TRY(step)                        \
  do {                                      \
    dp_status dp_try_status_ = (step);      \
    if (dp_try_status_ != DP_OK) return dp_try_status_; \
  } while (0)

#endif
