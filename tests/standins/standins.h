/*
 * standins.h: what tests ask of the stand-ins. Each stand-in library exports these functions for itself: look them up in the library that is
 * meant. Every function may be called from any thread. Functions are named as in the headers, with or without "_v2".
 */
#ifndef DELTAPRESS_STANDINS_H
#define DELTAPRESS_STANDINS_H

#include <stdint.h>

#define STANDIN_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

/* The call of the function after the next `after` ones returns the status and does nothing else. Null: forget all failures. */
STANDIN_API void standin_fail(const char *function, int after, int status);

/* The same for factorisations: the call succeeds, but devInfo (all of an infoArray) becomes that number. */
STANDIN_API void standin_fail_info(const char *function, int after, int info);

/* How often the function was called since standin_reset, failures included. */
STANDIN_API int64_t standin_calls(const char *function);

/* Forgets failures and counts, and ends strictness. */
STANDIN_API void standin_reset(void);

/* On: outputs that a routine must not read, or leaves without meaning, are NaN before it starts or after it ends. */
STANDIN_API void standin_strict(int on);

/* Handles created and not destroyed. */
STANDIN_API int64_t standin_live_handles(void);

/* Descriptors of matrices created and not destroyed. */
STANDIN_API int64_t standin_live_descriptors(void);

/* ---- libdeltapress_standin.so only ---- */

/* Bytes of device memory and page-locked memory together, but the limit is for device memory alone. */
STANDIN_API int64_t standin_live_bytes(void);
/* The most that standin_live_bytes has been since standin_reset_peak. */
STANDIN_API int64_t standin_peak_bytes(void);
STANDIN_API void standin_reset_peak(void);
STANDIN_API int64_t standin_live_streams(void);
STANDIN_API int64_t standin_live_events(void);

/* Device memory that there is, in bytes. Negative: as much as the host has, which is also the start. */
STANDIN_API void standin_memory_limit(int64_t bytes);

#ifdef __cplusplus
}
#endif

#endif
