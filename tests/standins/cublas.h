/* What the files of the cuBLAS stand-in share. */
#ifndef STANDINS_CUBLAS_H
#define STANDINS_CUBLAS_H

#include "enter.h"
#include "nvidia.h"

struct cublasContext {
  Stream stream;
  char *workspace;
  size_t workspace_bytes;
  int math_mode, pointer_mode, atomics_mode;
};

/* Writes to the workspace that the caller gave, as a product on a device would: one freed too early is found by a sanitizer. */
void cublas_touch_workspace(cublasHandle_t handle);

/* Leaves the function with INVALID_VALUE unless it is so. */
#define REQUIRE(condition) \
  do {                     \
    if (!(condition)) return CUBLAS_STATUS_INVALID_VALUE; \
  } while (0)

static inline bool is_operation(int operation) { return operation >= CUBLAS_OP_N && operation <= CUBLAS_OP_C; }

/* A leading dimension for so many rows. */
static inline bool leads(int leading, int rows) { return leading >= (rows > 1 ? rows : 1); }

#endif
