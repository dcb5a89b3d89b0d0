/* Included by test_standins.c once for float and once for double. No guard for that reason. */
#undef REAL
#undef LETTER
#undef B
#undef S
#undef ROUNDING
#ifdef STANDIN_SINGLE
#define REAL float
#define LETTER "S"
#define B(name) cublasS##name
#define S(name) cusolverDnS##name
#define ROUNDING 1.2e-7
#else
#define REAL double
#define LETTER "D"
#define B(name) cublasD##name
#define S(name) cusolverDnD##name
#define ROUNDING 2.3e-16
#endif

cublasStatus_t B(gemm_v2)(cublasHandle_t, int, int, int, int, int, const REAL *, const REAL *, int, const REAL *, int, const REAL *, REAL *, int);
cublasStatus_t B(gemmStridedBatched)(cublasHandle_t, int, int, int, int, int, const REAL *, const REAL *, int, long long, const REAL *, int,
                                     long long, const REAL *, REAL *, int, long long, int);
cublasStatus_t B(syrk_v2)(cublasHandle_t, int, int, int, int, const REAL *, const REAL *, int, const REAL *, REAL *, int);
cublasStatus_t B(trsm_v2)(cublasHandle_t, int, int, int, int, int, int, const REAL *, const REAL *, int, REAL *, int);
cublasStatus_t B(trsmBatched)(cublasHandle_t, int, int, int, int, int, int, const REAL *, const REAL *const *, int, REAL *const *, int, int);
cublasStatus_t B(dgmm)(cublasHandle_t, int, int, int, const REAL *, int, const REAL *, int, REAL *, int);
cublasStatus_t B(geam)(cublasHandle_t, int, int, int, int, const REAL *, const REAL *, int, const REAL *, const REAL *, int, REAL *, int);
cublasStatus_t B(scal_v2)(cublasHandle_t, int, const REAL *, REAL *, int);
cublasStatus_t B(nrm2_v2)(cublasHandle_t, int, const REAL *, int, REAL *);
cublasStatus_t B(copy_v2)(cublasHandle_t, int, const REAL *, int, REAL *, int);
cublasStatus_t B(axpy_v2)(cublasHandle_t, int, const REAL *, const REAL *, int, REAL *, int);
cublasStatus_t B(dot_v2)(cublasHandle_t, int, const REAL *, int, const REAL *, int, REAL *);
cusolverStatus_t S(potrf_bufferSize)(cusolverDnHandle_t, int, int, REAL *, int, int *);
cusolverStatus_t S(potrf)(cusolverDnHandle_t, int, int, REAL *, int, REAL *, int, int *);
cusolverStatus_t S(potrfBatched)(cusolverDnHandle_t, int, int, REAL **, int, int *, int);
cusolverStatus_t S(syevd_bufferSize)(cusolverDnHandle_t, int, int, int, const REAL *, int, const REAL *, int *);
cusolverStatus_t S(syevd)(cusolverDnHandle_t, int, int, int, REAL *, int, REAL *, REAL *, int, int *);
cusolverStatus_t S(syevdx_bufferSize)(cusolverDnHandle_t, int, int, int, int, const REAL *, int, REAL, REAL, int, int, int *, const REAL *, int *);
cusolverStatus_t S(syevdx)(cusolverDnHandle_t, int, int, int, int, REAL *, int, REAL, REAL, int, int, int *, REAL *, REAL *, int, int *);
cusolverStatus_t S(geqrf_bufferSize)(cusolverDnHandle_t, int, int, REAL *, int, int *);
cusolverStatus_t S(geqrf)(cusolverDnHandle_t, int, int, REAL *, int, REAL *, REAL *, int, int *);
cusolverStatus_t S(orgqr_bufferSize)(cusolverDnHandle_t, int, int, int, const REAL *, int, const REAL *, int *);
cusolverStatus_t S(orgqr)(cusolverDnHandle_t, int, int, int, REAL *, int, const REAL *, REAL *, int, int *);

/* A matrix with a margin below each column, which must stay as it is. */
typedef struct {
  int rows, columns, leading;
  REAL *at;
} TEST(Matrix);
#define Matrix TEST(Matrix)

static Matrix TEST(random)(int rows, int columns, int margin) {
  Matrix m = {rows, columns, rows + margin > 0 ? rows + margin : 1, NULL};
  size_t elements = (size_t)m.leading * (columns > 0 ? columns : 1);
  m.at = malloc(elements * sizeof(REAL));
  for (size_t i = 0; i < elements; i++) m.at[i] = (REAL)random_number();
  return m;
}

static Matrix TEST(copy)(Matrix m) {
  Matrix copy = TEST(random)(m.rows, m.columns, m.leading - m.rows);
  memcpy(copy.at, m.at, sizeof(REAL) * (size_t)m.leading * m.columns);
  return copy;
}

static double TEST(get)(Matrix m, int transposed, int i, int j) {
  return transposed ? m.at[j + (size_t)i * m.leading] : m.at[i + (size_t)j * m.leading];
}

