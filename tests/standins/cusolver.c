/* libcusolver: handles and settings. */
#include "cusolver.h"

EXPORT cusolverStatus_t cusolverGetVersion(int *version) {
  ENTER_WITHOUT_HANDLE();
  REQUIRE(version != NULL);
  *version = CUSOLVER_VERSION;
  return CUSOLVER_STATUS_SUCCESS;
}

EXPORT cusolverStatus_t cusolverGetProperty(int property, int *value) {
  ENTER_WITHOUT_HANDLE();
  REQUIRE(version_property(CUSOLVER_VERSION, 1000, property, value));
  return CUSOLVER_STATUS_SUCCESS;
}

EXPORT cusolverStatus_t cusolverDnCreate(cusolverDnHandle_t *handle) {
  ENTER_WITHOUT_HANDLE();
  REQUIRE(handle != NULL);
  *handle = book_create(BOOK_HANDLE, sizeof **handle);
  (*handle)->determinism = CUSOLVER_DETERMINISTIC_RESULTS;
  return CUSOLVER_STATUS_SUCCESS;
}

EXPORT cusolverStatus_t cusolverDnDestroy(cusolverDnHandle_t handle) {
  ENTER(handle);
  book_destroy(handle);
  return CUSOLVER_STATUS_SUCCESS;
}

EXPORT cusolverStatus_t cusolverDnSetStream(cusolverDnHandle_t handle, Stream stream) {
  ENTER(handle);
  handle->stream = stream;
  return CUSOLVER_STATUS_SUCCESS;
}

EXPORT cusolverStatus_t cusolverDnGetStream(cusolverDnHandle_t handle, Stream *stream) {
  ENTER(handle);
  REQUIRE(stream != NULL);
  *stream = handle->stream;
  return CUSOLVER_STATUS_SUCCESS;
}

EXPORT cusolverStatus_t cusolverDnSetDeterministicMode(cusolverDnHandle_t handle, int mode) {
  ENTER(handle);
  REQUIRE(mode == CUSOLVER_DETERMINISTIC_RESULTS || mode == CUSOLVER_ALLOW_NON_DETERMINISTIC_RESULTS);
  handle->determinism = mode;
  return CUSOLVER_STATUS_SUCCESS;
}

EXPORT cusolverStatus_t cusolverDnGetDeterministicMode(cusolverDnHandle_t handle, int *mode) {
  ENTER(handle);
  REQUIRE(mode != NULL);
  *mode = handle->determinism;
  return CUSOLVER_STATUS_SUCCESS;
}
