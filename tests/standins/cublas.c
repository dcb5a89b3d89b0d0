/* libcublas: handles, settings, and products whose types are arguments. */
#include "cublas.h"

#include <stdint.h>
#include <string.h>

enum { WORKSPACE_ALIGNMENT = 256, TOUCHED_BYTES = 64 };

void cublas_touch_workspace(cublasHandle_t handle) {
  size_t bytes = handle->workspace_bytes < TOUCHED_BYTES ? handle->workspace_bytes : TOUCHED_BYTES;
  if (bytes == 0) return;
  memset(handle->workspace, 0xA5, bytes);
  memset(handle->workspace + handle->workspace_bytes - bytes, 0xA5, bytes);
}

EXPORT cublasStatus_t cublasCreate_v2(cublasHandle_t *handle) {
  ENTER_WITHOUT_HANDLE();
  REQUIRE(handle != NULL);
  *handle = book_create(BOOK_HANDLE, sizeof **handle);
  return CUBLAS_STATUS_SUCCESS;
}

EXPORT cublasStatus_t cublasDestroy_v2(cublasHandle_t handle) {
  ENTER(handle);
  book_destroy(handle);
  return CUBLAS_STATUS_SUCCESS;
}

EXPORT cublasStatus_t cublasGetVersion_v2(cublasHandle_t handle, int *version) {
  ENTER(handle);
  REQUIRE(version != NULL);
  *version = CUBLAS_VERSION;
  return CUBLAS_STATUS_SUCCESS;
}

EXPORT cublasStatus_t cublasGetProperty(int property, int *value) {
  ENTER_WITHOUT_HANDLE();
  REQUIRE(version_property(CUBLAS_VERSION, 10000, property, value));
  return CUBLAS_STATUS_SUCCESS;
}

/* Setting a stream also goes back to the library's own workspace. */
EXPORT cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, Stream stream) {
  ENTER(handle);
  handle->stream = stream;
  handle->workspace = NULL;
  handle->workspace_bytes = 0;
  return CUBLAS_STATUS_SUCCESS;
}

EXPORT cublasStatus_t cublasGetStream_v2(cublasHandle_t handle, Stream *stream) {
  ENTER(handle);
  REQUIRE(stream != NULL);
  *stream = handle->stream;
  return CUBLAS_STATUS_SUCCESS;
}

EXPORT cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t handle, void *workspace, size_t bytes) {
  ENTER(handle);
  REQUIRE((uintptr_t)workspace % WORKSPACE_ALIGNMENT == 0);
  handle->workspace = workspace;
  handle->workspace_bytes = workspace != NULL ? bytes : 0;
  if (workspace != NULL) memset(workspace, 0xA5, bytes);
  return CUBLAS_STATUS_SUCCESS;
}

static bool is_math_mode(int mode) {
  int base = mode & ~CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION;
  return base >= CUBLAS_DEFAULT_MATH && base <= CUBLAS_TF32_TENSOR_OP_MATH;
}

EXPORT cublasStatus_t cublasSetMathMode(cublasHandle_t handle, int mode) {
  ENTER(handle);
  REQUIRE(is_math_mode(mode));
  handle->math_mode = mode;
  return CUBLAS_STATUS_SUCCESS;
}

EXPORT cublasStatus_t cublasGetMathMode(cublasHandle_t handle, int *mode) {
  ENTER(handle);
  REQUIRE(mode != NULL);
  *mode = handle->math_mode;
  return CUBLAS_STATUS_SUCCESS;
}

EXPORT cublasStatus_t cublasSetPointerMode_v2(cublasHandle_t handle, int mode) {
  ENTER(handle);
  REQUIRE(mode == CUBLAS_POINTER_MODE_HOST || mode == CUBLAS_POINTER_MODE_DEVICE);
  handle->pointer_mode = mode;
  return CUBLAS_STATUS_SUCCESS;
}

EXPORT cublasStatus_t cublasGetPointerMode_v2(cublasHandle_t handle, int *mode) {
  ENTER(handle);
  REQUIRE(mode != NULL);
  *mode = handle->pointer_mode;
  return CUBLAS_STATUS_SUCCESS;
}

EXPORT cublasStatus_t cublasSetAtomicsMode(cublasHandle_t handle, int mode) {
  ENTER(handle);
  REQUIRE(mode == CUBLAS_ATOMICS_NOT_ALLOWED || mode == CUBLAS_ATOMICS_ALLOWED);
  handle->atomics_mode = mode;
  return CUBLAS_STATUS_SUCCESS;
}

EXPORT cublasStatus_t cublasGetAtomicsMode(cublasHandle_t handle, int *mode) {
  ENTER(handle);
  REQUIRE(mode != NULL);
  *mode = handle->atomics_mode;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t single_checked_product(cublasHandle_t, int, int, int, int, int, const float *, const float *, int, const float *, int,
                                      const float *, float *, int);
cublasStatus_t double_checked_product(cublasHandle_t, int, int, int, int, int, const double *, const double *, int, const double *, int,
                                      const double *, double *, int);

EXPORT cublasStatus_t cublasGemmEx(cublasHandle_t handle, int transa, int transb, int m, int n, int k, const void *alpha, const void *a,
                                   int a_type, int lda, const void *b, int b_type, int ldb, const void *beta, void *c, int c_type, int ldc,
                                   int compute, int algorithm) {
  ENTER(handle);
  (void)algorithm; /* a hint */
  if (a_type != b_type || a_type != c_type) return CUBLAS_STATUS_NOT_SUPPORTED;
  bool single = compute == CUBLAS_COMPUTE_32F || compute == CUBLAS_COMPUTE_32F_PEDANTIC || compute == CUBLAS_COMPUTE_32F_FAST_TF32;
  if (single && a_type == CUDA_R_32F) {
    return single_checked_product(handle, transa, transb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  }
  if ((compute == CUBLAS_COMPUTE_64F || compute == CUBLAS_COMPUTE_64F_PEDANTIC) && a_type == CUDA_R_64F) {
    return double_checked_product(handle, transa, transb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  }
  return CUBLAS_STATUS_NOT_SUPPORTED;
}
