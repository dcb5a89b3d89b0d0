/* What the files of the cuSOLVER stand-in share. */
#ifndef STANDINS_CUSOLVER_H
#define STANDINS_CUSOLVER_H

#include "enter.h"
#include "nvidia.h"

struct cusolverDnContext {
  Stream stream;
  int determinism;
};

/* Leaves the function with INVALID_VALUE unless it is so. */
#define REQUIRE(condition) \
  do {                     \
    if (!(condition)) return CUSOLVER_STATUS_INVALID_VALUE; \
  } while (0)

#endif
