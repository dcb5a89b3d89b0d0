/*
 * deltapress.h: the C interface of libdeltapress, kernels and device runtime of DeltaPress.
 *
 * Two libraries implement it. They give the same bits:
 *
 *   libdeltapress.so       flavour "host": one device, 0, which is this computer's processor and memory
 *   libdeltapress_cuda.so  flavour "cuda": the NVIDIA devices that the driver lists
 *
 * WORDS
 *   Factor     components x entries, row-major f32: row c is component c. U of an m x n matrix has m entries, V has n.
 *   Mask       which entries of a factor survive; drawn from a key, never stored (docs/format.md, section 6).
 *   Threshold  a component keeps threshold / 2^32 of its entries. Thresholds are 1 to 2^32 and are passed as files store
 *              them, as the u32 threshold - 1.
 *   Tile       DP_TILE entries of a component, the last one shorter. Ranks are kept per tile.
 *   Type       of a tensor's elements: DP_F32, DP_F16 (binary16), DP_BF16; little-endian.
 *
 * MEMORY
 *   "Device memory" comes from dp_device_alloc, of the device of the call's stream, or from dp_pinned_alloc. In the host
 *   flavour any memory of the process will do: a mapped file, a Java segment. Every pointer is to device memory unless its
 *   comment says "host". Arguments in host memory (structs, result pointers marked host) are read or written before the call
 *   returns. The library keeps no pointer longer than the work that was queued with it.
 *   Alignment: numbers lie at multiples of their size. Two exceptions: packed bytes lie anywhere, and in the host flavour
 *   tensors with a type (void pointers beside a dp_type) lie anywhere too. Pointers that are 16-byte aligned are faster.
 *   Operands of a call must not overlap, except where "in place" is written: then an output may be exactly that input.
 *   Zero elements are no error: nothing is read or written but counts and sums, which become 0; pointers to nothing may be null.
 *
 * TIME
 *   Operations are queued on a stream and run in the order of that stream. Results may be read, and operands freed or
 *   changed by the host, after dp_stream_sync, or after dp_event_sync of an event recorded behind them. In the host flavour
 *   everything is done when the call returns; callers that rely on it do not run on the other flavour.
 *
 * THREADS
 *   Every function may be called from any thread. A stream or an event is for one thread at a time; calls on different streams may
 *   overlap. In the host flavour a call shares its work with a pool of threads that all callers have in common, and does it
 *   alone when the pool is busy. Results never depend on the number of threads, on vector widths, or on grid sizes.
 *
 * ERRORS
 *   Functions return a status. When it is not DP_OK, dp_last_error() says on the same thread what was wrong, and outputs
 *   are unspecified. Arguments are checked before anything is queued. A failing device is reported by the call that meets
 *   it, which may be a later one than the call that caused it. Nothing aborts, nothing throws.
 *
 * NUMBERS
 *   Every operation says its roundings; none is fused, subnormals are kept. Results are equal bit for bit across flavours,
 *   except that a NaN may be any NaN. Conversion to f16 or bf16 is to nearest, ties to even.
 */
#ifndef DELTAPRESS_H
#define DELTAPRESS_H

#include <stdint.h>

#if defined(DP_BUILDING) && defined(__GNUC__)
#define DP_API __attribute__((visibility("default")))
#else
#define DP_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Status, version ------------------------------------------------------------------------------------------------- */

/* Numbers are fixed for good; new ones may be added. */
typedef int32_t dp_status;
#define DP_OK 0
#define DP_INVALID_ARGUMENT 1 /* the caller's mistake; nothing was queued */
#define DP_OUT_OF_MEMORY 2    /* of the device or of the host; the call can be tried again with less */
#define DP_DEVICE_FAILURE 3   /* the device or its driver failed; on cuda the process can usually not go on with it */
#define DP_UNAVAILABLE 4      /* this flavour, driver or machine cannot do it: no device, driver too old */

/* "DP_OK", "DP_INVALID_ARGUMENT", ...; "unknown status" for other numbers. Static text. */
DP_API const char *dp_status_name(dp_status status);

/*
 * What was wrong in the last call on this thread that did not return DP_OK; "" before the first. UTF-8, one line that
 * names function, argument, expected and found. Never null; valid until this thread's next call into the library.
 */
DP_API const char *dp_last_error(void);

/* Counts incompatible changes of this header. A caller compares dp_abi_version() with the DP_ABI_VERSION it knows. */
#define DP_ABI_VERSION 1
DP_API int32_t dp_abi_version(void);

/* "host" or "cuda". Static text. */
DP_API const char *dp_flavour(void);

