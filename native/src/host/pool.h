/* The threads that calls of the host flavour share. */
#ifndef DELTAPRESS_POOL_H
#define DELTAPRESS_POOL_H

#include <stdint.h>

namespace dp {

/* Does items [first, last) of a job. */
typedef void (*JobBody)(const void *context, int64_t first, int64_t last);

/*
 * Does items [0, items), in any order, on the caller's thread and on those of the pool; on the caller's alone where the pool is
 * busy or the job small. elements: how many the whole job touches.
 */
void run_job(int64_t items, int64_t elements, JobBody body, const void *context);

/* The same for body(i). */
template <class Body>
void for_each(int64_t items, int64_t elements, const Body &body) {
  run_job(
      items, elements,
      [](const void *context, int64_t first, int64_t last) {
        for (int64_t i = first; i < last; ++i) (*(const Body *)context)(i);
      },
      &body);
}

/* 1 or more; waits for jobs under way. */
void set_pool_threads(int32_t threads);
int32_t pool_threads();

}  // namespace dp

#endif
