/* What cuSPARSE's functions refuse, its books, and failures injected into it. Included by test_sparse.h. */
static void sparse_descriptors_refused(void) {
  static const int64_t sizes[][3] = {{-1, 2, 0}, {2, -2, 0}, {2, 2, -1}, {2, 2, 5}, {1 << 16, 1 << 16, 1LL << 31}, {2, 1LL << 31, 2},
                                     {1LL << 31, 2, 2}};
  static const int types[][4] = {{CUSPARSE_INDEX_64I, 2, 0, 0}, {2, CUSPARSE_INDEX_64I, 0, 0}, {2, 2, CUSPARSE_INDEX_BASE_ONE, 0},
                                 {2, 2, 0, CUDA_R_64F}};
  const char *where = "refused sparse descriptors";
  const int invalid = CUSPARSE_STATUS_INVALID_VALUE;
  cusparseSpMatDescr_t a;
  int32_t offsets[] = {0, 1, 2}, indices[] = {0, 1};
  float values[] = {1, 2};
  for (int i = 0; i < 7; i++) {
    CHECK(cusparseCreateCsr(&a, sizes[i][0], sizes[i][1], sizes[i][2], offsets, indices, values, 2, 2, 0, 0) == invalid, where);
  }
  for (int i = 0; i < 4; i++) {
    const int *t = types[i];
    CHECK(cusparseCreateCsr(&a, 2, 2, 2, offsets, indices, values, t[0], t[1], t[2], t[3]) == CUSPARSE_STATUS_NOT_SUPPORTED, where);
  }
  CHECK(cusparseCreateCsr(NULL, 2, 2, 2, offsets, indices, values, 2, 2, 0, 0) == invalid, where);
  CHECK(cusparseCreateCsr(&a, 2, 2, 2, NULL, indices, values, 2, 2, 0, 0) == invalid, where);
  CHECK(cusparseCreateCsr(&a, 2, 2, 2, offsets, NULL, values, 2, 2, 0, 0) == invalid, where);
  CHECK(cusparseCreateCsr(&a, 2, 2, 2, offsets, indices, NULL, 2, 2, 0, 0) == invalid && sparse.live_descriptors() == 0, where);
}

static void dense_descriptors_refused(void) {
  static const int sizes[][4] = {{-1, 2, 2, CUSPARSE_ORDER_COL}, {2, -1, 2, CUSPARSE_ORDER_COL}, {2, 1, 1, CUSPARSE_ORDER_COL},
                                 {1, 2, 1, CUSPARSE_ORDER_ROW}};
  const char *where = "refused dense descriptors";
  cusparseDnMatDescr_t d;
  float values[4];
  for (int i = 0; i < 4; i++) {
    const int *s = sizes[i];
    CHECK(cusparseCreateDnMat(&d, s[0], s[1], s[2], values, CUDA_R_32F, s[3]) == CUSPARSE_STATUS_INVALID_VALUE, where);
  }
  CHECK(cusparseCreateDnMat(NULL, 2, 2, 2, values, 0, 1) == CUSPARSE_STATUS_INVALID_VALUE, where);
  CHECK(cusparseCreateDnMat(&d, 2, 2, 2, NULL, 0, 1) == CUSPARSE_STATUS_INVALID_VALUE, where);
  CHECK(cusparseCreateDnMat(&d, 2, 2, 2, values, CUDA_R_64F, 1) == CUSPARSE_STATUS_NOT_SUPPORTED, where);
  CHECK(cusparseCreateDnMat(&d, 2, 2, 2, values, 0, 3) == CUSPARSE_STATUS_NOT_SUPPORTED && sparse.live_descriptors() == 0, where);
}

/* A 2 x 2 identity and a product with it, for calls that differ from it in one argument. */
typedef struct {
  int32_t offsets[3], indices[2];
  float ones[2], b[4], c[4], alpha, beta;
  cusparseSpMatDescr_t a;
  cusparseDnMatDescr_t bd, cd, low, narrow;
} Identity;

static void open_identity(Identity *i) {
  *i = (Identity){{0, 1, 2}, {0, 1}, {1, 1}, {1, 2, 3, 4}, {0}, 1, 0, NULL, NULL, NULL, NULL, NULL};
  CHECK(cusparseCreateCsr(&i->a, 2, 2, 2, i->offsets, i->indices, i->ones, 2, 2, 0, 0) == 0, "identity");
  CHECK(cusparseCreateDnMat(&i->bd, 2, 2, 2, i->b, 0, 1) == 0 && cusparseCreateDnMat(&i->cd, 2, 2, 2, i->c, 0, 1) == 0, "identity");
  CHECK(cusparseCreateDnMat(&i->low, 1, 2, 1, i->b, 0, 1) == 0 && cusparseCreateDnMat(&i->narrow, 2, 1, 2, i->b, 0, 1) == 0, "identity");
}

