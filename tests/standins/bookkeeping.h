/* Counts of calls, failures to inject, and live objects of one stand-in library. */
#ifndef STANDINS_BOOKKEEPING_H
#define STANDINS_BOOKKEEPING_H

#include <stdbool.h>
#include <stddef.h>

#include "standins.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Counts a call. True: the call fails, with *status. */
bool book_enter(const char *function, int *status);

/* What a factorisation reports: the number computed, or what was injected into the call that this thread entered last. */
int book_info(int computed);

bool book_strict(void);

/* What a library creates and a program must destroy. */
typedef enum { BOOK_HANDLE, BOOK_SPARSE_MATRIX, BOOK_DENSE_MATRIX } BookKind;

/* An object with so many bytes of zeros for its library, and whether a pointer is one of that kind. */
void *book_create(BookKind kind, size_t bytes);
void book_destroy(void *object);
bool book_is(BookKind kind, const void *object);

/* Memory that is there: a stand-in that runs out of memory ends the process. */
void *book_memory(size_t bytes);

#ifdef __cplusplus
}
#endif

#endif
