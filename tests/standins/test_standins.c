/*
 * Every function of the stand-ins against loops that follow the definitions, in double, on random matrices of odd sizes. Linked with the
 * libraries of one CUDA version.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nvidia.h"

static int checks, failures;

static void check(int good, const char *what, const char *where) {
  checks++;
  if (good) return;
  failures++;
  fprintf(stderr, "not so: %s: %s\n", where, what);
}

#define CHECK(condition, where) check(condition, #condition, where)

static uint64_t state = 88172645463325252u;

/* In (-1, 1). */
static double random_number(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (double)(state >> 11) / 4503599627370496.0 - 1;
}

static const double FACTORS[] = {0, 1, -1, 0.5};
enum { FACTOR_COUNT = 4 };

/* The functions that tests ask of a library, found there by its version. */
typedef struct {
  void (*fail)(const char *, int, int);
  void (*fail_info)(const char *, int, int);
  int64_t (*calls)(const char *);
  void (*reset)(void);
  void (*strict)(int);
  int64_t (*live_handles)(void);
  int64_t (*live_descriptors)(void);
} Control;

static void *find(const char *name, const char *library) {
  void *found = dlvsym(RTLD_DEFAULT, name, library);
  if (found != NULL) return found;
  fprintf(stderr, "no %s with version %s\n", name, library);
  exit(1);
}

static Control control_of(const char *library) {
  Control control;
  *(void **)&control.fail = find("standin_fail", library);
  *(void **)&control.fail_info = find("standin_fail_info", library);
  *(void **)&control.calls = find("standin_calls", library);
  *(void **)&control.reset = find("standin_reset", library);
  *(void **)&control.strict = find("standin_strict", library);
  *(void **)&control.live_handles = find("standin_live_handles", library);
  *(void **)&control.live_descriptors = find("standin_live_descriptors", library);
  return control;
}

static Control blas, solver, sparse;
static cublasHandle_t handle;
static cusolverDnHandle_t solver_handle;

cublasStatus_t cublasCreate_v2(cublasHandle_t *);
cublasStatus_t cublasDestroy_v2(cublasHandle_t);
cublasStatus_t cublasGetVersion_v2(cublasHandle_t, int *);
cublasStatus_t cublasGetProperty(int, int *);
cublasStatus_t cublasSetStream_v2(cublasHandle_t, Stream);
cublasStatus_t cublasGetStream_v2(cublasHandle_t, Stream *);
cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t, void *, size_t);
cublasStatus_t cublasSetMathMode(cublasHandle_t, int);
cublasStatus_t cublasGetMathMode(cublasHandle_t, int *);
cublasStatus_t cublasSetPointerMode_v2(cublasHandle_t, int);
cublasStatus_t cublasGetPointerMode_v2(cublasHandle_t, int *);
cublasStatus_t cublasSetAtomicsMode(cublasHandle_t, int);
cublasStatus_t cublasGetAtomicsMode(cublasHandle_t, int *);
cublasStatus_t cublasGemmEx(cublasHandle_t, int, int, int, int, int, const void *, const void *, int, int, const void *, int, int, const void *,
                            void *, int, int, int, int);
cusolverStatus_t cusolverGetVersion(int *);
cusolverStatus_t cusolverGetProperty(int, int *);
cusolverStatus_t cusolverDnCreate(cusolverDnHandle_t *);
cusolverStatus_t cusolverDnDestroy(cusolverDnHandle_t);
cusolverStatus_t cusolverDnSetStream(cusolverDnHandle_t, Stream);
cusolverStatus_t cusolverDnGetStream(cusolverDnHandle_t, Stream *);
cusolverStatus_t cusolverDnSetDeterministicMode(cusolverDnHandle_t, int);
cusolverStatus_t cusolverDnGetDeterministicMode(cusolverDnHandle_t, int *);
cusolverStatus_t cusolverMgCreate(cusolverMgHandle_t *);
cusolverStatus_t cusolverMgDestroy(cusolverMgHandle_t);
cusparseStatus_t cusparseCreate(cusparseHandle_t *);
cusparseStatus_t cusparseDestroy(cusparseHandle_t);
cusparseStatus_t cusparseSetStream(cusparseHandle_t, Stream);
cusparseStatus_t cusparseGetStream(cusparseHandle_t, Stream *);
cusparseStatus_t cusparseGetVersion(cusparseHandle_t, int *);
cusparseStatus_t cusparseGetProperty(int, int *);