static void TEST(set_all)(Matrix m, REAL value) {
  for (int j = 0; j < m.columns; j++) {
    for (int i = 0; i < m.rows; i++) m.at[i + (size_t)j * m.leading] = value;
  }
}

/* Nothing was written below the columns. */
static int TEST(margin_is_kept)(Matrix now, Matrix before) {
  for (int j = 0; j < now.columns; j++) {
    size_t end = (size_t)j * now.leading + now.rows;
    if (memcmp(now.at + end, before.at + end, sizeof(REAL) * (size_t)(now.leading - now.rows)) != 0) return 0;
  }
  return 1;
}

/* part: -1 whole, 0 lower, 1 upper. */
static int TEST(in_part)(int part, int i, int j) { return part < 0 || (part == 0 ? i >= j : i <= j); }

/* C = alpha op(A) op(B) + beta C by definition, and C's other elements kept. */
static int TEST(is_product)(int part, double alpha, Matrix a, int ta, Matrix b, int tb, int k, double beta, Matrix before, Matrix c) {
  for (int j = 0; j < c.columns; j++) {
    for (int i = 0; i < c.rows; i++) {
      double was = TEST(get)(before, 0, i, j), is = TEST(get)(c, 0, i, j), sum = 0, size = 1;
      if (!TEST(in_part)(part, i, j)) {
        if (memcmp(&was, &is, sizeof was) != 0) return 0;
        continue;
      }
      for (int p = 0; p < k && alpha != 0; p++) {
        double term = TEST(get)(a, ta, i, p) * TEST(get)(b, tb, p, j);
        sum += alpha * term;
        size += fabs(term);
      }
      if (beta != 0) sum += beta * was;
      if (!(fabs(is - sum) <= (k + 4) * ROUNDING * size)) return 0;
    }
  }
  return TEST(margin_is_kept)(c, before);
}

static const int TEST(sizes)[][3] = {{1, 1, 1}, {17, 5, 3}, {33, 13, 29}, {7, 31, 300}, {201, 53, 37}, {5, 3, 0}};

static void TEST(gemm)(void) {
  for (int size = 0; size < 6; size++) {
    int m = TEST(sizes)[size][0], n = TEST(sizes)[size][1], k = TEST(sizes)[size][2];
    for (int kind = 0; kind < 9 * FACTOR_COUNT * FACTOR_COUNT; kind++) {
      int ta = kind % 3, tb = kind / 3 % 3;
      REAL alpha = (REAL)FACTORS[kind / 9 % FACTOR_COUNT], beta = (REAL)FACTORS[kind / 9 / FACTOR_COUNT];
      Matrix a = ta ? TEST(random)(k, m, 2) : TEST(random)(m, k, 1), b = tb ? TEST(random)(n, k, 1) : TEST(random)(k, n, 3);
      Matrix c = TEST(random)(m, n, 2);
      if (beta == 0) TEST(set_all)(c, (REAL)NAN);
      if (alpha == 0) TEST(set_all)(a, (REAL)NAN);
      Matrix before = TEST(copy)(c);
      blas.strict(kind % 2);
      CHECK(B(gemm_v2)(handle, ta, tb, m, n, k, &alpha, a.at, a.leading, b.at, b.leading, &beta, c.at, c.leading) == 0, "gemm");
      CHECK(TEST(is_product)(-1, alpha, a, ta, b, tb, k, beta, before, c), "gemm");
      free(a.at), free(b.at), free(c.at), free(before.at);
    }
  }
  blas.strict(0);
}

static void TEST(gemm_batched)(void) {
  int m = 9, n = 7, k = 11, batch = 3;
  REAL alpha = 0.5, beta = -1;
  Matrix a = TEST(random)(m, k * batch, 1), b = TEST(random)(k, n, 0), c = TEST(random)(m, n * batch, 2), before = TEST(copy)(c);
  CHECK(B(gemmStridedBatched)(handle, 0, 0, m, n, k, &alpha, a.at, a.leading, (long long)a.leading * k, b.at, b.leading, 0, &beta, c.at,
                              c.leading, (long long)c.leading * n, batch) == 0, "batched");
  for (int i = 0; i < batch; i++) {
    Matrix ai = {m, k, a.leading, a.at + i * a.leading * k}, ci = {m, n, c.leading, c.at + i * c.leading * n};
    Matrix bi = {m, n, c.leading, before.at + i * c.leading * n};
    CHECK(TEST(is_product)(-1, alpha, ai, 0, b, 0, k, beta, bi, ci), "batched");
  }
  CHECK(B(gemmStridedBatched)(handle, 0, 0, m, n, k, &alpha, a.at, a.leading, 0, b.at, b.leading, 0, &beta, c.at, c.leading, 0, -1) == 7, "batched");
  free(a.at), free(b.at), free(c.at), free(before.at);
}

