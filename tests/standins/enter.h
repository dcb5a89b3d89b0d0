/* How every function of a library begins. */
#ifndef STANDINS_ENTER_H
#define STANDINS_ENTER_H

#include "bookkeeping.h"

/* Counts the call, and leaves the function if a failure is to be injected. */
#define ENTER_WITHOUT_HANDLE()                                          \
  do {                                                                  \
    int injected_status_;                                               \
    if (book_enter(__func__, &injected_status_)) return injected_status_; \
  } while (0)

/* The same; 1 is NOT_INITIALIZED in all three libraries. */
#define ENTER(handle)                            \
  do {                                           \
    ENTER_WITHOUT_HANDLE();                      \
    if (!book_is(BOOK_HANDLE, handle)) return 1; \
  } while (0)

/* major, minor, patch of a version written as major * 1000 + minor * 100 + patch or major * 10000 + ...; false: no such property. */
static inline bool version_property(int version, int major_unit, int property, int *value) {
  if (value == NULL || property < 0 || property > 2) return false;
  int parts[] = {version / major_unit, version % major_unit / 100, version % 100};
  *value = parts[property];
  return true;
}

#endif
