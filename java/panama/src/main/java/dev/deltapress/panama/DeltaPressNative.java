package dev.deltapress.panama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;

/**
 * The functions of a loaded libdeltapress, one method for each, named and ordered as in {@code
 * deltapress.h}, which says what they mean. Pointers that may be null take {@link
 * MemorySegment#NULL}. For any number of threads.
 *
 * <p>Sizes are not checked here: a pointer to too little memory is an error like in C. Segments
 * must not be heap segments, and must not be closed before the work is done that was queued with
 * them.
 *
 * <p>Methods throw {@link IllegalArgumentException} for bad arguments, {@link
 * DeviceOutOfMemoryException}, {@link NativeCallException} for failures of the device, and {@link
 * LibraryUnavailableException} where the flavour or the machine cannot do it.
 */
public final class DeltaPressNative {
    /** The version of the interface that this class knows. */
    public static final int ABI_VERSION = 1;

    private static final int OK = 0;
    private static final int INVALID_ARGUMENT = 1;
    private static final int OUT_OF_MEMORY = 2;
    private static final int UNAVAILABLE = 4;

    private static final ValueLayout.OfInt STATUS = JAVA_INT;

    private final NativeFunction statusName;
    private final NativeFunction lastError;
    private final NativeFunction abiVersion;
    private final NativeFunction flavour;
    private final NativeFunction hostSetThreads;
    private final NativeFunction hostSetVectorBits;
    private final NativeFunction hostSettings;
    private final NativeFunction deviceCount;
    private final NativeFunction deviceGetInfo;
    private final NativeFunction deviceAlloc;
    private final NativeFunction deviceFree;
    private final NativeFunction pinnedAlloc;
    private final NativeFunction pinnedFree;
    private final NativeFunction streamCreate;
    private final NativeFunction streamDestroy;
    private final NativeFunction streamSync;
    private final NativeFunction streamNative;
    private final NativeFunction eventCreate;
    private final NativeFunction eventDestroy;
    private final NativeFunction eventRecord;
    private final NativeFunction streamWait;
    private final NativeFunction eventSync;
    private final NativeFunction eventElapsed;
    private final NativeFunction copyToDevice;
    private final NativeFunction copyToHost;
    private final NativeFunction copyOnDevice;
    private final NativeFunction fill;
    private final NativeFunction subtract;
    private final NativeFunction add;
    private final NativeFunction widen;
    private final NativeFunction narrow;
    private final NativeFunction orient;
    private final NativeFunction errorSums;
    private final NativeFunction maskDraw;
    private final NativeFunction maskRescale;
    private final NativeFunction componentScales;
    private final NativeFunction quantise;
    private final NativeFunction dequantise;
    private final NativeFunction packCodes;
    private final NativeFunction unpackCodes;
    private final NativeFunction valueOffsets;
    private final NativeFunction packValues;
    private final NativeFunction unpackValues;
    private final NativeFunction restore;
    private final NativeFunction sparseRows;