/* ---- The host's threads and vectors (host flavour; DP_UNAVAILABLE on cuda) ------------------------------------------------ */

/* Threads that share a call's work, the caller included: 1 to 1024, or 0 for one per core, which is also the start. Applies to
 * calls made afterwards; waits for calls under way. */
DP_API dp_status dp_host_set_threads(int32_t threads);

/*
 * Limits the vectors that loops use: 128, 256 or 512 bits (instruction sets x86-64-v2, -v3 and -v4), or 0 for the widest that
 * the processor has, which is also the start. For tests: results are equal. DP_UNAVAILABLE where the processor has them not.
 * Call it when no operation is under way.
 */
DP_API dp_status dp_host_set_vector_bits(int32_t bits);

/* threads, vector_bits: host; what operations use now. Either may be null. */
DP_API dp_status dp_host_settings(int32_t *threads, int32_t *vector_bits);

/* ---- Devices ------------------------------------------------------------------------------------------------------------ */

typedef struct dp_device_info {
  char name[256];       /* ends with a 0 */
  int64_t memory_total; /* bytes */
  int64_t memory_free;  /* bytes, at the time of the call */
  int32_t compute_major, compute_minor; /* 9 and 0 for an H100; 0 and 0 in the host flavour */
  int32_t multiprocessors;              /* cores in the host flavour */
  int32_t driver_version;               /* CUDA version of the driver, 13000 for 13.0; 0 in the host flavour */
} dp_device_info;

/* count: host; 1 in the host flavour. DP_UNAVAILABLE with *count = 0 and the reason as text where no device can be used. */
DP_API dp_status dp_device_count(int32_t *count);

/* device: 0 to count - 1. info: host. */
DP_API dp_status dp_device_get_info(int32_t device, dp_device_info *info);

/* ---- Memory --------------------------------------------------------------------------------------------------------------- */

/* Allocates device memory, aligned to 256 bytes, with arbitrary content; 0 bytes give null. memory: host. */
DP_API dp_status dp_device_alloc(int32_t device, int64_t bytes, void **memory);

/* Frees what dp_device_alloc gave. Waits until no queued work of the device can use it. Null is no error; any thread may free. */
DP_API dp_status dp_device_free(void *memory);

/* Allocates page-locked host memory, which copies to and from devices run at full speed with, and without holding the caller. */
DP_API dp_status dp_pinned_alloc(int64_t bytes, void **memory);
DP_API dp_status dp_pinned_free(void *memory);

/* ---- Streams and events ---------------------------------------------------------------------------------------------------- */

typedef struct dp_stream dp_stream;
typedef struct dp_event dp_event;

/* A queue of work on a device. stream: host. The caller destroys it. */
DP_API dp_status dp_stream_create(int32_t device, dp_stream **stream);

/* Waits for the stream's work and frees it. Null is no error. */
DP_API dp_status dp_stream_destroy(dp_stream *stream);

/* Waits for all work queued so far, and reports its failures. */
DP_API dp_status dp_stream_sync(dp_stream *stream);

/*
 * The stream as the CUDA runtime knows it, for libraries of others: a cudaStream_t, valid until the stream is destroyed. Null in the host
 * flavour. queue: host.
 */
DP_API dp_status dp_stream_native(dp_stream *stream, void **queue);

/* A point in a stream's work. event: host. The caller destroys it. */
DP_API dp_status dp_event_create(int32_t device, dp_event **event);
DP_API dp_status dp_event_destroy(dp_event *event);

/* Moves the event behind all work queued so far. stream and event are of one device. */
DP_API dp_status dp_event_record(dp_event *event, dp_stream *stream);

/* Work queued on the stream from now on waits for the event as last recorded, perhaps on another device. The host does not wait. */
DP_API dp_status dp_stream_wait(dp_stream *stream, dp_event *event);

/* The host waits for the event. An event that was never recorded has happened. */
DP_API dp_status dp_event_sync(dp_event *event);

/* Time between two recorded events that have happened, of one device. milliseconds: host. */
DP_API dp_status dp_event_elapsed(dp_event *start, dp_event *end, double *milliseconds);

/*
 * Copies and fills, queued. to and from must not overlap. Copies from and to host memory that is not page-locked may hold the
 * caller; on cuda the host memory must stay untouched until the copy is done.
 */
DP_API dp_status dp_copy_to_device(dp_stream *stream, void *to, const void *host_from, int64_t bytes);
DP_API dp_status dp_copy_to_host(dp_stream *stream, void *host_to, const void *from, int64_t bytes);
DP_API dp_status dp_copy_on_device(dp_stream *stream, void *to, const void *from, int64_t bytes);

