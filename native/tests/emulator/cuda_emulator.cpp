#include "cuda_emulator.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <ucontext.h>

#include <vector>

dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace emulator {
namespace {

constexpr size_t STACK = 64 << 10;
constexpr unsigned WARP = 32;

/* Fibers that wait for one another. */
struct Barrier {
  unsigned size = 0;
  unsigned arrived = 0;
  uint64_t round = 0;
};

/* Made once: it does one thread after the other. Switches are jumps, since swapcontext would ask the kernel each time. */
struct Fiber {
  ucontext_t context;
  jmp_buf place;
  char *stack = nullptr;
  bool done = false;
  const Barrier *waits_for = nullptr; /* until its round is no longer this one */
  uint64_t round = 0;
  uint64_t values[2] = {0, 0}; /* of this lane's last two shuffles: a neighbour may be one behind */
  uint64_t shuffles = 0;
};

Fiber fibers[1024];
std::vector<Barrier> warps;
Barrier block;
unsigned current;
jmp_buf scheduler;
const std::function<void()> *body;

/* Leaves the fiber for the scheduler, until that comes back. */
void leave(Fiber *fiber) {
  if (_setjmp(fiber->place) == 0) _longjmp(scheduler, 1);
}

void run_fiber() {
  for (;;) {
    (*body)();
    fibers[current].done = true;
    leave(&fibers[current]);
  }
}

void enter(Fiber *fiber) {
  if (_setjmp(scheduler) != 0) return;
  if (fiber->stack != nullptr) _longjmp(fiber->place, 1);
  fiber->stack = (char *)malloc(STACK);
  getcontext(&fiber->context);
  fiber->context.uc_stack.ss_sp = fiber->stack;
  fiber->context.uc_stack.ss_size = STACK;
  makecontext(&fiber->context, run_fiber, 0);
  setcontext(&fiber->context);
}

void wait(Barrier *barrier) {
  Fiber &fiber = fibers[current];
  fiber.round = barrier->round;
  if (++barrier->arrived == barrier->size) {
    barrier->arrived = 0;
    ++barrier->round;
    return;
  }
  fiber.waits_for = barrier;
  leave(&fiber);
}

void prepare(unsigned threads) {
  if (threads % WARP != 0 || threads > sizeof fibers / sizeof *fibers) {
    fprintf(stderr, "a block of %u threads\n", threads);
    abort();
  }
  warps.assign(threads / WARP, Barrier{WARP, 0, 0});
  block = Barrier{threads, 0, 0};
  for (unsigned i = 0; i < threads; ++i) {
    fibers[i].done = false;
    fibers[i].waits_for = nullptr;
    fibers[i].shuffles = 0;
  }
}

void run_block(unsigned threads) {
  prepare(threads);
  for (unsigned left = threads; left > 0;) {
    bool moved = false;
    for (unsigned i = 0; i < threads; ++i) {
      Fiber &fiber = fibers[i];
      if (fiber.done || (fiber.waits_for != nullptr && fiber.waits_for->round == fiber.round)) continue;
      moved = true;
      fiber.waits_for = nullptr;
      current = i;
      threadIdx = dim3(i);
      enter(&fiber);
      if (fiber.done) --left;
    }
    if (moved) continue;
    fprintf(stderr, "threads of a block wait for one another for ever\n");
    abort();
  }
}

unsigned number(const char *name, unsigned otherwise) {
  const char *text = getenv(name);
  return text == nullptr ? otherwise : (unsigned)atoi(text);
}

}  // namespace

/* Grids and blocks are as the launcher says, unless the environment has others: results must not hang on them. */
void launch(dim3 grid, dim3 threads, const std::function<void()> &thread) {
  gridDim = grid;
  blockDim = threads;
  blockDim.x = number("DELTAPRESS_EMULATED_BLOCK", threads.x);
  gridDim.x = number("DELTAPRESS_EMULATED_GRID", grid.x);
  body = &thread;
  for (blockIdx.z = 0; blockIdx.z < gridDim.z; ++blockIdx.z) {
    for (blockIdx.y = 0; blockIdx.y < gridDim.y; ++blockIdx.y) {
      for (blockIdx.x = 0; blockIdx.x < gridDim.x; ++blockIdx.x) run_block(blockDim.x);
    }
  }
}

void block_barrier() { wait(&block); }

uint64_t shuffle(uint64_t value, int lane) {
  unsigned self = current;
  Fiber &fiber = fibers[self];
  uint64_t turn = fiber.shuffles++ % 2;
  fiber.values[turn] = value;
  wait(&warps[self / WARP]);
  if (lane < 0 || lane >= (int)WARP) return value;
  return fibers[self / WARP * WARP + (unsigned)lane].values[turn];
}

}  // namespace emulator

const char *cudaGetErrorName(cudaError_t error) { return error == cudaErrorMemoryAllocation ? "cudaErrorMemoryAllocation" : "error"; }
const char *cudaGetErrorString(cudaError_t) { return "from the emulator"; }
cudaError_t cudaGetLastError() { return cudaSuccess; }
cudaError_t cudaGetDeviceCount(int *count) {
  *count = 1;
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int) { return cudaSuccess; }
cudaError_t cudaGetDeviceProperties(cudaDeviceProp *properties, int) {
  *properties = cudaDeviceProp{"emulator", 0, 0, 1};
  return cudaSuccess;
}
cudaError_t cudaDeviceGetAttribute(int *value, int, int) {
  *value = 1; /* multiprocessors: few, so that grids stride */
  return cudaSuccess;
}
cudaError_t cudaDriverGetVersion(int *version) {
  *version = 0;
  return cudaSuccess;
}
cudaError_t cudaMemGetInfo(size_t *free, size_t *total) {
  *free = *total = size_t{1} << 30;
  return cudaSuccess;
}
cudaError_t cudaMalloc(void **memory, size_t bytes) {
  return bytes < size_t{1} << 40 && posix_memalign(memory, 256, bytes) == 0 ? cudaSuccess : cudaErrorMemoryAllocation;
}
cudaError_t cudaFree(void *memory) {
  free(memory);
  return cudaSuccess;
}
cudaError_t cudaHostAlloc(void **memory, size_t bytes, unsigned) { return cudaMalloc(memory, bytes); }
cudaError_t cudaFreeHost(void *memory) { return cudaFree(memory); }
cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned) {
  *stream = nullptr;
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t) { return cudaSuccess; }
cudaError_t cudaStreamSynchronize(cudaStream_t) { return cudaSuccess; }
cudaError_t cudaStreamWaitEvent(cudaStream_t, cudaEvent_t, unsigned) { return cudaSuccess; }
cudaError_t cudaEventCreate(cudaEvent_t *event) {
  *event = new int64_t(0);
  return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t) {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  *event = now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
  return cudaSuccess;
}
cudaError_t cudaEventSynchronize(cudaEvent_t) { return cudaSuccess; }
cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t start, cudaEvent_t end) {
  *milliseconds = (float)((double)(*end - *start) * 1e-6);
  return cudaSuccess;
}
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind, cudaStream_t) {
  memcpy(to, from, bytes);
  return cudaSuccess;
}
cudaError_t cudaMemsetAsync(void *to, int value, size_t bytes, cudaStream_t) {
  memset(to, value, bytes);
  return cudaSuccess;
}
