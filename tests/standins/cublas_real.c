/* libcublas: what exists once for float and once for double. */
#include "cublas.h"
#include "dense.h"

/* NaN wherever the output must not be read. */
static void prepare_output(cublasHandle_t handle, Part part, Real beta, int m, int n, Real *c, int64_t ldc) {
  cublas_touch_workspace(handle);
  if (beta != 0 || !book_strict()) return;
  for (int64_t j = 0; j < n; j++) {
    int64_t from = part == LOWER ? j : 0, to = part == UPPER ? j + 1 : m;
    NAME(poison)(to - from, 1, c + from + j * ldc, ldc);
  }
}

static cublasStatus_t check_product(int transa, int transb, int m, int n, int k, const Real *alpha, const Real *beta, int lda, int ldb, int ldc) {
  REQUIRE(m >= 0 && n >= 0 && k >= 0 && is_operation(transa) && is_operation(transb));
  REQUIRE(leads(lda, transa == CUBLAS_OP_N ? m : k) && leads(ldb, transb == CUBLAS_OP_N ? k : n) && leads(ldc, m));
  REQUIRE(alpha != NULL && beta != NULL);
  return CUBLAS_STATUS_SUCCESS;
}

/* Operands may be null where they are not touched. */
static bool are_there(bool read, const Real *a, const Real *b, bool written, const Real *c) {
  return (!read || (a != NULL && b != NULL)) && (!written || c != NULL);
}

cublasStatus_t NAME(checked_product)(cublasHandle_t handle, int transa, int transb, int m, int n, int k, const Real *alpha, const Real *a,
                                     int lda, const Real *b, int ldb, const Real *beta, Real *c, int ldc) {
  cublasStatus_t status = check_product(transa, transb, m, n, k, alpha, beta, lda, ldb, ldc);
  if (status != CUBLAS_STATUS_SUCCESS || m == 0 || n == 0) return status;
  REQUIRE(are_there(k > 0 && *alpha != 0, a, b, true, c));
  prepare_output(handle, WHOLE, *beta, m, n, c, ldc);
  NAME(product)(WHOLE, m, n, k, *alpha, view(a, lda, transa != CUBLAS_OP_N), view(b, ldb, transb != CUBLAS_OP_N), *beta, c, ldc);
  return status;
}

