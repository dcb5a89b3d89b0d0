/* The sources that include this are compiled twice: for float with STANDIN_SINGLE, and for double. */
#ifndef STANDINS_REAL_H
#define STANDINS_REAL_H

#include <float.h>
#include <tgmath.h>

#ifdef STANDIN_SINGLE
typedef float Real;
#define NAME(name) single_##name
#define CUBLAS(name) cublasS##name
#define CUSOLVER(name) cusolverDnS##name
#define EPSILON FLT_EPSILON
#define LEAST_NORMAL FLT_MIN
#else
typedef double Real;
#define NAME(name) double_##name
#define CUBLAS(name) cublasD##name
#define CUSOLVER(name) cusolverDnD##name
#define EPSILON DBL_EPSILON
#define LEAST_NORMAL DBL_MIN
#endif

/* Vectors of one width for every processor, and no fused multiply-add: the stand-ins give the same bits everywhere. */
typedef Real Vector __attribute__((vector_size(32)));
typedef Real LooseVector __attribute__((vector_size(32), aligned(sizeof(Real)), may_alias));
enum { LANES = 32 / sizeof(Real) };

/* Functions with the inner loops exist once for each instruction set; the loader chooses. */
#ifdef STANDIN_CLONES
#define INNER_LOOP __attribute__((target_clones("default", "avx2")))
#else
#define INNER_LOOP
#endif

#endif