static void TEST(syrk)(void) {
  for (int size = 0; size < 6; size++) {
    int n = TEST(sizes)[size][0], k = TEST(sizes)[size][2];
    for (int kind = 0; kind < 4 * FACTOR_COUNT * FACTOR_COUNT; kind++) {
      int uplo = kind % 2, trans = kind / 2 % 2;
      REAL alpha = (REAL)FACTORS[kind / 4 % FACTOR_COUNT], beta = (REAL)FACTORS[kind / 4 / FACTOR_COUNT];
      Matrix a = trans ? TEST(random)(k, n, 3) : TEST(random)(n, k, 1), c = TEST(random)(n, n, 1);
      if (beta == 0) TEST(set_all)(c, (REAL)NAN);
      Matrix before = TEST(copy)(c);
      blas.strict(1);
      CHECK(B(syrk_v2)(handle, uplo, trans, n, k, &alpha, a.at, a.leading, &beta, c.at, c.leading) == 0, "syrk");
      CHECK(TEST(is_product)(uplo, alpha, a, trans, a, !trans, k, beta, before, c), "syrk");
      free(a.at), free(c.at), free(before.at);
    }
  }
  blas.strict(0);
}

/* A well-conditioned triangle: the rest of the matrix, and a diagonal that counts as 1, are NaN. */
static Matrix TEST(triangle)(int n, int uplo, int unit) {
  Matrix t = TEST(random)(n, n, 1);
  for (int j = 0; j < n; j++) {
    for (int i = 0; i < n; i++) {
      REAL *at = &t.at[i + (size_t)j * t.leading];
      *at = i == j ? (REAL)(unit ? NAN : 2 + random_number()) : TEST(in_part)(uplo, i, j) ? *at / (REAL)n : (REAL)NAN;
    }
  }
  return t;
}

static double TEST(triangle_get)(Matrix t, int uplo, int trans, int unit, int i, int j) {
  if (i == j) return unit ? 1 : TEST(get)(t, 0, i, i);
  int row = trans ? j : i, column = trans ? i : j;
  return TEST(in_part)(uplo, row, column) ? TEST(get)(t, 0, row, column) : 0;
}

/* op(T) X = alpha B, or X op(T) = alpha B. */
static int TEST(is_solution)(int side, Matrix t, int uplo, int trans, int unit, double alpha, Matrix b, Matrix x) {
  for (int j = 0; j < x.columns; j++) {
    for (int i = 0; i < x.rows; i++) {
      double sum = 0, size = 1;
      for (int p = 0; p < t.rows; p++) {
        double term = side == CUBLAS_SIDE_LEFT ? TEST(triangle_get)(t, uplo, trans, unit, i, p) * TEST(get)(x, 0, p, j)
                                               : TEST(get)(x, 0, i, p) * TEST(triangle_get)(t, uplo, trans, unit, p, j);
        sum += term;
        size += fabs(term);
      }
      if (!(fabs(sum - alpha * TEST(get)(b, 0, i, j)) <= 4 * (t.rows + 2) * ROUNDING * size)) return 0;
    }
  }
  return TEST(margin_is_kept)(x, b);
}

static void TEST(trsm)(void) {
  for (int size = 0; size < 5; size++) {
    int m = TEST(sizes)[size][0], n = TEST(sizes)[size][1] + TEST(sizes)[size][2] % 100;
    for (int kind = 0; kind < 24; kind++) {
      int side = kind % 2, uplo = kind / 2 % 2, unit = kind / 4 % 2, trans = kind / 8;
      REAL alpha = (REAL)FACTORS[1 + kind % 3];
      Matrix t = TEST(triangle)(side == CUBLAS_SIDE_LEFT ? m : n, uplo, unit), b = TEST(random)(m, n, 2), x = TEST(copy)(b);
      CHECK(B(trsm_v2)(handle, side, uplo, trans, unit, m, n, &alpha, t.at, t.leading, x.at, x.leading) == 0, "trsm");
      CHECK(TEST(is_solution)(side, t, uplo, trans, unit, alpha, b, x), "trsm");
      alpha = 0;
      TEST(set_all)(x, (REAL)NAN);
      CHECK(B(trsm_v2)(handle, side, uplo, trans, unit, m, n, &alpha, NULL, t.leading, x.at, x.leading) == 0, "trsm");
      CHECK(x.at[0] == 0 && x.at[m - 1 + (size_t)(n - 1) * x.leading] == 0, "trsm");
      free(t.at), free(b.at), free(x.at);
    }
  }
}

/* Three systems of their own triangles, out of order in memory; one more than a batch has stays as it is. */
static void TEST(trsm_batched)(void) {
  enum { BATCH = 3 };
  int m = 19, n = 7;
  for (int kind = 0; kind < 24; kind++) {
    int side = kind % 2, uplo = kind / 2 % 2, unit = kind / 4 % 2, trans = kind / 8;
    REAL alpha = (REAL)FACTORS[1 + kind % 3];
    Matrix t[BATCH + 1], b[BATCH + 1], x[BATCH + 1];
    const REAL *triangles[BATCH + 1];
    REAL *right[BATCH + 1];
    for (int i = 0; i <= BATCH; i++) {
      t[i] = TEST(triangle)(side == CUBLAS_SIDE_LEFT ? m : n, uplo, unit), b[i] = TEST(random)(m, n, 2), x[i] = TEST(copy)(b[i]);
      triangles[i] = t[i].at, right[i] = x[i].at;
    }
    CHECK(B(trsmBatched)(handle, side, uplo, trans, unit, m, n, &alpha, triangles, t[0].leading, right, x[0].leading, BATCH) == 0, "trsmBatched");
    for (int i = 0; i < BATCH; i++) CHECK(TEST(is_solution)(side, t[i], uplo, trans, unit, alpha, b[i], x[i]), "trsmBatched");
    CHECK(memcmp(b[BATCH].at, x[BATCH].at, sizeof(REAL) * (size_t)m) == 0, "trsmBatched beyond the batch");
    for (int i = 0; i <= BATCH; i++) free(t[i].at), free(b[i].at), free(x[i].at);
  }
}