#include "test_sparse.h"

#define STANDIN_SINGLE
#define TEST(name) single_##name
#include "test_real.h"
#undef STANDIN_SINGLE
#undef TEST

#define TEST(name) double_##name
#include "test_real.h"
#undef TEST

static void settings(void) {
  const char *where = "settings";
  int version = 0, value = 0;
  Stream stream = NULL;
  CHECK(cublasGetVersion_v2(handle, &version) == 0 && version == CUBLAS_EXPECTED, where);
  CHECK(cublasGetProperty(MAJOR_VERSION, &value) == 0 && value == CUBLAS_EXPECTED / 10000, where);
  CHECK(cublasGetProperty(MINOR_VERSION, &value) == 0 && value == CUBLAS_EXPECTED / 100 % 100, where);
  CHECK(cublasGetProperty(PATCH_LEVEL, &value) == 0 && value == CUBLAS_EXPECTED % 100, where);
  CHECK(cublasGetProperty(3, &value) == CUBLAS_STATUS_INVALID_VALUE, where);
  CHECK(cublasSetStream_v2(handle, &version) == 0 && cublasGetStream_v2(handle, &stream) == 0 && stream == &version, where);
  CHECK(cublasSetMathMode(handle, CUBLAS_PEDANTIC_MATH) == 0 && cublasGetMathMode(handle, &value) == 0 && value == 2, where);
  CHECK(cublasSetMathMode(handle, 7) == CUBLAS_STATUS_INVALID_VALUE, where);
  CHECK(cublasSetMathMode(handle, CUBLAS_DEFAULT_MATH) == 0, where);
  CHECK(cublasSetPointerMode_v2(handle, 1) == 0 && cublasGetPointerMode_v2(handle, &value) == 0 && value == 1, where);
  CHECK(cublasSetPointerMode_v2(handle, 2) == CUBLAS_STATUS_INVALID_VALUE && cublasSetPointerMode_v2(handle, 0) == 0, where);
  CHECK(cublasSetAtomicsMode(handle, 1) == 0 && cublasGetAtomicsMode(handle, &value) == 0 && value == 1, where);
  CHECK(cublasSetAtomicsMode(handle, 0) == 0, where);
  _Alignas(256) static char workspace[1024];
  CHECK(cublasSetWorkspace_v2(handle, workspace + 16, 512) == CUBLAS_STATUS_INVALID_VALUE, where);
  CHECK(cublasSetWorkspace_v2(handle, workspace, 512) == 0 && workspace[0] != 0 && workspace[511] != 0 && workspace[512] == 0, where);
  CHECK(cublasSetStream_v2(handle, NULL) == 0, where);

  CHECK(cusolverGetVersion(&version) == 0 && version == CUSOLVER_EXPECTED, where);
  CHECK(cusolverGetProperty(MAJOR_VERSION, &value) == 0 && value == CUSOLVER_EXPECTED / 1000, where);
  CHECK(cusolverGetProperty(PATCH_LEVEL, &value) == 0 && value == CUSOLVER_EXPECTED % 100, where);
  CHECK(cusolverDnSetStream(solver_handle, &version) == 0, where);
  CHECK(cusolverDnGetStream(solver_handle, &stream) == 0 && stream == &version, where);
  CHECK(cusolverDnSetDeterministicMode(solver_handle, 2) == 0, where);
  CHECK(cusolverDnGetDeterministicMode(solver_handle, &value) == 0 && value == 2, where);
  CHECK(cusolverDnSetDeterministicMode(solver_handle, 0) == CUSOLVER_STATUS_INVALID_VALUE, where);

  cusolverMgHandle_t many;
  CHECK(cusolverMgCreate(&many) == 0 && cusolverMgDestroy(many) == 0 && cusolverMgDestroy(many) == 1, where);
  cusparseHandle_t other;
  CHECK(cusparseCreate(&other) == 0 && cusparseGetVersion(other, &version) == 0 && version == CUSPARSE_EXPECTED, where);
  CHECK(cusparseSetStream(other, &version) == 0 && cusparseGetStream(other, &stream) == 0 && stream == &version, where);
  CHECK(cusparseGetProperty(MINOR_VERSION, &value) == 0 && value == CUSPARSE_EXPECTED / 100 % 10, where);
  CHECK(cusparseDestroy(other) == 0 && cusparseDestroy(other) == CUSPARSE_STATUS_NOT_INITIALIZED, where);
}