/* Sets every byte to value, 0 to 255. */
DP_API dp_status dp_fill(dp_stream *stream, void *to, int32_t value, int64_t bytes);

/* ---- Element-wise operations on tensors of n elements ---------------------------------------------------------------------- */

typedef int32_t dp_type;
#define DP_F32 0
#define DP_F16 1
#define DP_BF16 2

/*
 * out = tuned - base: both widened to f32, subtracted in f32. In place: out may be tuned or base where that is DP_F32.
 *
 * out         n f32
 * non_finite  1 number: how many elements of out are NaN or infinite
 */
DP_API dp_status dp_subtract(dp_stream *stream, int64_t n, const void *tuned, dp_type tuned_type, const void *base,
                             dp_type base_type, float *out, int64_t *non_finite);

/*
 * out = base + delta: base widened to f32, added in f32, rounded once to the type of out. In place: out may be base where types
 * are the same, or delta where out is DP_F32.
 *
 * delta      n f32
 * overflows  1 number: how many finite sums became infinite by rounding to f16 or bf16 (0 for DP_F32)
 */
DP_API dp_status dp_add(dp_stream *stream, int64_t n, const void *base, dp_type base_type, const float *delta, void *out,
                        dp_type out_type, int64_t *overflows);

/* out = x in the other precision, narrowing to nearest. x and out: n numbers each. */
DP_API dp_status dp_widen(dp_stream *stream, int64_t n, const float *x, double *out);
DP_API dp_status dp_narrow(dp_stream *stream, int64_t n, const double *x, float *out);

/*
 * Gives pairs of singular vectors their sign: where the entry of largest magnitude in row c of u (the first one on a tie) is negative, row c of
 * u and of v is negated. Finite numbers. In place: u_out may be u, v_out may be v.
 *
 * u, u_out  components x u_entries f32, rows u_entries floats apart; v and v_out likewise. Fewer than 2^29 entries each
 */
DP_API dp_status dp_orient(dp_stream *stream, int64_t components, int64_t u_entries, const float *u, int64_t v_entries,
                           const float *v, float *u_out, float *v_out);

/* Elements of a piece of a sum, and stripes in it. */
#define DP_PIECE 1048576
#define DP_STRIPES 512

/*
 * Sums of squares of truth, of decoded - truth, and of restored - tuned; differences, squares and sums in f64.
 *
 * The order of additions is fixed. Elements are cut into pieces of DP_PIECE. In a piece, stripe j of DP_STRIPES starts at +0 and
 * takes the elements j, j + DP_STRIPES, ... in turn; then stripes are added pairwise, j and j + 256 first, then j and j + 128,
 * down to 1. Pieces are added to +0 in their order.
 *
 * truth, decoded  n f32
 * workspace       3 * DP_STRIPES * ceil(n / DP_PIECE) f64; content arbitrary before and after
 * sums            3 f64, in the order above
 * Inputs may overlap one another.
 */
DP_API dp_status dp_error_sums(dp_stream *stream, int64_t n, const float *truth, const float *decoded, const void *tuned,
                               dp_type tuned_type, const void *restored, dp_type restored_type, double *workspace,
                               double *sums);

/* ---- Masks ---------------------------------------------------------------------------------------------------------------- */

/*
 * Entries of a tile. A component of e entries has DP_TILES(e) tiles, and its mask takes DP_MASK_WORDS(e) u32 words:
 * entry i survives where bit i mod 32, bit 0 lowest, of word i div 32 is 1. Bits behind the last entry are 0.
 */
#define DP_TILE 1024
#define DP_TILES(entries) (((int64_t)(entries) + DP_TILE - 1) / DP_TILE)
#define DP_MASK_WORDS(entries) (DP_TILES(entries) * (DP_TILE / 32))

#define DP_SIDE_U 0
#define DP_SIDE_V 1

/*
 * A factor's mask, or a block of it: entry (c, i) of the block is entry (first_component + c, first_entry + i) of the factor.
 * A flat tensor is a factor of one component.
 */
typedef struct dp_mask {
  uint32_t seed;           /* of the delta */
  uint32_t tensor;         /* number of the matrix, as stored in its record */
  uint32_t side;           /* DP_SIDE_U or DP_SIDE_V */
  uint32_t reserved;       /* 0 */
  int64_t first_component; /* 0 or more; first_component + components is at most 2^32 */
  int64_t components;      /* rows of the block */
  int64_t first_entry;     /* a multiple of 4: one counter gives four draws. first_entry + entries is at most 2^34 */
  int64_t entries;         /* columns of the block */
} dp_mask;