static void TEST(dgmm)(void) {
  int m = 13, n = 9;
  const int steps[] = {1, 2, -1, -2, 0};
  for (int kind = 0; kind < 10; kind++) {
    int mode = kind % 2, step = steps[kind / 2], length = mode == CUBLAS_SIDE_LEFT ? m : n;
    Matrix a = TEST(random)(m, n, 2), x = TEST(random)(2 * length, 1, 0), c = TEST(random)(m, n, 1), before = TEST(copy)(c);
    blas.strict(1);
    CHECK(B(dgmm)(handle, mode, m, n, a.at, a.leading, x.at, step, c.at, c.leading) == 0, "dgmm");
    int good = TEST(margin_is_kept)(c, before);
    for (int i = 0; i < m * n; i++) {
      int index = mode == CUBLAS_SIDE_LEFT ? i % m : i / m;
      REAL factor = x.at[step < 0 ? (length - 1 - index) * -step : index * step];
      good &= c.at[i % m + i / m * c.leading] == a.at[i % m + i / m * a.leading] * factor;
    }
    CHECK(good, "dgmm");
    CHECK(B(dgmm)(handle, mode, m, n, a.at, a.leading, x.at, step, a.at, a.leading) == 0 && a.at[0] == c.at[0], "dgmm in place");
    free(a.at), free(x.at), free(c.at), free(before.at);
  }
  blas.strict(0);
}

static void TEST(geam)(void) {
  int m = 11, n = 6;
  blas.strict(1);
  for (int kind = 0; kind < 4 * FACTOR_COUNT * FACTOR_COUNT; kind++) {
    int ta = kind % 2, tb = kind / 2 % 2;
    REAL alpha = (REAL)FACTORS[kind / 4 % FACTOR_COUNT], beta = (REAL)FACTORS[kind / 4 / FACTOR_COUNT];
    Matrix a = ta ? TEST(random)(n, m, 1) : TEST(random)(m, n, 2), b = tb ? TEST(random)(n, m, 3) : TEST(random)(m, n, 0);
    Matrix c = TEST(random)(m, n, 1), before = TEST(copy)(c);
    if (alpha == 0) TEST(set_all)(a, (REAL)NAN);
    if (beta == 0) TEST(set_all)(b, (REAL)NAN);
    CHECK(B(geam)(handle, ta, tb, m, n, &alpha, a.at, a.leading, &beta, b.at, b.leading, c.at, c.leading) == 0, "geam");
    int good = TEST(margin_is_kept)(c, before);
    for (int i = 0; i < m * n; i++) {
      double sum = alpha == 0 ? 0 : alpha * TEST(get)(a, ta, i % m, i / m);
      if (beta != 0) sum += beta * TEST(get)(b, tb, i % m, i / m);
      good &= fabs(TEST(get)(c, 0, i % m, i / m) - sum) <= 4 * ROUNDING;
    }
    CHECK(good, "geam");
    if (!ta && alpha == 1 && beta == 0) {
      CHECK(B(geam)(handle, 0, tb, m, n, &alpha, a.at, a.leading, &beta, b.at, b.leading, a.at, a.leading) == 0, "geam in place");
      CHECK(a.at[0] == c.at[0], "geam in place");
      CHECK(B(geam)(handle, 1, tb, m, n, &alpha, c.at, m, &beta, b.at, b.leading, c.at, m) == 7, "geam in place, transposed");
    }
    free(a.at), free(b.at), free(c.at), free(before.at);
  }
  blas.strict(0);
}

