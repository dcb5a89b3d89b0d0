/*
 * As much of CUDA as the kernels use, on the host: a block's threads are fibers of one thread, which switch at barriers and shuffles, and
 * blocks run one after the other. It shows whether kernels compute what they should, with every tail and stride, on machines
 * without a GPU; it shows nothing of speed, and no race that fibers do not have.
 */
#ifndef DELTAPRESS_CUDA_EMULATOR_H
#define DELTAPRESS_CUDA_EMULATOR_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include <functional>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __shared__ static /* blocks run one after the other */

struct dim3 {
  unsigned x, y, z;
  dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};

struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
struct alignas(8) uint2 {
  unsigned x, y;
};
struct alignas(4) uchar4 {
  unsigned char x, y, z, w;
};
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }

extern dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace emulator {

void launch(dim3 grid, dim3 block, const std::function<void()> &thread);

/* Waits for all threads of the block, or of the warp. */
void block_barrier();

/* What the lane gave as its value; the own one where there is no such lane. */
uint64_t shuffle(uint64_t value, int lane);

template <class Value>
Value shuffle_from(Value value, int lane) {
  uint64_t bits = 0;
  memcpy(&bits, &value, sizeof value);
  bits = shuffle(bits, lane);
  memcpy(&value, &bits, sizeof value);
  return value;
}

}  // namespace emulator

#define DP_LAUNCH(kernel, grid, block, stream, ...) \
  ((void)(stream), emulator::launch((grid), (block), [&] { (kernel)(__VA_ARGS__); }))

inline void __syncthreads() { emulator::block_barrier(); }
inline int __popc(unsigned bits) { return __builtin_popcount(bits); }

template <class Value>
Value __shfl_xor_sync(unsigned, Value value, int mask) {
  return emulator::shuffle_from(value, (int)(threadIdx.x % 32) ^ mask);
}
template <class Value>
Value __shfl_up_sync(unsigned, Value value, int step) {
  return emulator::shuffle_from(value, (int)(threadIdx.x % 32) - step);
}
template <class Value>
Value atomicAdd(Value *at, Value value) {
  Value before = *at;
  *at += value;
  return before;
}
template <class Value>
Value atomicMax(Value *at, Value value) {
  Value before = *at;
  if (value > before) *at = value;
  return before;
}

/* ---- The CUDA runtime: one device, whose memory is the host's ---- */

enum cudaError_t {
  cudaSuccess,
  cudaErrorMemoryAllocation,
  cudaErrorInvalidValue,
  cudaErrorNoDevice,
  cudaErrorInsufficientDriver,
  cudaErrorSystemDriverMismatch,
  cudaErrorSystemNotReady,
  cudaErrorCompatNotSupportedOnDevice,
  cudaErrorNoKernelImageForDevice,
  cudaErrorUnsupportedPtxVersion,
  cudaErrorNotSupported,
  cudaErrorStubLibrary,
  cudaErrorDevicesUnavailable
};
enum cudaMemcpyKind { cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost, cudaMemcpyDeviceToDevice };
enum { cudaStreamNonBlocking = 1, cudaHostAllocPortable = 1, cudaDevAttrMultiProcessorCount = 16 };
typedef void *cudaStream_t;
typedef int64_t *cudaEvent_t;
struct cudaDeviceProp {
  char name[256];
  int major, minor, multiProcessorCount;
};

const char *cudaGetErrorName(cudaError_t error);
const char *cudaGetErrorString(cudaError_t error);
cudaError_t cudaGetLastError();
cudaError_t cudaGetDeviceCount(int *count);
cudaError_t cudaSetDevice(int device);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp *properties, int device);
cudaError_t cudaDeviceGetAttribute(int *value, int attribute, int device);
cudaError_t cudaDriverGetVersion(int *version);
cudaError_t cudaMemGetInfo(size_t *free, size_t *total);
cudaError_t cudaMalloc(void **memory, size_t bytes);
cudaError_t cudaFree(void *memory);
cudaError_t cudaHostAlloc(void **memory, size_t bytes, unsigned flags);
cudaError_t cudaFreeHost(void *memory);
cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned flags);
cudaError_t cudaStreamDestroy(cudaStream_t stream);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned flags);
cudaError_t cudaEventCreate(cudaEvent_t *event);
cudaError_t cudaEventDestroy(cudaEvent_t event);
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream);
cudaError_t cudaEventSynchronize(cudaEvent_t event);
cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t start, cudaEvent_t end);
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream);
cudaError_t cudaMemsetAsync(void *to, int value, size_t bytes, cudaStream_t stream);

#endif