/*
 * Draws a mask. Entry i of component c survives where word i mod 4 of Philox4x32-10 with counter (i div 4, c, side, 0) and
 * key (seed, tensor) is below the component's threshold.
 *
 * mask        host
 * thresholds  components u32: threshold - 1 of the block's components
 * words       components x DP_MASK_WORDS(entries) u32, or null
 * ranks       components x DP_TILES(entries) i64, or null: survivors of the component before that tile
 * survivors   components i64, or null: survivors of the whole component
 * With words and ranks null it counts. At least one of the three is given.
 */
DP_API dp_status dp_mask_draw(dp_stream *stream, const dp_mask *mask, const uint32_t *thresholds, uint32_t *words, int64_t *ranks,
                              int64_t *survivors);

/*
 * Drops and rescales in one pass: out = x * (2^32 / threshold), quotient and product in f64 and rounded to f32, where the entry
 * survives; +0 elsewhere. In place: out may be x with the same stride.
 *
 * mask       host
 * x, out     components x entries, rows x_stride and out_stride floats apart (at least entries)
 * survivors  components i64, or null
 */
DP_API dp_status dp_mask_rescale(dp_stream *stream, const dp_mask *mask, const uint32_t *thresholds, const float *x,
                                 int64_t x_stride, float *out, int64_t out_stride, int64_t *survivors);

/* ---- Values of factors: scales, codes, packed bytes -------------------------------------------------------------------------- */

/* Consecutive components whose values have the same number of bits: 16 for f16 values, 1 to 8 for codes. */
typedef struct dp_group {
  int64_t components; /* 0 or more */
  int32_t bits;
  int32_t reserved;   /* 0 */
} dp_group;

#define DP_MAX_GROUPS 64

/*
 * Codebooks of all widths in two tables of DP_CODEBOOK floats. For b-bit codes, level i of 2^b and boundary i of 2^b - 1 lie at
 * index DP_CODEBOOK_AT(b) + i. The last boundary of each width is not used, nor is anything of a width that no group has.
 * Boundaries ascend strictly. Boundary i separates codes i and i + 1.
 */
#define DP_CODEBOOK 510
#define DP_CODEBOOK_AT(bits) ((1 << (bits)) - 2)

/*
 * Scales of components, from their survivors.
 *
 * words    as dp_mask_draw gives them, or null: every entry counts
 * x        components x entries, rows stride floats apart
 * largest  components f32, or null: the largest magnitude; NaN where an entry is NaN; 0 of nothing
 * squares  components f64, or null: the sum of squares in the order of dp_error_sums (entries that do not survive add nothing)
 */
DP_API dp_status dp_component_scales(dp_stream *stream, int64_t components, int64_t entries, const uint32_t *words, const float *x,
                                     int64_t stride, float *largest, double *squares);

/*
 * Codes of all entries. t = x / scale in f32; the code is the number of boundaries i with t > boundary i, or t = boundary i and
 * i odd: ties go to the even code. NaN gets code 0.
 *
 * bits        1 to 8
 * x           components x entries, rows stride floats apart
 * scales      components f32
 * boundaries  DP_CODEBOOK f32
 * codes       components x entries u8, rows entries bytes apart
 */
DP_API dp_status dp_quantise(dp_stream *stream, int64_t components, int64_t entries, int32_t bits, const float *x, int64_t stride,
                             const float *scales, const float *boundaries, uint8_t *codes);

/*
 * out = level of code * scale, product in f64 and rounded to f32. Bits of a code above its width are ignored.
 *
 * levels  DP_CODEBOOK f32
 */
DP_API dp_status dp_dequantise(dp_stream *stream, int64_t components, int64_t entries, int32_t bits, const uint8_t *codes,
                               const float *scales, const float *levels, float *out, int64_t stride);

/*
 * PACKED BYTES. The values of a component begin at a byte. f16 values are little-endian words. b-bit codes are a stream of
 * bits: code i takes bits i * b to i * b + b - 1; bit k of the stream is bit k mod 8, bit 0 lowest, of byte k div 8. Unused bits
 * of the last byte are 0.
 *
 * Functions that take packed bytes also take offsets: components i64, the byte of packed where each component begins. They keep
 * inside [0, packed_bytes): what would be written outside is dropped, what would be read outside is 0. Whoever reads a file
 * compares the end that dp_value_offsets gives with the bytes there are. Bytes of two components must not overlap when written;
 * bytes of no component are left as they are.
 */

/* Packs and unpacks codes, all bits wide, bits 1 to 8: components x entries u8, rows entries bytes apart. */
DP_API dp_status dp_pack_codes(dp_stream *stream, int64_t components, int64_t entries, int32_t bits, const uint8_t *codes,
                               const int64_t *offsets, uint8_t *packed, int64_t packed_bytes);
