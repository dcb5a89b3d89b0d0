/* libcusolverMg: JCusolver's natives need the library, and nothing that we call is in it. */
#include "enter.h"
#include "nvidia.h"

EXPORT cusolverStatus_t cusolverMgCreate(cusolverMgHandle_t *handle) {
  ENTER_WITHOUT_HANDLE();
  if (handle == NULL) return CUSOLVER_STATUS_INVALID_VALUE;
  *handle = book_create(BOOK_HANDLE, 1);
  return CUSOLVER_STATUS_SUCCESS;
}

EXPORT cusolverStatus_t cusolverMgDestroy(cusolverMgHandle_t handle) {
  ENTER(handle);
  book_destroy(handle);
  return CUSOLVER_STATUS_SUCCESS;
}