    /**
     * @throws LibraryUnavailableException if the library has another version of the interface, or
     *     lacks a function
     */
    DeltaPressNative(SymbolLookup library) {
        statusName =
                new NativeFunction(
                        library,
                        "dp_status_name",
                        FunctionDescriptor.of(NativeFunction.TEXT, JAVA_INT));
        lastError =
                new NativeFunction(
                        library, "dp_last_error", FunctionDescriptor.of(NativeFunction.TEXT));
        abiVersion = new NativeFunction(library, "dp_abi_version", FunctionDescriptor.of(JAVA_INT));
        flavour =
                new NativeFunction(
                        library, "dp_flavour", FunctionDescriptor.of(NativeFunction.TEXT));
        requireAbi();
        hostSetThreads = bind(library, "dp_host_set_threads", JAVA_INT);
        hostSetVectorBits = bind(library, "dp_host_set_vector_bits", JAVA_INT);
        hostSettings = bind(library, "dp_host_settings", ADDRESS, ADDRESS);
        deviceCount = bind(library, "dp_device_count", ADDRESS);
        deviceGetInfo = bind(library, "dp_device_get_info", JAVA_INT, ADDRESS);
        deviceAlloc = bind(library, "dp_device_alloc", JAVA_INT, JAVA_LONG, ADDRESS);
        deviceFree = bind(library, "dp_device_free", ADDRESS);
        pinnedAlloc = bind(library, "dp_pinned_alloc", JAVA_LONG, ADDRESS);
        pinnedFree = bind(library, "dp_pinned_free", ADDRESS);
        streamCreate = bind(library, "dp_stream_create", JAVA_INT, ADDRESS);
        streamDestroy = bind(library, "dp_stream_destroy", ADDRESS);
        streamSync = bind(library, "dp_stream_sync", ADDRESS);
        streamNative = bind(library, "dp_stream_native", ADDRESS, ADDRESS);
        eventCreate = bind(library, "dp_event_create", JAVA_INT, ADDRESS);
        eventDestroy = bind(library, "dp_event_destroy", ADDRESS);
        eventRecord = bind(library, "dp_event_record", ADDRESS, ADDRESS);
        streamWait = bind(library, "dp_stream_wait", ADDRESS, ADDRESS);
        eventSync = bind(library, "dp_event_sync", ADDRESS);
        eventElapsed = bind(library, "dp_event_elapsed", ADDRESS, ADDRESS, ADDRESS);
        copyToDevice = bind(library, "dp_copy_to_device", ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);
        copyToHost = bind(library, "dp_copy_to_host", ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);
        copyOnDevice = bind(library, "dp_copy_on_device", ADDRESS, ADDRESS, ADDRESS, JAVA_LONG);
        fill = bind(library, "dp_fill", ADDRESS, ADDRESS, JAVA_INT, JAVA_LONG);
        subtract =
                bind(
                        library,
                        "dp_subtract",
                        ADDRESS,
                        JAVA_LONG,
                        ADDRESS,
                        JAVA_INT,
                        ADDRESS,
                        JAVA_INT,
                        ADDRESS,
                        ADDRESS);
        add =
                bind(
                        library, "dp_add", ADDRESS, JAVA_LONG, ADDRESS, JAVA_INT, ADDRESS, ADDRESS,
                        JAVA_INT, ADDRESS);
        widen = bind(library, "dp_widen", ADDRESS, JAVA_LONG, ADDRESS, ADDRESS);
        narrow = bind(library, "dp_narrow", ADDRESS, JAVA_LONG, ADDRESS, ADDRESS);
        orient =
                bind(
                        library,
                        "dp_orient",
                        ADDRESS,
                        JAVA_LONG,
                        JAVA_LONG,
                        ADDRESS,
                        JAVA_LONG,
                        ADDRESS,
                        ADDRESS,
                        ADDRESS);
        errorSums =
                bind(
                        library,
                        "dp_error_sums",
                        ADDRESS,
                        JAVA_LONG,
                        ADDRESS,
                        ADDRESS,
                        ADDRESS,
                        JAVA_INT,
                        ADDRESS,
                        JAVA_INT,
                        ADDRESS,
                        ADDRESS);
        maskDraw =
                bind(library, "dp_mask_draw", ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS);
        maskRescale =
                bind(
                        library,
                        "dp_mask_rescale",
                        ADDRESS,
                        ADDRESS,
                        ADDRESS,
                        ADDRESS,
                        JAVA_LONG,
                        ADDRESS,
                        JAVA_LONG,
                        ADDRESS);
        componentScales =
                bind(
                        library,
                        "dp_component_scales",
                        ADDRESS,
                        JAVA_LONG,
                        JAVA_LONG,
                        ADDRESS,
                        ADDRESS,
                        JAVA_LONG,
                        ADDRESS,
                        ADDRESS);
        quantise =
                bind(
                        library,
                        "dp_quantise",
                        ADDRESS,
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_INT,
                        ADDRESS,
                        JAVA_LONG,
                        ADDRESS,
                        ADDRESS,
                        ADDRESS);
        dequantise =
                bind(
                        library,
                        "dp_dequantise",
                        ADDRESS,
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_INT,
                        ADDRESS,
                        ADDRESS,
                        ADDRESS,
                        ADDRESS,
                        JAVA_LONG);
        packCodes =
                bind(
                        library,
                        "dp_pack_codes",
                        ADDRESS,
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_INT,
                        ADDRESS,
                        ADDRESS,
                        ADDRESS,
                        JAVA_LONG);
        unpackCodes =
                bind(
                        library,
                        "dp_unpack_codes",
                        ADDRESS,
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_INT,
                        ADDRESS,
                        JAVA_LONG,
                        ADDRESS,
                        ADDRESS);
        valueOffsets =
                bind(
                        library,
                        "dp_value_offsets",
                        ADDRESS,
                        JAVA_LONG,
                        ADDRESS,
                        JAVA_INT,
                        ADDRESS,
                        ADDRESS,
                        JAVA_LONG,
                        ADDRESS,
                        ADDRESS,
                        ADDRESS);
        packValues =
                bind(
                        library,
                        "dp_pack_values",
                        ADDRESS,
                        JAVA_LONG,
                        JAVA_LONG,
                        ADDRESS,
                        JAVA_INT,
                        ADDRESS,
                        ADDRESS,
                        ADDRESS,
                        JAVA_LONG,
                        ADDRESS,
                        ADDRESS,
                        ADDRESS,
                        ADDRESS,
                        JAVA_LONG);
        unpackValues =
                bind(
                        library,
                        "dp_unpack_values",
                        ADDRESS,
                        JAVA_LONG,
                        JAVA_LONG,
                        ADDRESS,
                        JAVA_INT,
                        ADDRESS,
                        ADDRESS,
                        ADDRESS,
                        JAVA_LONG,
                        ADDRESS,
                        ADDRESS,
                        ADDRESS,
                        ADDRESS,
                        ADDRESS,
                        ADDRESS,
                        JAVA_LONG);
        restore =
                bind(
                        library,
                        "dp_restore",
                        ADDRESS,
                        JAVA_LONG,
                        JAVA_LONG,
                        JAVA_LONG,
                        ADDRESS,
                        JAVA_LONG,
                        ADDRESS,
                        JAVA_LONG,
                        ADDRESS,
                        JAVA_INT,
                        ADDRESS,
                        JAVA_INT,
                        ADDRESS);
        sparseRows =
                bind(
                        library,
                        "dp_sparse_rows",
                        ADDRESS,
                        JAVA_LONG,
                        JAVA_LONG,
                        ADDRESS,
                        ADDRESS,
                        ADDRESS,
                        JAVA_LONG,
                        JAVA_INT,
                        ADDRESS,
                        ADDRESS,
                        ADDRESS);
    }