DP_API dp_status dp_unpack_codes(dp_stream *stream, int64_t components, int64_t entries, int32_t bits, const uint8_t *packed,
                                 int64_t packed_bytes, const int64_t *offsets, uint8_t *codes);

/*
 * Where values lie. Component c's n survivors take ceil(n * bits / 8) bytes. Components follow one another; where there are two
 * factors, U's values of a component come first, then V's.
 *
 * groups        host: group_count of them, at most DP_MAX_GROUPS, whose components add up to components
 * survivors_u   components i64
 * survivors_v   components i64, or null: there is one factor
 * first_offset  of the first component, 0 or more
 * offsets_u     components i64; offsets_v too, null where survivors_v is
 * end           1 i64: the offset behind the last value
 */
DP_API dp_status dp_value_offsets(dp_stream *stream, int64_t components, const dp_group *groups, int32_t group_count,
                                  const int64_t *survivors_u, const int64_t *survivors_v, int64_t first_offset,
                                  int64_t *offsets_u, int64_t *offsets_v, int64_t *end);

/*
 * Takes the survivors out of a factor, in the order of their entries, and packs them: as f16, x rounded, where their group has
 * 16 bits, else as the codes of dp_quantise.
 *
 * groups       host; as for dp_value_offsets
 * words,ranks  of dp_mask_draw, or both null: every entry survives
 * x            components x entries, rows stride floats apart
 * scales       components f32; boundaries: DP_CODEBOOK f32. Both may be null where all groups have 16 bits
 */
DP_API dp_status dp_pack_values(dp_stream *stream, int64_t components, int64_t entries, const dp_group *groups, int32_t group_count,
                                const uint32_t *words, const int64_t *ranks, const float *x, int64_t stride, const float *scales,
                                const float *boundaries, const int64_t *offsets, uint8_t *packed, int64_t packed_bytes);

/*
 * The inverse: values go back to where the mask has them, +0 elsewhere. A value is f16 widened, or f32(level * scale); then
 * f32(value * (2^32 / threshold)), then f32(that * gain), each product in f64.
 *
 * scales      components f32; levels: DP_CODEBOOK f32. Both may be null where all groups have 16 bits
 * thresholds  components u32, threshold - 1; null: nothing is rescaled
 * gains       components f64; null: all are 1
 * out         components x entries, rows stride floats apart
 */
DP_API dp_status dp_unpack_values(dp_stream *stream, int64_t components, int64_t entries, const dp_group *groups,
                                  int32_t group_count, const uint32_t *words, const int64_t *ranks, const uint8_t *packed,
                                  int64_t packed_bytes, const int64_t *offsets, const float *scales, const float *levels,
                                  const uint32_t *thresholds, const double *gains, float *out, int64_t stride);

/* ---- Deltas in use ----------------------------------------------------------------------------------------------------------- */

/*
 * Restores rows of a matrix: out = base + delta. An element of delta is a sum over components in ascending order, from +0, by fused
 * multiply-adds in f32 of u[c][row] * v[c][column]; components whose u is 0 are left out. base is widened to f32, added in f32,
 * rounded once to the type of out. In place: out may be base where types are the same.
 *
 * components  0 or more; 0: delta is +0
 * u           components x rows f32, rows of it u_stride floats apart (so that it may be some columns of a larger factor)
 * v           components x columns f32, rows v_stride floats apart
 * base, out   rows x columns, without gaps
 * overflows   1 number, as for dp_add
 */
DP_API dp_status dp_restore(dp_stream *stream, int64_t components, int64_t rows, int64_t columns, const float *u,
                            int64_t u_stride, const float *v, int64_t v_stride, const void *base, dp_type base_type, void *out,
                            dp_type out_type, int64_t *overflows);

/*
 * The surviving entries of a factor as compressed sparse rows, zeros among them too: of the factor (a row for each component), or of its
 * transpose (a row for each entry, in which components ascend).
 *
 * components, entries  their product is less than 2^31
 * words,ranks          of dp_mask_draw, or both null: every entry survives
 * x                    components x entries, rows stride floats apart
 * transpose            0 or 1
 * starts               components + 1 i32, or entries + 1: where each row begins, and where the last one ends
 * indices, values      as many i32 and f32 as entries survive
 */
DP_API dp_status dp_sparse_rows(dp_stream *stream, int64_t components, int64_t entries, const uint32_t *words,
                                const int64_t *ranks, const float *x, int64_t stride, int32_t transpose, int32_t *starts,
                                int32_t *indices, float *values);

#ifdef __cplusplus
}
#endif

#endif