static void TEST(vectors)(void) {
  int n = 37;
  REAL half = 0.5, result = -1;
  Matrix x = TEST(random)(2 * n, 1, 0), y = TEST(random)(3 * n, 1, 0), before = TEST(copy)(y);
  double squares = 0, product = 0;
  for (int i = 0; i < n; i++) squares += (double)x.at[2 * i] * x.at[2 * i], product += (double)x.at[2 * i] * y.at[3 * (n - 1 - i)];
  CHECK(B(nrm2_v2)(handle, n, x.at, 2, &result) == 0 && fabs(result - sqrt(squares)) <= n * ROUNDING, "nrm2");
  CHECK(B(nrm2_v2)(handle, 0, NULL, 1, &result) == 0 && result == 0, "nrm2");
  REAL tiny[] = {(REAL)3e-30, (REAL)4e-30};
  CHECK(B(nrm2_v2)(handle, 2, tiny, 1, &result) == 0 && fabs(result / 5e-30 - 1) < 8 * ROUNDING, "nrm2");
  CHECK(B(dot_v2)(handle, n, x.at, 2, y.at, -3, &result) == 0 && fabs(result - product) <= n * n * ROUNDING, "dot");
  CHECK(B(axpy_v2)(handle, n, &half, x.at, 2, y.at, -3) == 0, "axpy");
  int good = 1;
  for (int i = 0; i < 3 * n; i++) {
    REAL added = i % 3 == 0 ? half * x.at[2 * (n - 1 - i / 3)] : 0;
    good &= fabs(y.at[i] - (before.at[i] + added)) <= 4 * ROUNDING;
  }
  CHECK(good, "axpy");
  CHECK(B(copy_v2)(handle, n, x.at, 2, y.at, 1) == 0 && y.at[n - 1] == x.at[2 * n - 2] && y.at[3] == x.at[6], "copy");
  REAL first = x.at[0], second = x.at[1];
  CHECK(B(scal_v2)(handle, n, &half, x.at, 2) == 0 && x.at[0] == half * first && x.at[1] == second, "scal");
  CHECK(B(scal_v2)(handle, n, NULL, x.at, 2) == CUBLAS_STATUS_INVALID_VALUE, "scal");
  free(x.at), free(y.at), free(before.at);
}

static void TEST(blas_arguments)(void) {
  REAL one = 1, x[4] = {1, 2, 3, 4}, c[4] = {0};
  const char *where = "arguments";
  CHECK(B(gemm_v2)(NULL, 0, 0, 2, 2, 2, &one, x, 2, x, 2, &one, c, 2) == CUBLAS_STATUS_NOT_INITIALIZED, where);
  CHECK(B(gemm_v2)(handle, 3, 0, 2, 2, 2, &one, x, 2, x, 2, &one, c, 2) == CUBLAS_STATUS_INVALID_VALUE, where);
  CHECK(B(gemm_v2)(handle, 0, -1, 2, 2, 2, &one, x, 2, x, 2, &one, c, 2) == CUBLAS_STATUS_INVALID_VALUE, where);
  CHECK(B(gemm_v2)(handle, 0, 0, -1, 2, 2, &one, x, 2, x, 2, &one, c, 2) == CUBLAS_STATUS_INVALID_VALUE, where);
  CHECK(B(gemm_v2)(handle, 0, 0, 2, 2, 2, &one, x, 1, x, 2, &one, c, 2) == CUBLAS_STATUS_INVALID_VALUE, where);
  CHECK(B(gemm_v2)(handle, 1, 1, 2, 2, 1, &one, x, 1, x, 1, &one, c, 2) == CUBLAS_STATUS_INVALID_VALUE, where);
  CHECK(B(gemm_v2)(handle, 0, 0, 2, 2, 2, &one, x, 2, x, 2, &one, c, 1) == CUBLAS_STATUS_INVALID_VALUE, where);
  CHECK(B(gemm_v2)(handle, 0, 0, 2, 2, 2, NULL, x, 2, x, 2, &one, c, 2) == CUBLAS_STATUS_INVALID_VALUE, where);
  CHECK(B(gemm_v2)(handle, 0, 0, 2, 2, 2, &one, NULL, 2, x, 2, &one, c, 2) == CUBLAS_STATUS_INVALID_VALUE, where);
  CHECK(B(gemm_v2)(handle, 0, 0, 0, 2, 2, &one, NULL, 1, x, 2, &one, NULL, 1) == CUBLAS_STATUS_SUCCESS, where);
  CHECK(B(gemm_v2)(handle, 0, 0, 2, 2, 2, &one, x, 2, x, 0, &one, c, 2) == CUBLAS_STATUS_INVALID_VALUE && c[0] == 0, where);
  CHECK(B(syrk_v2)(handle, 2, 0, 2, 2, &one, x, 2, &one, c, 2) == CUBLAS_STATUS_INVALID_VALUE, where);
  CHECK(B(syrk_v2)(handle, 0, 0, 2, 1, &one, x, 1, &one, c, 2) == CUBLAS_STATUS_INVALID_VALUE, where);
  CHECK(B(trsm_v2)(handle, 2, 0, 0, 0, 2, 2, &one, x, 2, c, 2) == CUBLAS_STATUS_INVALID_VALUE, where);
  CHECK(B(trsm_v2)(handle, 1, 0, 0, 0, 1, 2, &one, x, 1, c, 1) == CUBLAS_STATUS_INVALID_VALUE, where);
  CHECK(B(trsmBatched)(handle, 0, 0, 0, 0, 2, 2, &one, NULL, 2, NULL, 2, 0) == 0, where);
  CHECK(B(trsmBatched)(handle, 0, 0, 0, 0, 2, 2, &one, NULL, 2, NULL, 2, 1) == CUBLAS_STATUS_INVALID_VALUE, where);
  CHECK(B(trsmBatched)(handle, 0, 0, 0, 0, 2, 2, &one, NULL, 2, NULL, 2, -1) == CUBLAS_STATUS_INVALID_VALUE, where);
  CHECK(B(dgmm)(handle, 0, 2, 2, x, 1, x, 1, c, 2) == CUBLAS_STATUS_INVALID_VALUE, where);
  CHECK(B(nrm2_v2)(handle, 2, x, 1, NULL) == CUBLAS_STATUS_INVALID_VALUE, where);
}

