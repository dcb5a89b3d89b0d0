/* A stream of the CUDA flavour, for launchers, and the way from CUDA's errors to ours. */
#ifndef DELTAPRESS_CUDA_STREAM_H
#define DELTAPRESS_CUDA_STREAM_H

#include <cuda_runtime_api.h>

#include "../status.h"

struct dp_stream {
  uint64_t mark;
  int32_t device;
  int32_t multiprocessors;
  cudaStream_t queue;
};

namespace dp {

/* The status of a CUDA call that was made for a function of ours, with a text. */
dp_status from_cuda(const char *function, cudaError_t error);

/* That of the launches since the last call. */
inline dp_status launched(const char *function) { return from_cuda(function, cudaGetLastError()); }

}  // namespace dp

#endif
