/* Packed bytes that are kept inside their bounds, and where the survivors of a tile are. */
#ifndef DELTAPRESS_PACKED_CUH
#define DELTAPRESS_PACKED_CUH

#include "launch.cuh"

namespace dp {

/* Unsigned, so that a negative position is outside too. */
template <class Byte>
__device__ __forceinline__ bool inside(const Packed<Byte> &packed, int64_t at) {
  return (uint64_t)at < (uint64_t)packed.size;
}

__device__ __forceinline__ void put_bytes(const Packed<uint8_t> &packed, int64_t at, uint64_t bytes, int count) {
  for (int k = 0; k < count; ++k) {
    if (inside(packed, at + k)) packed.bytes[at + k] = (uint8_t)(bytes >> (8 * k));
  }
}

__device__ __forceinline__ uint64_t get_bytes(const Packed<const uint8_t> &packed, int64_t at, int count) {
  uint64_t bytes = 0;
  for (int k = 0; k < count; ++k) {
    if (inside(packed, at + k)) bytes |= (uint64_t)packed.bytes[at + k] << (8 * k);
  }
  return bytes;
}

__device__ __forceinline__ int bits_of(const Widths &widths, int64_t component) {
  int group = 0;
  while (component >= widths.end[group]) ++group;
  return widths.bits[group];
}

__device__ __forceinline__ int64_t rank_of(const Survivors &kept, int64_t c, int64_t tile) {
  return kept.ranks == nullptr ? tile * DP_TILE : kept.ranks[c * DP_TILES(kept.entries) + tile];
}

/* The mask of a tile in shared memory, with the survivors before each of its words. */
struct TileMask {
  uint32_t words[DP_TILE / 32];
  uint32_t before[DP_TILE / 32];
  uint32_t survivors;

  /* For whole blocks: the first warp loads, a word a lane. The mask can be used after the next __syncthreads. */
  __device__ __forceinline__ void load(const Survivors &kept, int64_t c, int64_t tile) {
    if (threadIdx.x >= WARP) return;
    int lane = threadIdx.x;
    uint32_t word;
    if (kept.words != nullptr) {
      word = kept.words[(c * DP_TILES(kept.entries) + tile) * (DP_TILE / 32) + lane];
    } else {
      int64_t left = kept.entries - tile * DP_TILE - 32 * lane;
      word = left >= 32 ? ~0u : left > 0 ? (1u << left) - 1 : 0;
    }
    uint32_t sum = __popc(word);
    for (int step = 1; step < WARP; step *= 2) {
      uint32_t other = __shfl_up_sync(ALL_LANES, sum, step);
      if (lane >= step) sum += other;
    }
    words[lane] = word;
    before[lane] = sum - __popc(word);
    if (lane == WARP - 1) survivors = sum;
  }

  /* Bits of entries 4 q to 4 q + 3, and how many survivors of the tile lie before them. */
  __device__ __forceinline__ unsigned four(int q) const { return words[q / 8] >> (4 * (q % 8)) & 15; }
  __device__ __forceinline__ unsigned rank(int q) const {
    return before[q / 8] + __popc(words[q / 8] & ((1u << (4 * (q % 8))) - 1));
  }
};

}  // namespace dp

#endif
