/*
 * Tables of floats in AVX-512 registers, for loops that look up an index in each lane: a permutation of registers takes a cycle or two
 * where a gather takes one for each lane. For loops.cpp alone, and so without external linkage.
 */
#ifndef DELTAPRESS_REGISTER_TABLE_H
#define DELTAPRESS_REGISTER_TABLE_H

#include <immintrin.h>
#include <stdint.h>

namespace {

/* 16 * REGISTERS floats; REGISTERS is 1, 2, 4, 8 or 16. Bits of an index above the table's size are ignored. */
template <int REGISTERS>
struct RegisterTable {
  RegisterTable<REGISTERS / 2> low, high;

  explicit RegisterTable(const float *floats) : low(floats), high(floats + 8 * REGISTERS) {}

  __m512 at(__m512i index) const {
    __mmask16 upper = _mm512_test_epi32_mask(index, _mm512_set1_epi32(8 * REGISTERS));
    return _mm512_mask_blend_ps(upper, low.at(index), high.at(index));
  }
};

template <>
struct RegisterTable<1> {
  __m512 floats;

  explicit RegisterTable(const float *from) : floats(_mm512_loadu_ps(from)) {}

  __m512 at(__m512i index) const { return _mm512_permutexvar_ps(index, floats); }
};

template <>
struct RegisterTable<2> {
  __m512 low, high;

  explicit RegisterTable(const float *from) : low(_mm512_loadu_ps(from)), high(_mm512_loadu_ps(from + 16)) {}

  __m512 at(__m512i index) const { return _mm512_permutex2var_ps(low, index, high); }
};

/*
 * Boundaries of b-bit codes in the order that dp_code meets them: of 2^(b-1) prefixes of b - 1 bits the boundary that decides
 * the last bit, and Coarser for the bits before.
 */
template <int BITS>
struct BoundaryTable {
  static constexpr int PREFIXES = 1 << (BITS - 1);
  static constexpr int REGISTERS = PREFIXES <= 16 ? 1 : PREFIXES / 16;

  BoundaryTable<BITS - 1> coarser;
  RegisterTable<REGISTERS> finest;

  /* step: how many boundaries of the whole codebook lie from one of ours to the next. */
  explicit BoundaryTable(const float *boundaries, int step = 1)
      : coarser(boundaries, 2 * step), finest(Picked(boundaries, step).floats) {}

  /* As dp_code; last: whether this bit is the code's last one, whose boundary is even and keeps ties below. */
  __m512i code(__m512 t, bool last = true) const {
    __m512i prefix = coarser.code(t, false);
    __m512 boundary = finest.at(prefix);
    __mmask16 above = last ? _mm512_cmp_ps_mask(t, boundary, _CMP_GT_OQ) : _mm512_cmp_ps_mask(t, boundary, _CMP_GE_OQ);
    __m512i doubled = _mm512_add_epi32(prefix, prefix);
    return _mm512_mask_add_epi32(doubled, above, doubled, _mm512_set1_epi32(1));
  }

 private:
  struct Picked {
    float floats[16 * REGISTERS] = {};

    Picked(const float *boundaries, int step) {
      for (int p = 0; p < PREFIXES; ++p) floats[p] = boundaries[(2 * p + 1) * step - 1];
    }
  };
};

template <>
struct BoundaryTable<0> {
  explicit BoundaryTable(const float *, int) {}

  __m512i code(__m512, bool) const { return _mm512_setzero_si512(); }
};

}  // namespace

#endif