    private static NativeFunction bind(
            SymbolLookup library, String name, MemoryLayout... arguments) {
        return new NativeFunction(library, name, FunctionDescriptor.of(STATUS, arguments));
    }

    private void requireAbi() {
        int found = abiVersion();
        if (found != ABI_VERSION) {
            throw new LibraryUnavailableException(
                    "its interface has version %d, this DeltaPress needs %d"
                            .formatted(found, ABI_VERSION));
        }
    }

    /** The name of a status. */
    public String statusName(int status) {
        MemorySegment text;
        try {
            text = (MemorySegment) statusName.handle().invokeExact(status);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        return text.getString(0);
    }

    /** What was wrong in the last call on this thread that failed. */
    public String lastError() {
        MemorySegment text;
        try {
            text = (MemorySegment) lastError.handle().invokeExact();
        } catch (Throwable t) {
            throw unexpected(t);
        }
        return text.getString(0);
    }

    /** The version of the interface that the library has. */
    public int abiVersion() {
        try {
            return (int) abiVersion.handle().invokeExact();
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** "host" or "cuda". */
    public String flavour() {
        MemorySegment text;
        try {
            text = (MemorySegment) flavour.handle().invokeExact();
        } catch (Throwable t) {
            throw unexpected(t);
        }
        return text.getString(0);
    }

    /** Threads that share a call's work, the caller included; 0 for one per core. Host flavour. */
    public void hostSetThreads(int threads) {
        int status;
        try {
            status = (int) hostSetThreads.handle().invokeExact(threads);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.hostSetThreads, status);
    }

    /**
     * Limits vectors to 128, 256 or 512 bits; 0 for the widest there are. Host flavour; while
     * nothing runs.
     */
    public void hostSetVectorBits(int bits) {
        int status;
        try {
            status = (int) hostSetVectorBits.handle().invokeExact(bits);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.hostSetVectorBits, status);
    }

    /** Host flavour. Two host i32, either may be null: threads and vector bits in use. */
    public void hostSettings(MemorySegment threads, MemorySegment vectorBits) {
        int status;
        try {
            status = (int) hostSettings.handle().invokeExact(threads, vectorBits);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.hostSettings, status);
    }

    /** One host i32: how many devices there are. */
    public void deviceCount(MemorySegment count) {
        int status;
        try {
            status = (int) deviceCount.handle().invokeExact(count);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.deviceCount, status);
    }

    /** Fills a {@link DeviceInfo#LAYOUT}. */
    public void deviceGetInfo(int device, MemorySegment info) {
        int status;
        try {
            status = (int) deviceGetInfo.handle().invokeExact(device, info);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.deviceGetInfo, status);
    }

    /** Allocates device memory; its address goes to one host pointer. */
    public void deviceAlloc(int device, long bytes, MemorySegment memory) {
        int status;
        try {
            status = (int) deviceAlloc.handle().invokeExact(device, bytes, memory);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.deviceAlloc, status);
    }

    /** Frees what {@link #deviceAlloc} gave. */
    public void deviceFree(MemorySegment memory) {
        int status;
        try {
            status = (int) deviceFree.handle().invokeExact(memory);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.deviceFree, status);
    }

    /** Allocates page-locked host memory; its address goes to one host pointer. */
    public void pinnedAlloc(long bytes, MemorySegment memory) {
        int status;
        try {
            status = (int) pinnedAlloc.handle().invokeExact(bytes, memory);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.pinnedAlloc, status);
    }

    /** Frees what {@link #pinnedAlloc} gave. */
    public void pinnedFree(MemorySegment memory) {
        int status;
        try {
            status = (int) pinnedFree.handle().invokeExact(memory);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.pinnedFree, status);
    }

    /** Makes a stream; its address goes to one host pointer. */
    public void streamCreate(int device, MemorySegment stream) {
        int status;
        try {
            status = (int) streamCreate.handle().invokeExact(device, stream);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.streamCreate, status);
    }

    /** Waits for the stream's work and frees it. */
    public void streamDestroy(MemorySegment stream) {
        int status;
        try {
            status = (int) streamDestroy.handle().invokeExact(stream);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.streamDestroy, status);
    }

    /** Waits for all work queued so far, and reports its failures. */
    public void streamSync(MemorySegment stream) {
        int status;
        try {
            status = (int) streamSync.handle().invokeExact(stream);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.streamSync, status);
    }

    /** One host pointer: the stream as a {@code cudaStream_t}; null in the host flavour. */
    public void streamNative(MemorySegment stream, MemorySegment queue) {
        int status;
        try {
            status = (int) streamNative.handle().invokeExact(stream, queue);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.streamNative, status);
    }

    /** Makes an event; its address goes to one host pointer. */
    public void eventCreate(int device, MemorySegment event) {
        int status;
        try {
            status = (int) eventCreate.handle().invokeExact(device, event);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.eventCreate, status);
    }

    /** Frees an event. */
    public void eventDestroy(MemorySegment event) {
        int status;
        try {
            status = (int) eventDestroy.handle().invokeExact(event);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.eventDestroy, status);
    }

    /** Moves the event behind all work queued so far. */
    public void eventRecord(MemorySegment event, MemorySegment stream) {
        int status;
        try {
            status = (int) eventRecord.handle().invokeExact(event, stream);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.eventRecord, status);
    }

    /** Lets what is queued from now on wait for the event. */
    public void streamWait(MemorySegment stream, MemorySegment event) {
        int status;
        try {
            status = (int) streamWait.handle().invokeExact(stream, event);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.streamWait, status);
    }

    /** Waits for the event. */
    public void eventSync(MemorySegment event) {
        int status;
        try {
            status = (int) eventSync.handle().invokeExact(event);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.eventSync, status);
    }

    /** Milliseconds between two events that have happened, to one host f64. */
    public void eventElapsed(MemorySegment start, MemorySegment end, MemorySegment milliseconds) {
        int status;
        try {
            status = (int) eventElapsed.handle().invokeExact(start, end, milliseconds);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.eventElapsed, status);
    }

    /** Queues a copy of host memory to the device. */
    public void copyToDevice(
            MemorySegment stream, MemorySegment to, MemorySegment hostFrom, long bytes) {
        int status;
        try {
            status = (int) copyToDevice.handle().invokeExact(stream, to, hostFrom, bytes);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.copyToDevice, status);
    }

    /** Queues a copy of device memory to the host. */
    public void copyToHost(
            MemorySegment stream, MemorySegment hostTo, MemorySegment from, long bytes) {
        int status;
        try {
            status = (int) copyToHost.handle().invokeExact(stream, hostTo, from, bytes);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.copyToHost, status);
    }

    /** Queues a copy within a device. */
    public void copyOnDevice(
            MemorySegment stream, MemorySegment to, MemorySegment from, long bytes) {
        int status;
        try {
            status = (int) copyOnDevice.handle().invokeExact(stream, to, from, bytes);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.copyOnDevice, status);
    }

    /** Sets every byte to a value, 0 to 255. */
    public void fill(MemorySegment stream, MemorySegment to, int value, long bytes) {
        int status;
        try {
            status = (int) fill.handle().invokeExact(stream, to, value, bytes);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.fill, status);
    }

    /** out = tuned - base in f32; nonFinite is one i64. */
    public void subtract(
            MemorySegment stream,
            long n,
            MemorySegment tuned,
            int tunedType,
            MemorySegment base,
            int baseType,
            MemorySegment out,
            MemorySegment nonFinite) {
        int status;
        try {
            status =
                    (int)
                            subtract.handle()
                                    .invokeExact(
                                            stream, n, tuned, tunedType, base, baseType, out,
                                            nonFinite);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.subtract, status);
    }

    /** out = base + delta in f32, rounded once; overflows is one i64. */
    public void add(
            MemorySegment stream,
            long n,
            MemorySegment base,
            int baseType,
            MemorySegment delta,
            MemorySegment out,
            int outType,
            MemorySegment overflows) {
        int status;
        try {
            status =
                    (int)
                            add.handle()
                                    .invokeExact(
                                            stream, n, base, baseType, delta, out, outType,
                                            overflows);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.add, status);
    }

    /** out = x, f32 to f64. */
    public void widen(MemorySegment stream, long n, MemorySegment x, MemorySegment out) {
        int status;
        try {
            status = (int) widen.handle().invokeExact(stream, n, x, out);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.widen, status);
    }

    /** out = x, f64 rounded to f32. */
    public void narrow(MemorySegment stream, long n, MemorySegment x, MemorySegment out) {
        int status;
        try {
            status = (int) narrow.handle().invokeExact(stream, n, x, out);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.narrow, status);
    }

    /** Gives pairs of singular vectors, rows of u and v, their sign. */
    public void orient(
            MemorySegment stream,
            long components,
            long uEntries,
            MemorySegment u,
            long vEntries,
            MemorySegment v,
            MemorySegment uOut,
            MemorySegment vOut) {
        int status;
        try {
            status =
                    (int)
                            orient.handle()
                                    .invokeExact(
                                            stream,
                                            components,
                                            uEntries,
                                            u,
                                            vEntries,
                                            v,
                                            uOut,
                                            vOut);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.orient, status);
    }

    /** Three f64 sums of squares in a fixed order; workspace as in the header. */
    public void errorSums(
            MemorySegment stream,
            long n,
            MemorySegment truth,
            MemorySegment decoded,
            MemorySegment tuned,
            int tunedType,
            MemorySegment restored,
            int restoredType,
            MemorySegment workspace,
            MemorySegment sums) {
        int status;
        try {
            status =
                    (int)
                            errorSums
                                    .handle()
                                    .invokeExact(
                                            stream,
                                            n,
                                            truth,
                                            decoded,
                                            tuned,
                                            tunedType,
                                            restored,
                                            restoredType,
                                            workspace,
                                            sums);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.errorSums, status);
    }

    /** Draws a mask ({@link MaskBlock}); words, ranks and survivors may be null. */
    public void maskDraw(
            MemorySegment stream,
            MemorySegment mask,
            MemorySegment thresholds,
            MemorySegment words,
            MemorySegment ranks,
            MemorySegment survivors) {
        int status;
        try {
            status =
                    (int)
                            maskDraw.handle()
                                    .invokeExact(stream, mask, thresholds, words, ranks, survivors);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.maskDraw, status);
    }

    /** Drops and rescales in one pass; survivors may be null. */
    public void maskRescale(
            MemorySegment stream,
            MemorySegment mask,
            MemorySegment thresholds,
            MemorySegment x,
            long xStride,
            MemorySegment out,
            long outStride,
            MemorySegment survivors) {
        int status;
        try {
            status =
                    (int)
                            maskRescale
                                    .handle()
                                    .invokeExact(
                                            stream,
                                            mask,
                                            thresholds,
                                            x,
                                            xStride,
                                            out,
                                            outStride,
                                            survivors);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.maskRescale, status);
    }

    /**
     * Largest magnitudes and sums of squares of components; words, largest, squares may be null.
     */
    public void componentScales(
            MemorySegment stream,
            long components,
            long entries,
            MemorySegment words,
            MemorySegment x,
            long stride,
            MemorySegment largest,
            MemorySegment squares) {
        int status;
        try {
            status =
                    (int)
                            componentScales
                                    .handle()
                                    .invokeExact(
                                            stream,
                                            components,
                                            entries,
                                            words,
                                            x,
                                            stride,
                                            largest,
                                            squares);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.componentScales, status);
    }

    /** Codes of all entries, a byte each. */
    public void quantise(
            MemorySegment stream,
            long components,
            long entries,
            int bits,
            MemorySegment x,
            long stride,
            MemorySegment scales,
            MemorySegment boundaries,
            MemorySegment codes) {
        int status;
        try {
            status =
                    (int)
                            quantise.handle()
                                    .invokeExact(
                                            stream,
                                            components,
                                            entries,
                                            bits,
                                            x,
                                            stride,
                                            scales,
                                            boundaries,
                                            codes);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.quantise, status);
    }

    /** Values of codes. */
    public void dequantise(
            MemorySegment stream,
            long components,
            long entries,
            int bits,
            MemorySegment codes,
            MemorySegment scales,
            MemorySegment levels,
            MemorySegment out,
            long stride) {
        int status;
        try {
            status =
                    (int)
                            dequantise
                                    .handle()
                                    .invokeExact(
                                            stream,
                                            components,
                                            entries,
                                            bits,
                                            codes,
                                            scales,
                                            levels,
                                            out,
                                            stride);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.dequantise, status);
    }

    /** Packs codes to streams of bits. */
    public void packCodes(
            MemorySegment stream,
            long components,
            long entries,
            int bits,
            MemorySegment codes,
            MemorySegment offsets,
            MemorySegment packed,
            long packedBytes) {
        int status;
        try {
            status =
                    (int)
                            packCodes
                                    .handle()
                                    .invokeExact(
                                            stream,
                                            components,
                                            entries,
                                            bits,
                                            codes,
                                            offsets,
                                            packed,
                                            packedBytes);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.packCodes, status);
    }

    /** Unpacks streams of bits to codes. */
    public void unpackCodes(
            MemorySegment stream,
            long components,
            long entries,
            int bits,
            MemorySegment packed,
            long packedBytes,
            MemorySegment offsets,
            MemorySegment codes) {
        int status;
        try {
            status =
                    (int)
                            unpackCodes
                                    .handle()
                                    .invokeExact(
                                            stream,
                                            components,
                                            entries,
                                            bits,
                                            packed,
                                            packedBytes,
                                            offsets,
                                            codes);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.unpackCodes, status);
    }

    /** Where the values of components lie; groups in host memory, end is one i64. */
    public void valueOffsets(
            MemorySegment stream,
            long components,
            MemorySegment groups,
            int groupCount,
            MemorySegment survivorsU,
            MemorySegment survivorsV,
            long firstOffset,
            MemorySegment offsetsU,
            MemorySegment offsetsV,
            MemorySegment end) {
        int status;
        try {
            status =
                    (int)
                            valueOffsets
                                    .handle()
                                    .invokeExact(
                                            stream,
                                            components,
                                            groups,
                                            groupCount,
                                            survivorsU,
                                            survivorsV,
                                            firstOffset,
                                            offsetsU,
                                            offsetsV,
                                            end);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.valueOffsets, status);
    }

    /** Takes survivors out of a factor and packs them. */
    public void packValues(
            MemorySegment stream,
            long components,
            long entries,
            MemorySegment groups,
            int groupCount,
            MemorySegment words,
            MemorySegment ranks,
            MemorySegment x,
            long stride,
            MemorySegment scales,
            MemorySegment boundaries,
            MemorySegment offsets,
            MemorySegment packed,
            long packedBytes) {
        int status;
        try {
            status =
                    (int)
                            packValues
                                    .handle()
                                    .invokeExact(
                                            stream,
                                            components,
                                            entries,
                                            groups,
                                            groupCount,
                                            words,
                                            ranks,
                                            x,
                                            stride,
                                            scales,
                                            boundaries,
                                            offsets,
                                            packed,
                                            packedBytes);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.packValues, status);
    }

    /** Puts packed values back to where the mask has them. */
    public void unpackValues(
            MemorySegment stream,
            long components,
            long entries,
            MemorySegment groups,
            int groupCount,
            MemorySegment words,
            MemorySegment ranks,
            MemorySegment packed,
            long packedBytes,
            MemorySegment offsets,
            MemorySegment scales,
            MemorySegment levels,
            MemorySegment thresholds,
            MemorySegment gains,
            MemorySegment out,
            long stride) {
        int status;
        try {
            status =
                    (int)
                            unpackValues
                                    .handle()
                                    .invokeExact(
                                            stream,
                                            components,
                                            entries,
                                            groups,
                                            groupCount,
                                            words,
                                            ranks,
                                            packed,
                                            packedBytes,
                                            offsets,
                                            scales,
                                            levels,
                                            thresholds,
                                            gains,
                                            out,
                                            stride);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.unpackValues, status);
    }

    public void restore(
            MemorySegment stream,
            long components,
            long rows,
            long columns,
            MemorySegment u,
            long uStride,
            MemorySegment v,
            long vStride,
            MemorySegment base,
            int baseType,
            MemorySegment out,
            int outType,
            MemorySegment overflows) {
        int status;
        try {
            status =
                    (int)
                            restore.handle()
                                    .invokeExact(
                                            stream,
                                            components,
                                            rows,
                                            columns,
                                            u,
                                            uStride,
                                            v,
                                            vStride,
                                            base,
                                            baseType,
                                            out,
                                            outType,
                                            overflows);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.restore, status);
    }

    public void sparseRows(
            MemorySegment stream,
            long components,
            long entries,
            MemorySegment words,
            MemorySegment ranks,
            MemorySegment x,
            long stride,
            int transpose,
            MemorySegment starts,
            MemorySegment indices,
            MemorySegment values) {
        int status;
        try {
            status =
                    (int)
                            sparseRows
                                    .handle()
                                    .invokeExact(
                                            stream,
                                            components,
                                            entries,
                                            words,
                                            ranks,
                                            x,
                                            stride,
                                            transpose,
                                            starts,
                                            indices,
                                            values);
        } catch (Throwable t) {
            throw unexpected(t);
        }
        check(this.sparseRows, status);
    }

    private void check(NativeFunction call, int status) {
        switch (status) {
            case OK -> {}
            case INVALID_ARGUMENT -> throw new IllegalArgumentException(message(call));
            case OUT_OF_MEMORY -> throw new DeviceOutOfMemoryException(message(call));
            case UNAVAILABLE -> throw new LibraryUnavailableException(message(call));
            default -> throw new NativeCallException(call.name(), status, lastError());
        }
    }

    private String message(NativeFunction call) {
        String text = lastError();
        return text.startsWith(call.name()) ? text : call.name() + ": " + text;
    }

    /** What the call itself throws, such as for a closed segment. */
    static RuntimeException unexpected(Throwable t) {
        return switch (t) {
            case RuntimeException e -> e;
            case Error e -> throw e;
            default -> throw new AssertionError("a downcall throws nothing checked", t);
        };
    }
}
