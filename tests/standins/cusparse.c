/* libcusparse: handles. */
#include "enter.h"
#include "nvidia.h"

struct cusparseContext {
  Stream stream;
};

/* Leaves the function with INVALID_VALUE unless it is so. */
#define REQUIRE(condition) \
  do {                     \
    if (!(condition)) return CUSPARSE_STATUS_INVALID_VALUE; \
  } while (0)

EXPORT cusparseStatus_t cusparseCreate(cusparseHandle_t *handle) {
  ENTER_WITHOUT_HANDLE();
  REQUIRE(handle != NULL);
  *handle = book_create_handle(sizeof **handle);
  return CUSPARSE_STATUS_SUCCESS;
}

EXPORT cusparseStatus_t cusparseDestroy(cusparseHandle_t handle) {
  ENTER(handle);
  book_destroy_handle(handle);
  return CUSPARSE_STATUS_SUCCESS;
}

EXPORT cusparseStatus_t cusparseSetStream(cusparseHandle_t handle, Stream stream) {
  ENTER(handle);
  handle->stream = stream;
  return CUSPARSE_STATUS_SUCCESS;
}

EXPORT cusparseStatus_t cusparseGetStream(cusparseHandle_t handle, Stream *stream) {
  ENTER(handle);
  REQUIRE(stream != NULL);
  *stream = handle->stream;
  return CUSPARSE_STATUS_SUCCESS;
}

EXPORT cusparseStatus_t cusparseGetVersion(cusparseHandle_t handle, int *version) {
  ENTER(handle);
  REQUIRE(version != NULL);
  *version = CUSPARSE_VERSION;
  return CUSPARSE_STATUS_SUCCESS;
}

EXPORT cusparseStatus_t cusparseGetProperty(int property, int *value) {
  ENTER_WITHOUT_HANDLE();
  REQUIRE(version_property(CUSPARSE_VERSION, 1000, property, value));
  return CUSPARSE_STATUS_SUCCESS;
}