static const int TEST(orders)[] = {1, 2, 3, 17, 32, 33, 97, 150};
enum { TEST(ORDERS) = 8 };

/* Exactly as much as was asked for, so that a sanitizer sees one element too many. */
static REAL *TEST(workspace)(int lwork) { return malloc(sizeof(REAL) * (size_t)lwork); }

/* A + n I, symmetric. */
static Matrix TEST(symmetric)(int n, double shift) {
  Matrix a = TEST(random)(n, n, 1);
  for (int j = 0; j < n; j++) {
    for (int i = 0; i < j; i++) a.at[i + (size_t)j * a.leading] = a.at[j + (size_t)i * a.leading];
    a.at[j + (size_t)j * a.leading] += (REAL)shift;
  }
  return a;
}

/* The triangle T of the matrix has T T' = A (lower) or T' T = A. */
static int TEST(is_factor)(int uplo, Matrix t, Matrix a) {
  int n = a.rows;
  for (int j = 0; j < n; j++) {
    for (int i = j; i < n; i++) {
      double sum = 0;
      for (int p = 0; p <= j; p++) {
        sum += uplo == CUBLAS_FILL_MODE_LOWER ? TEST(get)(t, 0, i, p) * TEST(get)(t, 0, j, p) : TEST(get)(t, 0, p, i) * TEST(get)(t, 0, p, j);
      }
      if (!(fabs(sum - TEST(get)(a, 0, i, j)) <= 4 * (n + 2) * ROUNDING * (n + 1))) return 0;
    }
  }
  return 1;
}

static void TEST(potrf)(void) {
  for (int kind = 0; kind < 2 * TEST(ORDERS); kind++) {
    int uplo = kind % 2, n = TEST(orders)[kind / 2], lwork = -1, info = -1;
    Matrix a = TEST(symmetric)(n, n), t = TEST(copy)(a);
    for (int i = 0; i < n * n; i++) {
      if (!TEST(in_part)(uplo, i % n, i / n)) t.at[i % n + i / n * t.leading] = (REAL)NAN;
    }
    CHECK(S(potrf_bufferSize)(solver_handle, uplo, n, t.at, t.leading, &lwork) == 0 && lwork > 0, "potrf");
    REAL *work = TEST(workspace)(lwork);
    CHECK(S(potrf)(solver_handle, uplo, n, t.at, t.leading, work, lwork - 1, &info) == CUSOLVER_STATUS_INVALID_VALUE, "potrf");
    CHECK(S(potrf)(solver_handle, uplo, n, t.at, t.leading, work, lwork, &info) == 0 && info == 0, "potrf");
    CHECK(TEST(is_factor)(uplo, t, a) && TEST(margin_is_kept)(t, a), "potrf");
    CHECK(n == 1 || isnan(t.at[uplo == CUBLAS_FILL_MODE_LOWER ? t.leading : 1]), "potrf leaves the other triangle");

    /* Not positive definite from row bad on. */
    int bad = n / 2;
    Matrix indefinite = TEST(copy)(a);
    indefinite.at[bad + (size_t)bad * a.leading] = -1;
    CHECK(S(potrf)(solver_handle, uplo, n, indefinite.at, a.leading, work, lwork, &info) == 0 && info == bad + 1, "potrf indefinite");

    Matrix first = TEST(copy)(a), second = TEST(copy)(a);
    second.at[bad + (size_t)bad * a.leading] = -1;
    REAL *both[] = {first.at, second.at};
    int infos[2] = {-1, -1};
    CHECK(S(potrfBatched)(solver_handle, uplo, n, both, a.leading, infos, 2) == 0 && infos[0] == 0 && infos[1] == bad + 1, "potrfBatched");
    CHECK(TEST(is_factor)(uplo, first, a), "potrfBatched");

    solver.fail_info("cusolverDn" LETTER "potrf", 0, 5);
    memcpy(t.at, a.at, sizeof(REAL) * (size_t)a.leading * n);
    CHECK(S(potrf)(solver_handle, uplo, n, t.at, t.leading, work, lwork, &info) == 0 && info == 5, "potrf with injected info");
    memcpy(t.at, a.at, sizeof(REAL) * (size_t)a.leading * n);
    CHECK(S(potrf)(solver_handle, uplo, n, t.at, t.leading, work, lwork, &info) == 0 && info == 0, "potrf after it");
    free(a.at), free(t.at), free(work), free(indefinite.at), free(first.at), free(second.at);
  }
}

