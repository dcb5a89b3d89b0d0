/* The functions of cuSPARSE that multiply. Included by test_standins.c. */
cusparseStatus_t cusparseCreateCsr(cusparseSpMatDescr_t *, int64_t, int64_t, int64_t, void *, void *, void *, int, int, int, int);
cusparseStatus_t cusparseDestroySpMat(cusparseConstSpMatDescr_t);
cusparseStatus_t cusparseCreateDnMat(cusparseDnMatDescr_t *, int64_t, int64_t, int64_t, void *, int, int);
cusparseStatus_t cusparseDestroyDnMat(cusparseConstDnMatDescr_t);
cusparseStatus_t cusparseSpMM_bufferSize(cusparseHandle_t, int, int, const void *, cusparseConstSpMatDescr_t, cusparseConstDnMatDescr_t,
                                         const void *, cusparseDnMatDescr_t, int, int, size_t *);
cusparseStatus_t cusparseSpMM(cusparseHandle_t, int, int, const void *, cusparseConstSpMatDescr_t, cusparseConstDnMatDescr_t, const void *,
                              cusparseDnMatDescr_t, int, int, void *);

static cusparseHandle_t sparse_handle;

static const int ORDERS[] = {CUSPARSE_ORDER_COL, CUSPARSE_ORDER_ROW};
static const int ALGORITHMS[] = {CUSPARSE_SPMM_ALG_DEFAULT, CUSPARSE_SPMM_CSR_ALG1, CUSPARSE_SPMM_CSR_ALG2, CUSPARSE_SPMM_CSR_ALG3};

/* A dense matrix in either order, with a margin behind each line. */
typedef struct {
  int rows, columns, leading, order;
  float *at;
  cusparseDnMatDescr_t descriptor;
} Dense;

static size_t dense_elements(Dense m) { return (size_t)m.leading * (m.order == CUSPARSE_ORDER_ROW ? m.rows : m.columns); }

static float *dense_at(Dense m, int i, int j) {
  return m.order == CUSPARSE_ORDER_ROW ? m.at + (size_t)i * m.leading + j : m.at + i + (size_t)j * m.leading;
}

/* Random numbers, with NaN in the margin. */
static Dense random_dense(int rows, int columns, int margin, int order) {
  Dense m = {rows, columns, (order == CUSPARSE_ORDER_ROW ? columns : rows) + margin, order, NULL, NULL};
  m.at = malloc(sizeof(float) * (dense_elements(m) + 1));
  for (size_t i = 0; i < dense_elements(m); i++) m.at[i] = NAN;
  for (int i = 0; i < rows; i++) {
    for (int j = 0; j < columns; j++) *dense_at(m, i, j) = (float)random_number();
  }
  CHECK(cusparseCreateDnMat(&m.descriptor, rows, columns, m.leading, m.at, CUDA_R_32F, order) == 0, "dense");
  return m;
}

static void fill_dense(Dense m, float value) {
  for (int i = 0; i < m.rows; i++) {
    for (int j = 0; j < m.columns; j++) *dense_at(m, i, j) = value;
  }
}

static void free_dense(Dense m) {
  CHECK(cusparseDestroyDnMat(m.descriptor) == 0, "dense");
  free(m.at);
}

/* A sparse matrix, and the same with its zeros, by rows. */
typedef struct {
  int rows, columns, nonzeros;
  int32_t *offsets, *indices;
  float *values, *full;
  cusparseSpMatDescr_t descriptor;
} Sparse;

/* About half of the elements, but rows 0, 3, 6, ... are empty. */
static Sparse random_sparse(int rows, int columns) {
  size_t elements = (size_t)rows * columns;
  Sparse m = {rows, columns, 0, malloc(sizeof(int32_t) * (rows + 1)), malloc(sizeof(int32_t) * (elements + 1)),
              malloc(sizeof(float) * (elements + 1)), calloc(elements + 1, sizeof(float)), NULL};
  m.offsets[0] = 0;
  for (int i = 0; i < rows; i++) {
    for (int j = 0; j < columns && i % 3 != 0; j++) {
      if (random_number() < 0) continue;
      m.indices[m.nonzeros] = j;
      m.values[m.nonzeros] = (float)random_number();
      m.full[(size_t)i * columns + j] = m.values[m.nonzeros++];
    }
    m.offsets[i + 1] = m.nonzeros;
  }
  CHECK(cusparseCreateCsr(&m.descriptor, rows, columns, m.nonzeros, m.offsets, m.indices, m.values, CUSPARSE_INDEX_32I, CUSPARSE_INDEX_32I,
                          CUSPARSE_INDEX_BASE_ZERO, CUDA_R_32F) == 0, "sparse");
  return m;
}

