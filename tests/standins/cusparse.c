/* libcusparse: handles, and the product of a sparse and a dense matrix. */
#include "enter.h"
#include "nvidia.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

struct cusparseContext {
  Stream stream;
};

/* CSR: row i has the elements offsets[i] to offsets[i + 1] of the other two arrays. */
struct cusparseSpMatDescr {
  int64_t rows, columns, nonzeros;
  const int32_t *offsets, *indices;
  const float *values;
};

/* Element (i, j) is at[i * down + j * right]. */
struct cusparseDnMatDescr {
  int64_t rows, columns, down, right;
  float *at;
};

/* Leaves the function with INVALID_VALUE unless it is so. */
#define REQUIRE(condition) \
  do {                     \
    if (!(condition)) return CUSPARSE_STATUS_INVALID_VALUE; \
  } while (0)

EXPORT cusparseStatus_t cusparseCreate(cusparseHandle_t *handle) {
  ENTER_WITHOUT_HANDLE();
  REQUIRE(handle != NULL);
  *handle = book_create(BOOK_HANDLE, sizeof **handle);
  return CUSPARSE_STATUS_SUCCESS;
}

EXPORT cusparseStatus_t cusparseDestroy(cusparseHandle_t handle) {
  ENTER(handle);
  book_destroy(handle);
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

/* Sizes that 32-bit indices can tell. */
static bool are_sizes(int64_t rows, int64_t columns, int64_t nonzeros) {
  return rows >= 0 && rows <= INT32_MAX && columns >= 0 && columns <= INT32_MAX && nonzeros >= 0 && nonzeros <= INT32_MAX &&
         nonzeros <= rows * columns;
}

EXPORT cusparseStatus_t cusparseCreateCsr(cusparseSpMatDescr_t *matrix, int64_t rows, int64_t columns, int64_t nonzeros, void *offsets,
                                          void *indices, void *values, int offsets_type, int indices_type, int base, int type) {
  ENTER_WITHOUT_HANDLE();
  REQUIRE(matrix != NULL);
  if (offsets_type != CUSPARSE_INDEX_32I || indices_type != CUSPARSE_INDEX_32I) return CUSPARSE_STATUS_NOT_SUPPORTED;
  if (base != CUSPARSE_INDEX_BASE_ZERO || type != CUDA_R_32F) return CUSPARSE_STATUS_NOT_SUPPORTED;
  REQUIRE(are_sizes(rows, columns, nonzeros) && offsets != NULL);
  REQUIRE(nonzeros == 0 || (indices != NULL && values != NULL));
  *matrix = book_create(BOOK_SPARSE_MATRIX, sizeof **matrix);
  **matrix = (struct cusparseSpMatDescr){rows, columns, nonzeros, offsets, indices, values};
  return CUSPARSE_STATUS_SUCCESS;
}

EXPORT cusparseStatus_t cusparseDestroySpMat(cusparseConstSpMatDescr_t matrix) {
  ENTER_WITHOUT_HANDLE();
  REQUIRE(book_is(BOOK_SPARSE_MATRIX, matrix));
  book_destroy((void *)matrix);
  return CUSPARSE_STATUS_SUCCESS;
}

EXPORT cusparseStatus_t cusparseCreateDnMat(cusparseDnMatDescr_t *matrix, int64_t rows, int64_t columns, int64_t leading, void *values, int type,
                                            int order) {
  ENTER_WITHOUT_HANDLE();
  REQUIRE(matrix != NULL);
  if (type != CUDA_R_32F || (order != CUSPARSE_ORDER_COL && order != CUSPARSE_ORDER_ROW)) return CUSPARSE_STATUS_NOT_SUPPORTED;
  bool by_rows = order == CUSPARSE_ORDER_ROW;
  REQUIRE(rows >= 0 && columns >= 0 && leading >= (by_rows ? columns : rows));
  REQUIRE(values != NULL || rows == 0 || columns == 0);
  *matrix = book_create(BOOK_DENSE_MATRIX, sizeof **matrix);
  **matrix = (struct cusparseDnMatDescr){rows, columns, by_rows ? leading : 1, by_rows ? 1 : leading, values};
  return CUSPARSE_STATUS_SUCCESS;
}

EXPORT cusparseStatus_t cusparseDestroyDnMat(cusparseConstDnMatDescr_t matrix) {
  ENTER_WITHOUT_HANDLE();
  REQUIRE(book_is(BOOK_DENSE_MATRIX, matrix));
  book_destroy((void *)matrix);
  return CUSPARSE_STATUS_SUCCESS;
}

static bool is_csr_algorithm(int algorithm) {
  return algorithm == CUSPARSE_SPMM_ALG_DEFAULT || algorithm == CUSPARSE_SPMM_CSR_ALG1 || algorithm == CUSPARSE_SPMM_CSR_ALG2 ||
         algorithm == CUSPARSE_SPMM_CSR_ALG3;
}

static cusparseStatus_t check_product(int opa, int opb, const void *alpha, cusparseConstSpMatDescr_t a, cusparseConstDnMatDescr_t b,
                                      const void *beta, cusparseConstDnMatDescr_t c, int compute, int algorithm) {
  REQUIRE(book_is(BOOK_SPARSE_MATRIX, a) && book_is(BOOK_DENSE_MATRIX, b) && book_is(BOOK_DENSE_MATRIX, c));
  REQUIRE(alpha != NULL && beta != NULL);
  if (opa != CUSPARSE_OPERATION_NON_TRANSPOSE || opb != CUSPARSE_OPERATION_NON_TRANSPOSE) return CUSPARSE_STATUS_NOT_SUPPORTED;
  if (compute != CUDA_R_32F || !is_csr_algorithm(algorithm)) return CUSPARSE_STATUS_NOT_SUPPORTED;
  REQUIRE(a->columns == b->rows && a->rows == c->rows && b->columns == c->columns);
  return CUSPARSE_STATUS_SUCCESS;
}

/* A row's sums and one more: never 0, so that nobody goes without. */
static size_t workspace_bytes(cusparseConstDnMatDescr_t c) { return sizeof(float) * ((size_t)c->columns + 1); }

EXPORT cusparseStatus_t cusparseSpMM_bufferSize(cusparseHandle_t handle, int opa, int opb, const void *alpha, cusparseConstSpMatDescr_t a,
                                                cusparseConstDnMatDescr_t b, const void *beta, cusparseDnMatDescr_t c, int compute,
                                                int algorithm, size_t *bytes) {
  ENTER(handle);
  REQUIRE(bytes != NULL);
  cusparseStatus_t status = check_product(opa, opb, alpha, a, b, beta, c, compute, algorithm);
  if (status == CUSPARSE_STATUS_SUCCESS) *bytes = workspace_bytes(c);
  return status;
}

/* Otherwise a GPU would read outside the arrays. */
static bool stays_inside(cusparseConstSpMatDescr_t a) {
  if (a->offsets[0] != 0 || a->offsets[a->rows] != a->nonzeros) return false;
  for (int64_t i = 0; i < a->rows; i++) {
    if (a->offsets[i] > a->offsets[i + 1]) return false;
  }
  for (int64_t p = 0; p < a->nonzeros; p++) {
    if (a->indices[p] < 0 || a->indices[p] >= a->columns) return false;
  }
  return true;
}

/* NaN in an output that must not be read. */
static void poison(cusparseDnMatDescr_t c) {
  for (int64_t i = 0; i < c->rows; i++) {
    for (int64_t j = 0; j < c->columns; j++) c->at[i * c->down + j * c->right] = NAN;
  }
}

static void add_multiple(int64_t n, float factor, const float *x, int64_t stride, float *y) {
  for (int64_t j = 0; j < n; j++) y[j] += factor * x[j * stride];
}

/* Row i of C = alpha A B + beta C. C is not read when beta is 0. */
static void multiply_row(int64_t i, float alpha, cusparseConstSpMatDescr_t a, cusparseConstDnMatDescr_t b, float beta,
                         cusparseDnMatDescr_t c, float *sums) {
  for (int64_t j = 0; j < c->columns; j++) sums[j] = 0;
  for (int64_t p = a->offsets[i]; p < a->offsets[i + 1]; p++) {
    add_multiple(c->columns, a->values[p], b->at + a->indices[p] * b->down, b->right, sums);
  }
  for (int64_t j = 0; j < c->columns; j++) {
    float *element = c->at + i * c->down + j * c->right;
    *element = alpha * sums[j] + (beta == 0 ? 0 : beta * *element);
  }
}

EXPORT cusparseStatus_t cusparseSpMM(cusparseHandle_t handle, int opa, int opb, const void *alpha, cusparseConstSpMatDescr_t a,
                                     cusparseConstDnMatDescr_t b, const void *beta, cusparseDnMatDescr_t c, int compute, int algorithm,
                                     void *workspace) {
  ENTER(handle);
  cusparseStatus_t status = check_product(opa, opb, alpha, a, b, beta, c, compute, algorithm);
  if (status != CUSPARSE_STATUS_SUCCESS) return status;
  REQUIRE(workspace != NULL);
  if (!stays_inside(a)) return CUSPARSE_STATUS_EXECUTION_FAILED;
  memset(workspace, 0xA5, workspace_bytes(c));
  float factor = *(const float *)alpha, kept = *(const float *)beta;
  if (kept == 0 && book_strict()) poison(c);
  for (int64_t i = 0; i < a->rows && c->columns > 0; i++) multiply_row(i, factor, a, b, kept, c, workspace);
  return CUSPARSE_STATUS_SUCCESS;
}
