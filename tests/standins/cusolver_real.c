/* libcusolver: what exists once for float and once for double. Sizes of workspaces are in elements, and are the stand-in's own. */
#include <limits.h>
#include <string.h>

#include "cusolver.h"
#include "dense.h"

static bool leads(int leading, int rows) { return leading >= (rows > 1 ? rows : 1); }

static bool is_part(int uplo) { return uplo == CUBLAS_FILL_MODE_LOWER || uplo == CUBLAS_FILL_MODE_UPPER; }

/* Gives the size, or says that it is beyond an int. */
static cusolverStatus_t give_size(int64_t elements, int *lwork) {
  REQUIRE(lwork != NULL && elements <= INT_MAX);
  *lwork = (int)elements;
  return CUSOLVER_STATUS_SUCCESS;
}

/* Writes to all of the workspace: a caller who has less of it than was asked for is found by a sanitizer or a crash. */
static bool use_workspace(Real *work, int lwork, int64_t needed) {
  if (lwork < needed || work == NULL) return false;
  memset(work, 0xA5, sizeof(Real) * (size_t)needed);
  return true;
}

static int64_t cholesky_size(int n) { return 64 + (int64_t)n * 16; }

EXPORT cusolverStatus_t CUSOLVER(potrf_bufferSize)(cusolverDnHandle_t handle, int uplo, int n, Real *a, int lda, int *lwork) {
  ENTER(handle);
  (void)a;
  REQUIRE(is_part(uplo) && n >= 0 && leads(lda, n));
  return give_size(cholesky_size(n), lwork);
}

EXPORT cusolverStatus_t CUSOLVER(potrf)(cusolverDnHandle_t handle, int uplo, int n, Real *a, int lda, Real *work, int lwork, int *info) {
  ENTER(handle);
  REQUIRE(is_part(uplo) && n >= 0 && leads(lda, n) && info != NULL && (n == 0 || a != NULL));
  REQUIRE(use_workspace(work, lwork, cholesky_size(n)));
  *info = book_info(NAME(cholesky)(uplo == CUBLAS_FILL_MODE_LOWER, n, a, lda));
  return CUSOLVER_STATUS_SUCCESS;
}

/* The other triangle is scratch, says the manual. */
static void poison_other_triangle(bool lower, int n, Real *a, int64_t lda) {
  for (int64_t j = 0; j < n; j++) {
    int64_t from = lower ? 0 : j + 1, to = lower ? j : n;
    NAME(poison)(to - from, 1, a + from + j * lda, lda);
  }
}

EXPORT cusolverStatus_t CUSOLVER(potrfBatched)(cusolverDnHandle_t handle, int uplo, int n, Real **matrices, int lda, int *infos, int batch) {
  ENTER(handle);
  REQUIRE(is_part(uplo) && n >= 0 && leads(lda, n) && batch >= 0 && (batch == 0 || (matrices != NULL && infos != NULL)));
  bool lower = uplo == CUBLAS_FILL_MODE_LOWER;
  for (int i = 0; i < batch; i++) {
    infos[i] = book_info(NAME(cholesky)(lower, n, matrices[i], lda));
    poison_other_triangle(lower, n, matrices[i], lda);
  }
  return CUSOLVER_STATUS_SUCCESS;
}

/* About what cuSOLVER asks for: two squares with vectors, one without. */
static int64_t eigen_size(int jobz, int n) {
  return 64 + (int64_t)n * 32 + (jobz == CUSOLVER_EIG_MODE_VECTOR ? 2 : 1) * (int64_t)n * n;
}

static bool is_mode(int jobz) { return jobz == CUSOLVER_EIG_MODE_NOVECTOR || jobz == CUSOLVER_EIG_MODE_VECTOR; }

/* What LAPACK calls destroyed. */
static void poison_if_strict(int m, int n, Real *a, int64_t lda) {
  if (book_strict()) NAME(poison)(m, n, a, lda);
}

EXPORT cusolverStatus_t CUSOLVER(syevd_bufferSize)(cusolverDnHandle_t handle, int jobz, int uplo, int n, const Real *a, int lda,
                                                   const Real *w, int *lwork) {
  ENTER(handle);
  (void)a;
  (void)w;
  REQUIRE(is_mode(jobz) && is_part(uplo) && n >= 0 && leads(lda, n));
  return give_size(eigen_size(jobz, n), lwork);
}

EXPORT cusolverStatus_t CUSOLVER(syevd)(cusolverDnHandle_t handle, int jobz, int uplo, int n, Real *a, int lda, Real *w, Real *work,
                                        int lwork, int *info) {
  ENTER(handle);
  REQUIRE(is_mode(jobz) && is_part(uplo) && n >= 0 && leads(lda, n) && info != NULL && (n == 0 || (a != NULL && w != NULL)));
  REQUIRE(use_workspace(work, lwork, eigen_size(jobz, n)));
  bool vectors = jobz == CUSOLVER_EIG_MODE_VECTOR;
  *info = book_info(NAME(eigen)(uplo == CUBLAS_FILL_MODE_LOWER, vectors, n, a, lda, w));
  if (!vectors || *info != 0) poison_if_strict(n, n, a, lda);
  return CUSOLVER_STATUS_SUCCESS;
}