/* count eigenvalues of A in ascending order, and the vectors that belong to them, orthonormal. */
static int TEST(is_decomposition)(Matrix a, Matrix z, const REAL *w, int count) {
  int n = a.rows;
  double norm = 0;
  for (int i = 0; i < n * n; i++) norm += pow(TEST(get)(a, 0, i % n, i / n), 2);
  double bound = 10 * (n + 4) * ROUNDING * (sqrt(norm) > 0 ? sqrt(norm) : 1);
  for (int j = 0; j < count; j++) {
    if (j > 0 && !(w[j - 1] <= w[j])) return 0;
    for (int i = 0; i < n; i++) {
      double image = 0;
      for (int p = 0; p < n; p++) image += TEST(get)(a, 0, i, p) * TEST(get)(z, 0, p, j);
      if (!(fabs(image - w[j] * TEST(get)(z, 0, i, j)) <= bound)) return 0;
    }
    for (int k = 0; k <= j; k++) {
      double product = j == k ? -1 : 0;
      for (int p = 0; p < n; p++) product += TEST(get)(z, 0, p, j) * TEST(get)(z, 0, p, k);
      if (!(fabs(product) <= 10 * (n + 4) * ROUNDING)) return 0;
    }
  }
  return 1;
}

/* What is wanted of eigensolvers beside random matrices: 0 random, 1 of rank 2, 2 graded, 3 the identity, 4 zero, 5 huge. */
static Matrix TEST(difficult)(int n, int kind) {
  Matrix a = TEST(symmetric)(n, 0);
  double u[200], v[200];
  for (int i = 0; i < n; i++) u[i] = random_number(), v[i] = random_number();
  for (int j = 0; j < n; j++) {
    for (int i = 0; i <= j; i++) {
      double value = TEST(get)(a, 0, i, j);
      if (kind == 1) value = u[i] * u[j] + v[i] * v[j];
      if (kind == 2) value *= pow(10, -0.2 * (i + j));
      if (kind == 3) value = i == j;
      if (kind == 4) value = 0;
      if (kind == 5) value *= 1e30;
      a.at[i + (size_t)j * a.leading] = a.at[j + (size_t)i * a.leading] = (REAL)value;
    }
  }
  return a;
}

static void TEST(syevd)(void) {
  solver.strict(1);
  for (int kind = 0; kind < 12 * TEST(ORDERS); kind++) {
    int uplo = kind % 2, n = TEST(orders)[kind / 12], lwork = -1, info = -1;
    Matrix a = TEST(difficult)(n, kind / 2 % 6), z = TEST(copy)(a), values_only = TEST(copy)(a);
    REAL w[200], only[200];
    for (int i = 0; i < n * n; i++) {
      if (!TEST(in_part)(uplo, i % n, i / n)) z.at[i % n + i / n * z.leading] = values_only.at[i % n + i / n * z.leading] = (REAL)NAN;
    }
    CHECK(S(syevd_bufferSize)(solver_handle, 1, uplo, n, z.at, z.leading, w, &lwork) == 0, "syevd");
    REAL *work = TEST(workspace)(lwork);
    CHECK(S(syevd)(solver_handle, 1, uplo, n, z.at, z.leading, w, work, lwork - 1, &info) == CUSOLVER_STATUS_INVALID_VALUE, "syevd");
    CHECK(S(syevd)(solver_handle, 1, uplo, n, z.at, z.leading, w, work, lwork, &info) == 0 && info == 0, "syevd");
    CHECK(TEST(is_decomposition)(a, z, w, n) && TEST(margin_is_kept)(z, a), "syevd");
    free(work);

    CHECK(S(syevd_bufferSize)(solver_handle, 0, uplo, n, values_only.at, z.leading, only, &lwork) == 0, "syevd");
    work = TEST(workspace)(lwork);
    CHECK(S(syevd)(solver_handle, 0, uplo, n, values_only.at, z.leading, only, work, lwork, &info) == 0 && info == 0, "syevd");
    CHECK(memcmp(w, only, sizeof(REAL) * (size_t)n) == 0, "values are the same without vectors");
    free(work), free(a.at), free(z.at), free(values_only.at);
  }
  solver.strict(0);
}

static void TEST(syevd_of_nan)(void) {
  int n = 20, lwork, info = 0;
  Matrix a = TEST(random)(n, n, 0);
  REAL w[20];
  TEST(set_all)(a, (REAL)NAN);
  S(syevd_bufferSize)(solver_handle, 1, 0, n, a.at, n, w, &lwork);
  REAL *work = TEST(workspace)(lwork);
  CHECK(S(syevd)(solver_handle, 1, 0, n, a.at, n, w, work, lwork, &info) == 0 && info > 0, "syevd of NaN does not converge");
  CHECK(S(syevd)(solver_handle, 2, 0, n, a.at, n, w, work, lwork, &info) == CUSOLVER_STATUS_INVALID_VALUE, "syevd");
  CHECK(S(syevd)(solver_handle, 1, 0, n, a.at, n - 1, w, work, lwork, &info) == CUSOLVER_STATUS_INVALID_VALUE, "syevd");
  free(a.at), free(work);
}