static void handles(void) {
  const char *where = "handles";
  int64_t live = blas.live_handles();
  cublasHandle_t other;
  int version;
  CHECK(cublasCreate_v2(NULL) == CUBLAS_STATUS_INVALID_VALUE, where);
  CHECK(cublasCreate_v2(&other) == 0 && blas.live_handles() == live + 1, where);
  CHECK(cublasDestroy_v2(other) == 0 && blas.live_handles() == live, where);
  CHECK(cublasDestroy_v2(other) == CUBLAS_STATUS_NOT_INITIALIZED, where);
  CHECK(cublasGetVersion_v2(NULL, &version) == CUBLAS_STATUS_NOT_INITIALIZED, where);
  CHECK(cublasGetVersion_v2((cublasHandle_t)solver_handle, &version) == CUBLAS_STATUS_NOT_INITIALIZED, where);
  CHECK(solver.live_handles() == 1 && cusolverDnDestroy(NULL) == CUSOLVER_STATUS_NOT_INITIALIZED, where);
}

static void injection(void) {
  const char *where = "injection";
  float one = 1, zero = 0, a = 2, b = 3, c = 4;
  blas.reset();
  blas.fail("cublasSgemm", 1, CUBLAS_STATUS_EXECUTION_FAILED);
  CHECK(cublasSgemm_v2(handle, 0, 0, 1, 1, 1, &one, &a, 1, &b, 1, &zero, &c, 1) == 0 && c == 6, where);
  c = 4;
  CHECK(cublasSgemm_v2(handle, 0, 0, 1, 1, 1, &one, &a, 1, &b, 1, &zero, &c, 1) == CUBLAS_STATUS_EXECUTION_FAILED && c == 4, where);
  CHECK(cublasSgemm_v2(handle, 0, 0, 1, 1, 1, &one, &a, 1, &b, 1, &zero, &c, 1) == 0 && c == 6, where);
  CHECK(blas.calls("cublasSgemm_v2") == 3 && blas.calls("cublasSgemm") == 3 && blas.calls("cublasDgemm_v2") == 0, where);
  blas.fail("cublasCreate_v2", 0, CUBLAS_STATUS_ALLOC_FAILED);
  cublasHandle_t other;
  CHECK(cublasCreate_v2(&other) == CUBLAS_STATUS_ALLOC_FAILED, where);
  blas.fail("cublasCreate_v2", 0, CUBLAS_STATUS_ALLOC_FAILED);
  blas.fail(NULL, 0, 0);
  CHECK(cublasCreate_v2(&other) == 0 && cublasDestroy_v2(other) == 0, where);
  blas.reset();
  CHECK(blas.calls("cublasSgemm_v2") == 0, where);
  /* Each library keeps its own books. */
  blas.fail("cusolverGetVersion", 0, 6);
  int version;
  CHECK(cusolverGetVersion(&version) == 0, where);
  blas.reset();
}

/* a b by cublasGemmEx, for 1 x 1 matrices. */
static cublasStatus_t multiply(int op, const void *one, const void *a, const void *b, const void *zero, void *c, int type, int compute) {
  return cublasGemmEx(handle, op, 0, 1, 1, 1, one, a, type, 1, b, type, 1, zero, c, type, 1, compute, -1);
}