static bool is_range(int range, int n, Real vl, Real vu, int il, int iu) {
  switch (range) {
    case CUSOLVER_EIG_RANGE_ALL: return true;
    case CUSOLVER_EIG_RANGE_V: return n == 0 || vl < vu;
    case CUSOLVER_EIG_RANGE_I: return n == 0 || (il >= 1 && il <= iu && iu <= n);
    default: return false;
  }
}

EXPORT cusolverStatus_t CUSOLVER(syevdx_bufferSize)(cusolverDnHandle_t handle, int jobz, int range, int uplo, int n, const Real *a, int lda,
                                                    Real vl, Real vu, int il, int iu, int *meig, const Real *w, int *lwork) {
  ENTER(handle);
  (void)a;
  (void)w;
  (void)meig;
  REQUIRE(is_mode(jobz) && is_part(uplo) && n >= 0 && leads(lda, n) && is_range(range, n, vl, vu, il, iu));
  return give_size(eigen_size(jobz, n) + n, lwork);
}

/* The eigenvalues [*first, *end) that the range has: in V, those above vl and up to vu. */
static void select_range(int range, int n, const Real *w, Real vl, Real vu, int il, int iu, int *first, int *end) {
  *first = 0;
  *end = n;
  if (range == CUSOLVER_EIG_RANGE_I && n > 0) {
    *first = il - 1;
    *end = iu;
  }
  if (range == CUSOLVER_EIG_RANGE_V) {
    while (*first < n && w[*first] <= vl) ++*first;
    *end = *first;
    while (*end < n && w[*end] <= vu) ++*end;
  }
}

EXPORT cusolverStatus_t CUSOLVER(syevdx)(cusolverDnHandle_t handle, int jobz, int range, int uplo, int n, Real *a, int lda, Real vl, Real vu,
                                         int il, int iu, int *meig, Real *w, Real *work, int lwork, int *info) {
  ENTER(handle);
  REQUIRE(is_mode(jobz) && is_part(uplo) && n >= 0 && leads(lda, n) && is_range(range, n, vl, vu, il, iu));
  REQUIRE(meig != NULL && info != NULL && (n == 0 || (a != NULL && w != NULL)));
  REQUIRE(use_workspace(work, lwork, eigen_size(jobz, n) + n));
  bool vectors = jobz == CUSOLVER_EIG_MODE_VECTOR;
  *meig = 0;
  *info = book_info(NAME(eigen)(uplo == CUBLAS_FILL_MODE_LOWER, vectors, n, a, lda, w));
  if (*info == 0) {
    int first, end;
    select_range(range, n, w, vl, vu, il, iu, &first, &end);
    *meig = end - first;
    memmove(w, w + first, sizeof(Real) * (size_t)*meig);
    for (int64_t j = 0; vectors && j < *meig; j++) memmove(a + j * lda, a + (first + j) * lda, sizeof(Real) * (size_t)n);
  }
  int kept = vectors ? *meig : 0;
  poison_if_strict(n, n - kept, a + kept * (int64_t)lda, lda);
  poison_if_strict(n - *meig, 1, w + *meig, n);
  return CUSOLVER_STATUS_SUCCESS;
}

static int64_t qr_size(int n) { return 64 + (int64_t)n * 32; }

EXPORT cusolverStatus_t CUSOLVER(geqrf_bufferSize)(cusolverDnHandle_t handle, int m, int n, Real *a, int lda, int *lwork) {
  ENTER(handle);
  (void)a;
  REQUIRE(m >= 0 && n >= 0 && leads(lda, m));
  return give_size(qr_size(n), lwork);
}

EXPORT cusolverStatus_t CUSOLVER(geqrf)(cusolverDnHandle_t handle, int m, int n, Real *a, int lda, Real *tau, Real *work, int lwork,
                                        int *info) {
  ENTER(handle);
  REQUIRE(m >= 0 && n >= 0 && leads(lda, m) && info != NULL && (m == 0 || n == 0 || (a != NULL && tau != NULL)));
  REQUIRE(use_workspace(work, lwork, qr_size(n)));
  NAME(qr)(m, n, a, lda, tau);
  *info = book_info(0);
  return CUSOLVER_STATUS_SUCCESS;
}

static bool is_q(int m, int n, int k, int lda) { return m >= 0 && n >= 0 && n <= m && k >= 0 && k <= n && leads(lda, m); }

EXPORT cusolverStatus_t CUSOLVER(orgqr_bufferSize)(cusolverDnHandle_t handle, int m, int n, int k, const Real *a, int lda, const Real *tau,
                                                   int *lwork) {
  ENTER(handle);
  (void)a;
  (void)tau;
  REQUIRE(is_q(m, n, k, lda));
  return give_size(qr_size(n), lwork);
}

EXPORT cusolverStatus_t CUSOLVER(orgqr)(cusolverDnHandle_t handle, int m, int n, int k, Real *a, int lda, const Real *tau, Real *work,
                                        int lwork, int *info) {
  ENTER(handle);
  REQUIRE(is_q(m, n, k, lda) && info != NULL && (n == 0 || a != NULL) && (k == 0 || tau != NULL));
  REQUIRE(use_workspace(work, lwork, qr_size(n)));
  NAME(form_q)(m, n, k, a, lda, tau);
  *info = book_info(0);
  return CUSOLVER_STATUS_SUCCESS;
}