EXPORT cublasStatus_t CUBLAS(gemm_v2)(cublasHandle_t handle, int transa, int transb, int m, int n, int k, const Real *alpha, const Real *a,
                                      int lda, const Real *b, int ldb, const Real *beta, Real *c, int ldc) {
  ENTER(handle);
  return NAME(checked_product)(handle, transa, transb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

EXPORT cublasStatus_t CUBLAS(gemmStridedBatched)(cublasHandle_t handle, int transa, int transb, int m, int n, int k, const Real *alpha,
                                                 const Real *a, int lda, long long stride_a, const Real *b, int ldb, long long stride_b,
                                                 const Real *beta, Real *c, int ldc, long long stride_c, int batch) {
  ENTER(handle);
  cublasStatus_t status = check_product(transa, transb, m, n, k, alpha, beta, lda, ldb, ldc);
  REQUIRE(batch >= 0);
  for (int i = 0; i < batch && status == CUBLAS_STATUS_SUCCESS; i++) {
    status = NAME(checked_product)(handle, transa, transb, m, n, k, alpha, a + i * stride_a, lda, b + i * stride_b, ldb, beta,
                                   c + i * stride_c, ldc);
  }
  return status;
}

EXPORT cublasStatus_t CUBLAS(syrk_v2)(cublasHandle_t handle, int uplo, int trans, int n, int k, const Real *alpha, const Real *a, int lda,
                                      const Real *beta, Real *c, int ldc) {
  ENTER(handle);
  bool transposed = trans != CUBLAS_OP_N;
  REQUIRE(n >= 0 && k >= 0 && is_operation(trans) && (uplo == CUBLAS_FILL_MODE_LOWER || uplo == CUBLAS_FILL_MODE_UPPER));
  REQUIRE(leads(lda, transposed ? k : n) && leads(ldc, n) && alpha != NULL && beta != NULL);
  if (n == 0) return CUBLAS_STATUS_SUCCESS;
  REQUIRE(are_there(k > 0 && *alpha != 0, a, a, true, c));
  Part part = uplo == CUBLAS_FILL_MODE_LOWER ? LOWER : UPPER;
  prepare_output(handle, part, *beta, n, n, c, ldc);
  NAME(product)(part, n, n, k, *alpha, view(a, lda, transposed), view(a, lda, !transposed), *beta, c, ldc);
  return CUBLAS_STATUS_SUCCESS;
}

static void scale_columns(int m, int n, Real alpha, Real *b, int64_t ldb) {
  for (int64_t j = 0; j < n; j++) {
    for (int64_t i = 0; i < m; i++) b[i + j * ldb] = alpha == 0 ? 0 : alpha * b[i + j * ldb];
  }
}

static cublasStatus_t check_solve(int side, int uplo, int trans, int diag, int m, int n, const Real *alpha, int lda, int ldb) {
  bool left = side == CUBLAS_SIDE_LEFT;
  REQUIRE(left || side == CUBLAS_SIDE_RIGHT);
  REQUIRE(uplo == CUBLAS_FILL_MODE_LOWER || uplo == CUBLAS_FILL_MODE_UPPER);
  REQUIRE(is_operation(trans) && (diag == CUBLAS_DIAG_NON_UNIT || diag == CUBLAS_DIAG_UNIT));
  REQUIRE(m >= 0 && n >= 0 && leads(lda, left ? m : n) && leads(ldb, m) && alpha != NULL);
  return CUBLAS_STATUS_SUCCESS;
}

/* Arguments are checked, and there is something to solve. */
static cublasStatus_t solve_one(int side, int uplo, int trans, int diag, int m, int n, Real alpha, const Real *a, int lda, Real *b, int ldb) {
  REQUIRE(are_there(alpha != 0, a, a, true, b));
  scale_columns(m, n, alpha, b, ldb);
  if (alpha == 0) return CUBLAS_STATUS_SUCCESS;
  bool transposed = trans != CUBLAS_OP_N;
  bool lower = (uplo == CUBLAS_FILL_MODE_LOWER) != transposed;
  NAME(solve)(side == CUBLAS_SIDE_LEFT, lower, diag == CUBLAS_DIAG_UNIT, m, n, view(a, lda, transposed), b, ldb);
  return CUBLAS_STATUS_SUCCESS;
}

EXPORT cublasStatus_t CUBLAS(trsm_v2)(cublasHandle_t handle, int side, int uplo, int trans, int diag, int m, int n, const Real *alpha,
                                      const Real *a, int lda, Real *b, int ldb) {
  ENTER(handle);
  cublasStatus_t status = check_solve(side, uplo, trans, diag, m, n, alpha, lda, ldb);
  if (status != CUBLAS_STATUS_SUCCESS || m == 0 || n == 0) return status;
  cublas_touch_workspace(handle);
  return solve_one(side, uplo, trans, diag, m, n, *alpha, a, lda, b, ldb);
}

EXPORT cublasStatus_t CUBLAS(trsmBatched)(cublasHandle_t handle, int side, int uplo, int trans, int diag, int m, int n, const Real *alpha,
                                          const Real *const *triangles, int lda, Real *const *right, int ldb, int batch) {
  ENTER(handle);
  cublasStatus_t status = check_solve(side, uplo, trans, diag, m, n, alpha, lda, ldb);
  REQUIRE(batch >= 0);
  if (status != CUBLAS_STATUS_SUCCESS || m == 0 || n == 0 || batch == 0) return status;
  REQUIRE(triangles != NULL && right != NULL);
  cublas_touch_workspace(handle);
  for (int i = 0; i < batch && status == CUBLAS_STATUS_SUCCESS; i++) {
    status = solve_one(side, uplo, trans, diag, m, n, *alpha, triangles[i], lda, right[i], ldb);
  }
  return status;
}

/* Where a vector begins: with a negative step it is walked from its far end. */
static int64_t first_of(int n, int step) { return step < 0 ? (int64_t)(1 - n) * step : 0; }

EXPORT cublasStatus_t CUBLAS(dgmm)(cublasHandle_t handle, int mode, int m, int n, const Real *a, int lda, const Real *x, int incx, Real *c,
                                   int ldc) {
  ENTER(handle);
  bool left = mode == CUBLAS_SIDE_LEFT;
  REQUIRE((left || mode == CUBLAS_SIDE_RIGHT) && m >= 0 && n >= 0 && leads(lda, m) && leads(ldc, m));
  if (m == 0 || n == 0) return CUBLAS_STATUS_SUCCESS;
  REQUIRE(a != NULL && x != NULL && c != NULL);
  if (c != a) prepare_output(handle, WHOLE, 0, m, n, c, ldc);
  int64_t first = first_of(left ? m : n, incx);
  for (int64_t j = 0; j < n; j++) {
    for (int64_t i = 0; i < m; i++) c[i + j * (int64_t)ldc] = a[i + j * (int64_t)lda] * x[first + (left ? i : j) * incx];
  }
  return CUBLAS_STATUS_SUCCESS;
}

EXPORT cublasStatus_t CUBLAS(geam)(cublasHandle_t handle, int transa, int transb, int m, int n, const Real *alpha, const Real *a, int lda,
                                   const Real *beta, const Real *b, int ldb, Real *c, int ldc) {
  ENTER(handle);
  REQUIRE(m >= 0 && n >= 0 && is_operation(transa) && is_operation(transb) && alpha != NULL && beta != NULL);
  REQUIRE(leads(lda, transa == CUBLAS_OP_N ? m : n) && leads(ldb, transb == CUBLAS_OP_N ? m : n) && leads(ldc, m));
  /* In place only where no element moves. */
  REQUIRE(c != a || (transa == CUBLAS_OP_N && lda == ldc));
  REQUIRE(c != b || (transb == CUBLAS_OP_N && ldb == ldc));
  if (m == 0 || n == 0) return CUBLAS_STATUS_SUCCESS;
  REQUIRE((*alpha == 0 || a != NULL) && (*beta == 0 || b != NULL) && c != NULL);
  if ((*alpha == 0 || c != a) && (*beta == 0 || c != b)) prepare_output(handle, WHOLE, 0, m, n, c, ldc);
  View from_a = view(a, lda, transa != CUBLAS_OP_N), from_b = view(b, ldb, transb != CUBLAS_OP_N);
  for (int64_t j = 0; j < n; j++) {
    for (int64_t i = 0; i < m; i++) {
      Real sum = *alpha == 0 ? 0 : *alpha * from_a.at[i * from_a.down + j * from_a.right];
      if (*beta != 0) sum += *beta * from_b.at[i * from_b.down + j * from_b.right];
      c[i + j * (int64_t)ldc] = sum;
    }
  }
  return CUBLAS_STATUS_SUCCESS;
}

EXPORT cublasStatus_t CUBLAS(scal_v2)(cublasHandle_t handle, int n, const Real *alpha, Real *x, int incx) {
  ENTER(handle);
  REQUIRE(alpha != NULL);
  if (n <= 0 || incx <= 0) return CUBLAS_STATUS_SUCCESS;
  REQUIRE(x != NULL);
  for (int64_t i = 0; i < n; i++) x[i * incx] *= *alpha;
  return CUBLAS_STATUS_SUCCESS;
}

EXPORT cublasStatus_t CUBLAS(nrm2_v2)(cublasHandle_t handle, int n, const Real *x, int incx, Real *result) {
  ENTER(handle);
  REQUIRE(result != NULL && (n <= 0 || incx <= 0 || x != NULL));
  *result = n <= 0 || incx <= 0 ? 0 : NAME(norm)(n, x, incx);
  return CUBLAS_STATUS_SUCCESS;
}

EXPORT cublasStatus_t CUBLAS(copy_v2)(cublasHandle_t handle, int n, const Real *x, int incx, Real *y, int incy) {
  ENTER(handle);
  if (n <= 0) return CUBLAS_STATUS_SUCCESS;
  REQUIRE(x != NULL && y != NULL);
  int64_t from = first_of(n, incx), to = first_of(n, incy);
  for (int64_t i = 0; i < n; i++) y[to + i * incy] = x[from + i * incx];
  return CUBLAS_STATUS_SUCCESS;
}

EXPORT cublasStatus_t CUBLAS(axpy_v2)(cublasHandle_t handle, int n, const Real *alpha, const Real *x, int incx, Real *y, int incy) {
  ENTER(handle);
  REQUIRE(alpha != NULL);
  if (n <= 0 || *alpha == 0) return CUBLAS_STATUS_SUCCESS;
  REQUIRE(x != NULL && y != NULL);
  int64_t from = first_of(n, incx), to = first_of(n, incy);
  for (int64_t i = 0; i < n; i++) y[to + i * incy] += *alpha * x[from + i * incx];
  return CUBLAS_STATUS_SUCCESS;
}

EXPORT cublasStatus_t CUBLAS(dot_v2)(cublasHandle_t handle, int n, const Real *x, int incx, const Real *y, int incy, Real *result) {
  ENTER(handle);
  REQUIRE(result != NULL && (n <= 0 || (x != NULL && y != NULL)));
  Real sum = 0;
  int64_t first_x = first_of(n, incx), first_y = first_of(n, incy);
  for (int64_t i = 0; i < n; i++) sum += x[first_x + i * incx] * y[first_y + i * incy];
  *result = sum;
  return CUBLAS_STATUS_SUCCESS;
}