static void close_identity(Identity *i) {
  CHECK(cusparseDestroySpMat(i->a) == 0 && cusparseDestroyDnMat(i->bd) == 0, "identity");
  CHECK(cusparseDestroyDnMat(i->cd) == 0 && cusparseDestroyDnMat(i->low) == 0 && cusparseDestroyDnMat(i->narrow) == 0, "identity");
}

/* Both functions answer the same, and nothing is written. */
static void refuse(int expected, Identity *i, cusparseHandle_t h, int opa, int opb, const float *alpha, cusparseSpMatDescr_t a,
                   cusparseDnMatDescr_t b, const float *beta, cusparseDnMatDescr_t c, int compute, int algorithm, const char *where) {
  size_t bytes = 77;
  float workspace[64], before[4];
  memcpy(before, i->c, sizeof before);
  CHECK(cusparseSpMM_bufferSize(h, opa, opb, alpha, a, b, beta, c, compute, algorithm, &bytes) == expected && bytes == 77, where);
  CHECK(cusparseSpMM(h, opa, opb, alpha, a, b, beta, c, compute, algorithm, workspace) == expected, where);
  CHECK(memcmp(before, i->c, sizeof before) == 0, where);
}

static void sparse_products_refused(void) {
  Identity i;
  open_identity(&i);
  cusparseHandle_t h = sparse_handle;
  const int invalid = CUSPARSE_STATUS_INVALID_VALUE, unsupported = CUSPARSE_STATUS_NOT_SUPPORTED;
  refuse(1, &i, NULL, 0, 0, &i.alpha, i.a, i.bd, &i.beta, i.cd, 0, 0, "no handle");
  refuse(1, &i, (cusparseHandle_t)i.a, 0, 0, &i.alpha, i.a, i.bd, &i.beta, i.cd, 0, 0, "a descriptor as handle");
  refuse(invalid, &i, h, 0, 0, NULL, i.a, i.bd, &i.beta, i.cd, 0, 0, "no alpha");
  refuse(invalid, &i, h, 0, 0, &i.alpha, i.a, i.bd, NULL, i.cd, 0, 0, "no beta");
  refuse(invalid, &i, h, 0, 0, &i.alpha, NULL, i.bd, &i.beta, i.cd, 0, 0, "no A");
  refuse(invalid, &i, h, 0, 0, &i.alpha, i.a, NULL, &i.beta, i.cd, 0, 0, "no B");
  refuse(invalid, &i, h, 0, 0, &i.alpha, i.a, i.bd, &i.beta, NULL, 0, 0, "no C");
  refuse(invalid, &i, h, 0, 0, &i.alpha, (cusparseSpMatDescr_t)i.bd, i.bd, &i.beta, i.cd, 0, 0, "dense A");
  refuse(invalid, &i, h, 0, 0, &i.alpha, i.a, (cusparseDnMatDescr_t)i.a, &i.beta, i.cd, 0, 0, "sparse B");
  refuse(invalid, &i, h, 0, 0, &i.alpha, i.a, i.bd, &i.beta, (cusparseDnMatDescr_t)i.a, 0, 0, "sparse C");
  refuse(invalid, &i, h, 0, 0, &i.alpha, i.a, i.low, &i.beta, i.cd, 0, 0, "rows of B");
  refuse(invalid, &i, h, 0, 0, &i.alpha, i.a, i.bd, &i.beta, i.low, 0, 0, "rows of C");
  refuse(invalid, &i, h, 0, 0, &i.alpha, i.a, i.bd, &i.beta, i.narrow, 0, 0, "columns of C");
  refuse(unsupported, &i, h, CUSPARSE_OPERATION_TRANSPOSE, 0, &i.alpha, i.a, i.bd, &i.beta, i.cd, 0, 0, "A transposed");
  refuse(unsupported, &i, h, 0, CUSPARSE_OPERATION_TRANSPOSE, &i.alpha, i.a, i.bd, &i.beta, i.cd, 0, 0, "B transposed");
  refuse(unsupported, &i, h, 0, 0, &i.alpha, i.a, i.bd, &i.beta, i.cd, CUDA_R_64F, 0, "in double");
  refuse(unsupported, &i, h, 0, 0, &i.alpha, i.a, i.bd, &i.beta, i.cd, 0, CUSPARSE_SPMM_COO_ALG1, "algorithm for COO");
  CHECK(cusparseSpMM_bufferSize(h, 0, 0, &i.alpha, i.a, i.bd, &i.beta, i.cd, 0, 0, NULL) == invalid, "no size");
  CHECK(cusparseSpMM(h, 0, 0, &i.alpha, i.a, i.bd, &i.beta, i.cd, 0, 0, NULL) == invalid && i.c[0] == 0, "no workspace");
  CHECK(multiply_sparse(1, i.a, i.bd, 0, i.cd, 0) == 0 && memcmp(i.b, i.c, sizeof i.b) == 0, "identity");
  close_identity(&i);
}