static void free_sparse(Sparse m) {
  CHECK(cusparseDestroySpMat(m.descriptor) == 0, "sparse");
  free(m.offsets), free(m.indices), free(m.values), free(m.full);
}

/* C = alpha A B + beta C by definition. */
static int is_sparse_product(double alpha, Sparse a, Dense b, double beta, Dense before, Dense c) {
  for (int i = 0; i < c.rows; i++) {
    for (int j = 0; j < c.columns; j++) {
      double sum = 0, size = 1;
      for (int p = 0; p < a.columns; p++) {
        double term = (double)a.full[(size_t)i * a.columns + p] * *dense_at(b, p, j);
        sum += alpha * term;
        size += fabs(term);
      }
      if (beta != 0) sum += beta * *dense_at(before, i, j);
      if (!(fabs(*dense_at(c, i, j) - sum) <= (a.columns + 4) * 1.2e-7 * size)) return 0;
    }
  }
  return 1;
}

/* Nothing was written behind the lines. */
static int dense_margin_is_kept(Dense m) {
  int line = m.order == CUSPARSE_ORDER_ROW ? m.columns : m.rows;
  for (size_t i = 0; i < dense_elements(m); i++) {
    if ((int)(i % (size_t)m.leading) >= line && !isnan(m.at[i])) return 0;
  }
  return 1;
}

static cusparseStatus_t multiply_sparse(float alpha, cusparseSpMatDescr_t a, cusparseDnMatDescr_t b, float beta, cusparseDnMatDescr_t c,
                                        int algorithm) {
  size_t bytes = 0;
  cusparseStatus_t status = cusparseSpMM_bufferSize(sparse_handle, 0, 0, &alpha, a, b, &beta, c, CUDA_R_32F, algorithm, &bytes);
  if (status != 0) return status;
  CHECK(bytes > 0, "workspace");
  unsigned char *workspace = calloc(bytes, 1);
  status = cusparseSpMM(sparse_handle, 0, 0, &alpha, a, b, &beta, c, CUDA_R_32F, algorithm, workspace);
  CHECK(status != 0 || workspace[bytes - 1] != 0, "workspace");
  free(workspace);
  return status;
}

/* kind: order of B, of C, algorithm, alpha, beta, margin. */
static void one_sparse_product(int m, int n, int k, int kind) {
  int b_order = ORDERS[kind % 2], c_order = ORDERS[kind / 2 % 2], algorithm = ALGORITHMS[kind / 4 % 4], margin = kind / 256 * 3;
  float alpha = (float)FACTORS[kind / 16 % FACTOR_COUNT], beta = (float)FACTORS[kind / 64 % FACTOR_COUNT];
  Sparse a = random_sparse(m, k);
  Dense b = random_dense(k, n, margin, b_order), c = random_dense(m, n, margin, c_order), before = random_dense(m, n, margin, c_order);
  if (beta == 0) fill_dense(c, NAN);
  memcpy(before.at, c.at, sizeof(float) * dense_elements(c));
  CHECK(multiply_sparse(alpha, a.descriptor, b.descriptor, beta, c.descriptor, algorithm) == 0, "SpMM");
  CHECK(is_sparse_product(alpha, a, b, beta, before, c) && dense_margin_is_kept(c), "SpMM");
  free_sparse(a), free_dense(b), free_dense(c), free_dense(before);
}

static void sparse_products(void) {
  static const int sizes[][3] = {{1, 1, 1}, {17, 5, 3}, {7, 31, 40}, {5, 3, 0}, {5, 0, 3}, {0, 4, 3}};
  for (int size = 0; size < 6; size++) {
    for (int kind = 0; kind < 512; kind++) {
      sparse.strict(kind % 3 == 0);
      one_sparse_product(sizes[size][0], sizes[size][1], sizes[size][2], kind);
    }
  }
  sparse.strict(0);
}

#include "test_sparse_refused.h"

static void sparse_all(void) {
  CHECK(cusparseCreate(&sparse_handle) == 0, "sparse");
  sparse_products();
  sparse_descriptors_refused();
  dense_descriptors_refused();
  sparse_products_refused();
  sparse_output_is_not_read();
  sparse_arrays_refused();
  sparse_lives();
  sparse_injection();
  CHECK(cusparseDestroy(sparse_handle) == 0 && sparse.live_handles() == 0 && sparse.live_descriptors() == 0, "sparse");
}