static void TEST(syevdx)(void) {
  solver.strict(1);
  for (int kind = 0; kind < 6; kind++) {
    int n = 41, uplo = kind % 2, range = CUSOLVER_EIG_RANGE_ALL + kind / 2, il = 38, iu = 41, lwork = -1, info = -1, found = -1;
    Matrix a = TEST(symmetric)(n, 0), z = TEST(copy)(a), all = TEST(copy)(a);
    REAL w[41], expected[41], big[4000];
    S(syevd)(solver_handle, 0, uplo, n, all.at, all.leading, expected, big, 4000, &info);
    REAL vl = expected[9], vu = expected[20];
    CHECK(S(syevdx_bufferSize)(solver_handle, 1, range, uplo, n, z.at, z.leading, vl, vu, il, iu, &found, w, &lwork) == 0, "syevdx");
    REAL *work = TEST(workspace)(lwork);
    CHECK(S(syevdx)(solver_handle, 1, range, uplo, n, z.at, z.leading, vl, vu, il, iu, &found, w, work, lwork, &info) == 0 && info == 0, "syevdx");
    int first[] = {0, 37, 10}, count[] = {41, 4, 11};
    CHECK(found == count[kind / 2] && w[0] == expected[first[kind / 2]], "syevdx");
    CHECK(TEST(is_decomposition)(a, z, w, found) && TEST(margin_is_kept)(z, a), "syevdx");
    CHECK(found == n || (isnan(w[found]) && isnan(z.at[(size_t)found * z.leading])), "what is behind the range is without meaning");
    range = CUSOLVER_EIG_RANGE_I;
    CHECK(S(syevdx)(solver_handle, 1, range, uplo, n, z.at, z.leading, vl, vu, 0, iu, &found, w, work, lwork, &info) == 3, "syevdx");
    free(a.at), free(z.at), free(all.at), free(work);
  }
  solver.strict(0);
}

static void TEST(qr)(void) {
  const int shapes[][3] = {{1, 1, 1}, {33, 17, 17}, {150, 31, 31}, {40, 20, 11}, {9, 9, 9}};
  for (int shape = 0; shape < 5; shape++) {
    int m = shapes[shape][0], n = shapes[shape][1], k = shapes[shape][2], lwork = -1, info = -1;
    Matrix a = TEST(random)(m, k, 1), factors = TEST(copy)(a), q = TEST(random)(m, n, 1);
    REAL tau[64];
    CHECK(S(geqrf_bufferSize)(solver_handle, m, k, factors.at, factors.leading, &lwork) == 0, "geqrf");
    REAL *work = TEST(workspace)(lwork);
    CHECK(S(geqrf)(solver_handle, m, k, factors.at, factors.leading, tau, work, lwork - 1, &info) == CUSOLVER_STATUS_INVALID_VALUE, "geqrf");
    CHECK(S(geqrf)(solver_handle, m, k, factors.at, factors.leading, tau, work, lwork, &info) == 0 && info == 0, "geqrf");
    CHECK(TEST(margin_is_kept)(factors, a), "geqrf");
    free(work);
    memcpy(q.at, factors.at, sizeof(REAL) * (size_t)factors.leading * k);
    CHECK(S(orgqr_bufferSize)(solver_handle, m, n, k, q.at, q.leading, tau, &lwork) == 0, "orgqr");
    work = TEST(workspace)(lwork);
    CHECK(S(orgqr)(solver_handle, m, n, k, q.at, q.leading, tau, work, lwork, &info) == 0 && info == 0, "orgqr");
    free(work);
    int good = 1;
    for (int j = 0; j < n; j++) {
      for (int i = 0; i < n; i++) {
        double product = i == j ? -1 : 0;
        for (int p = 0; p < m; p++) product += TEST(get)(q, 0, p, i) * TEST(get)(q, 0, p, j);
        good &= fabs(product) <= 4 * (m + 4) * ROUNDING;
      }
    }
    CHECK(good, "orgqr is orthonormal");
    good = 1;
    for (int j = 0; j < k; j++) {
      for (int i = 0; i < m; i++) {
        double sum = 0;
        for (int p = 0; p <= j; p++) sum += TEST(get)(q, 0, i, p) * TEST(get)(factors, 0, p, j);
        good &= fabs(sum - TEST(get)(a, 0, i, j)) <= 4 * (m + 4) * ROUNDING;
      }
    }
    CHECK(good, "QR = A");
    CHECK(S(orgqr_bufferSize)(solver_handle, m, m + 1, k, q.at, q.leading, tau, &lwork) == CUSOLVER_STATUS_INVALID_VALUE, "orgqr");
    free(a.at), free(factors.at), free(q.at);
  }
}

static void TEST(all)(void) {
  TEST(gemm)();
  TEST(gemm_batched)();
  TEST(syrk)();
  TEST(trsm)();
  TEST(trsm_batched)();
  TEST(dgmm)();
  TEST(geam)();
  TEST(vectors)();
  TEST(blas_arguments)();
  TEST(potrf)();
  TEST(syevd)();
  TEST(syevd_of_nan)();
  TEST(syevdx)();
  TEST(qr)();
}
#undef Matrix