/* A product whose input is also its output, which is wrong, shows. */
static void sparse_output_is_not_read(void) {
  Identity i;
  open_identity(&i);
  sparse.strict(1);
  CHECK(multiply_sparse(1, i.a, i.bd, 0, i.bd, 0) == 0 && isnan(i.b[0]) && isnan(i.b[3]), "strict");
  sparse.strict(0);
  close_identity(&i);
}

/* Arrays for which a GPU would read outside them. */
static void sparse_arrays_refused(void) {
  static const int32_t wrong[][5] = {{1, 1, 2, 0, 1}, {0, 1, 1, 0, 1}, {0, 3, 2, 0, 1}, {0, 1, 2, -1, 1}, {0, 1, 2, 0, 2}};
  Identity i;
  open_identity(&i);
  for (int kind = 0; kind < 5; kind++) {
    memcpy(i.offsets, wrong[kind], sizeof i.offsets);
    memcpy(i.indices, wrong[kind] + 3, sizeof i.indices);
    CHECK(multiply_sparse(1, i.a, i.bd, 0, i.cd, 0) == CUSPARSE_STATUS_EXECUTION_FAILED && i.c[0] == 0, "arrays");
  }
  close_identity(&i);
}

static void sparse_lives(void) {
  const char *where = "live descriptors";
  int64_t handles = sparse.live_handles();
  Identity i;
  open_identity(&i);
  CHECK(sparse.live_descriptors() == 5 && sparse.live_handles() == handles && blas.live_descriptors() == 0, where);
  CHECK(cusparseDestroySpMat((cusparseSpMatDescr_t)i.bd) == CUSPARSE_STATUS_INVALID_VALUE, where);
  CHECK(cusparseDestroyDnMat((cusparseDnMatDescr_t)i.a) == CUSPARSE_STATUS_INVALID_VALUE, where);
  CHECK(cusparseDestroy((cusparseHandle_t)i.a) == CUSPARSE_STATUS_NOT_INITIALIZED, where);
  CHECK(cusparseDestroySpMat(NULL) == CUSPARSE_STATUS_INVALID_VALUE && cusparseDestroyDnMat(NULL) == CUSPARSE_STATUS_INVALID_VALUE, where);
  CHECK(sparse.live_descriptors() == 5, where);
  close_identity(&i);
  CHECK(cusparseDestroySpMat(i.a) == CUSPARSE_STATUS_INVALID_VALUE, where);
  CHECK(cusparseDestroyDnMat(i.bd) == CUSPARSE_STATUS_INVALID_VALUE, where);
  CHECK(sparse.live_descriptors() == 0, where);
}

static void sparse_injection(void) {
  const char *where = "injection in cuSPARSE";
  Identity i;
  size_t bytes = 77;
  float workspace[64];
  cusparseSpMatDescr_t a;
  cusparseDnMatDescr_t d;
  open_identity(&i);
  sparse.reset();
  const char *functions[] = {"cusparseCreateCsr", "cusparseCreateDnMat", "cusparseSpMM_bufferSize", "cusparseSpMM", "cusparseDestroySpMat",
                             "cusparseDestroyDnMat"};
  for (int f = 0; f < 6; f++) sparse.fail(functions[f], 0, CUSPARSE_STATUS_ALLOC_FAILED);
  CHECK(cusparseCreateCsr(&a, 2, 2, 2, i.offsets, i.indices, i.ones, 2, 2, 0, 0) == CUSPARSE_STATUS_ALLOC_FAILED, where);
  CHECK(cusparseCreateDnMat(&d, 2, 2, 2, i.b, 0, 1) == CUSPARSE_STATUS_ALLOC_FAILED, where);
  CHECK(cusparseSpMM_bufferSize(sparse_handle, 0, 0, &i.alpha, i.a, i.bd, &i.beta, i.cd, 0, 0, &bytes) == CUSPARSE_STATUS_ALLOC_FAILED, where);
  CHECK(cusparseSpMM(sparse_handle, 0, 0, &i.alpha, i.a, i.bd, &i.beta, i.cd, 0, 0, workspace) == CUSPARSE_STATUS_ALLOC_FAILED, where);
  CHECK(bytes == 77 && i.c[0] == 0, where);
  CHECK(cusparseDestroySpMat(i.a) == CUSPARSE_STATUS_ALLOC_FAILED && cusparseDestroyDnMat(i.bd) == CUSPARSE_STATUS_ALLOC_FAILED, where);
  for (int f = 0; f < 6; f++) CHECK(sparse.calls(functions[f]) == 1, functions[f]);
  CHECK(sparse.live_descriptors() == 5 && multiply_sparse(1, i.a, i.bd, 0, i.cd, 0) == 0 && i.c[0] == 1, where);
  close_identity(&i);
  sparse.reset();
}