static void product_of_any_type(void) {
  const char *where = "cublasGemmEx";
  const double a = 2, b = 3, one = 1, zero = 0;
  const float fa = 2, fb = 3, fone = 1, fzero = 0;
  double c = NAN;
  CHECK(multiply(0, &one, &a, &b, &zero, &c, CUDA_R_64F, CUBLAS_COMPUTE_64F) == 0 && c == 6, where);
  const int computes[] = {CUBLAS_COMPUTE_32F, CUBLAS_COMPUTE_32F_FAST_TF32, CUBLAS_COMPUTE_32F_PEDANTIC};
  for (int i = 0; i < 3; i++) {
    float fc = NAN;
    CHECK(multiply(1, &fone, &fa, &fb, &fzero, &fc, CUDA_R_32F, computes[i]) == 0 && fc == 6, where);
  }
  CHECK(multiply(0, &fone, &fa, &fb, &fzero, &c, 2, CUBLAS_COMPUTE_32F) == CUBLAS_STATUS_NOT_SUPPORTED, where);
  CHECK(multiply(0, &fone, &a, &b, &fzero, &c, CUDA_R_64F, CUBLAS_COMPUTE_32F) == CUBLAS_STATUS_NOT_SUPPORTED, where);
  CHECK(multiply(5, &one, &a, &b, &zero, &c, CUDA_R_64F, CUBLAS_COMPUTE_64F) == CUBLAS_STATUS_INVALID_VALUE, where);
}

enum { THREADS = 4, ROUNDS = 200, ORDER = 20 };

/* Products with a handle of the thread's own, one of which fails. Null: all went as it should. */
static void *many_products(void *failed) {
  float one = 1, zero = 0, a[ORDER * ORDER], c[ORDER * ORDER];
  cublasHandle_t own;
  for (int i = 0; i < ORDER * ORDER; i++) a[i] = i % (ORDER + 1) == 0;
  if (cublasCreate_v2(&own) != 0) return "create";
  for (int round = 0; round < ROUNDS; round++) {
    if (cublasSgemm_v2(own, 0, 0, ORDER, ORDER, ORDER, &one, a, ORDER, a, ORDER, &zero, c, ORDER) != 0) {
      __atomic_add_fetch((int *)failed, 1, __ATOMIC_RELAXED);
    } else if (memcmp(a, c, sizeof a) != 0) {
      return "product";
    }
  }
  return cublasDestroy_v2(own) == 0 ? NULL : "destroy";
}

static void threads(void) {
  pthread_t started[THREADS];
  int failed = 0;
  blas.reset();
  blas.fail("cublasSgemm", THREADS * ROUNDS / 2, CUBLAS_STATUS_EXECUTION_FAILED);
  for (int i = 0; i < THREADS; i++) CHECK(pthread_create(&started[i], NULL, many_products, &failed) == 0, "threads");
  for (int i = 0; i < THREADS; i++) {
    void *wrong = NULL;
    CHECK(pthread_join(started[i], &wrong) == 0 && wrong == NULL, "threads");
  }
  CHECK(failed == 1 && blas.calls("cublasSgemm") == THREADS * ROUNDS, "threads");
  blas.reset();
}

int main(void) {
  blas = control_of(CUBLAS_LIBRARY);
  solver = control_of(CUSOLVER_LIBRARY);
  sparse = control_of(CUSPARSE_LIBRARY);
  CHECK(cublasCreate_v2(&handle) == 0 && cusolverDnCreate(&solver_handle) == 0, "create");
  settings();
  handles();
  injection();
  product_of_any_type();
  threads();
  single_all();
  double_all();
  sparse_all();
  CHECK(cublasDestroy_v2(handle) == 0 && cusolverDnDestroy(solver_handle) == 0, "destroy");
  CHECK(blas.live_handles() == 0 && solver.live_handles() == 0, "destroy");
  printf("%d checks, %d failures\n", checks, failures);
  return failures > 0;
}
