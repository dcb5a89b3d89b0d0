package dev.deltapress.panama.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deltapress.delta.MaskKey;
import dev.deltapress.delta.MaskKey.Side;
import dev.deltapress.panama.DeltaPressNative;
import dev.deltapress.panama.DeviceBuffer;
import dev.deltapress.panama.DeviceStream;
import dev.deltapress.panama.MaskBlock;
import dev.deltapress.panama.ValueGroup;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A flavour of libdeltapress, with everything in memory of the device. Bytes around outputs must
 * stay as they are.
 */
final class LibraryRunner implements Runner {
    private static final int CANARY = 64;

    private final DeltaPressNative library;
    private final int device;

    LibraryRunner(DeltaPressNative library, int device) {
        this.library = library;
        this.device = device;
    }

    @Override
    public boolean does(Case c) {
        return true;
    }

    @Override
    public List<Operand> run(Case c) {
        try (Arena arena = Arena.ofConfined();
                DeviceStream stream = new DeviceStream(library, device);
                Buffers buffers = new Buffers(stream, arena)) {
            List<MemorySegment> in = new ArrayList<>();
            for (Operand operand : c.inputs()) {
                in.add(buffers.upload(operand));
            }
            List<Operand> outputs = c.outputs();
            List<MemorySegment> out = new ArrayList<>();
            for (Operand operand : outputs) {
                out.add(buffers.output(operand));
            }
            call(c, stream.address(), in, out, arena);
            buffers.download(outputs);
            return outputs;
        }
    }

    /** What a call allocates. */
    private final class Buffers implements AutoCloseable {
        private final DeviceStream stream;
        private final Arena arena;
        private final List<DeviceBuffer> inputs = new ArrayList<>();
        private final List<DeviceBuffer> outputs = new ArrayList<>();

        Buffers(DeviceStream stream, Arena arena) {
            this.stream = stream;
            this.arena = arena;
        }

        MemorySegment upload(Operand operand) {
            if (operand.isNone()) {
                return MemorySegment.NULL;
            }
            long bytes = operand.bytes().length;
            DeviceBuffer buffer = new DeviceBuffer(library, device, bytes);
            inputs.add(buffer);
            MemorySegment host =
                    arena.allocate(bytes, 64).copyFrom(MemorySegment.ofArray(operand.bytes()));
            library.copyToDevice(stream.address(), buffer.address(), host, bytes);
            return buffer.address();
        }

        MemorySegment output(Operand operand) {
            long bytes = operand.bytes().length + 2L * CANARY;
            DeviceBuffer buffer = new DeviceBuffer(library, device, bytes);
            outputs.add(buffer);
            library.fill(stream.address(), buffer.address(), Operand.UNTOUCHED & 0xFF, bytes);
            return operand.isNone()
                    ? MemorySegment.NULL
                    : MemorySegment.ofAddress(buffer.address().address() + CANARY);
        }

        void download(List<Operand> operands) {
            for (int i = 0; i < operands.size(); i++) {
                DeviceBuffer buffer = outputs.get(i);
                MemorySegment host = arena.allocate(buffer.byteSize(), 64);
                library.copyToHost(stream.address(), host, buffer.address(), buffer.byteSize());
                stream.sync();
                byte[] bytes = operands.get(i).bytes();
                MemorySegment.copy(host, CANARY, MemorySegment.ofArray(bytes), 0, bytes.length);
                requireUntouched(host.asSlice(0, CANARY));
                requireUntouched(host.asSlice(CANARY + bytes.length));
            }
        }

        private void requireUntouched(MemorySegment canary) {
            byte[] untouched = new byte[CANARY];
            Arrays.fill(untouched, Operand.UNTOUCHED);
            assertThat(canary.mismatch(MemorySegment.ofArray(untouched)))
                    .as("bytes beside an output")
                    .isEqualTo(-1);
        }

        @Override
        public void close() {
            inputs.forEach(DeviceBuffer::close);
            outputs.forEach(DeviceBuffer::close);
        }
    }

    private void call(
            Case c,
            MemorySegment stream,
            List<MemorySegment> in,
            List<MemorySegment> out,
            Arena arena) {
        switch (c.operation()) {
            case "subtract" ->
                    library.subtract(
                            stream,
                            c.parameter(0),
                            in.get(0),
                            (int) c.parameter(1),
                            in.get(1),
                            (int) c.parameter(2),
                            out.get(0),
                            out.get(1));
            case "add" ->
                    library.add(
                            stream,
                            c.parameter(0),
                            in.get(0),
                            (int) c.parameter(1),
                            in.get(1),
                            out.get(0),
                            (int) c.parameter(2),
                            out.get(1));
            case "error_sums" -> errorSums(c, stream, in, out);
            case "widen" -> library.widen(stream, c.parameter(0), in.get(0), out.get(0));
            case "narrow" -> library.narrow(stream, c.parameter(0), in.get(0), out.get(0));
            case "orient" ->
                    library.orient(
                            stream,
                            c.parameter(0),
                            c.parameter(1),
                            in.get(0),
                            c.parameter(2),
                            in.get(1),
                            out.get(0),
                            out.get(1));
            case "mask_draw" ->
                    library.maskDraw(
                            stream, mask(c, arena), in.get(0), out.get(0), out.get(1), out.get(2));
            case "mask_rescale" ->
                    library.maskRescale(
                            stream,
                            mask(c, arena),
                            in.get(0),
                            in.get(1),
                            c.parameter(7),
                            out.get(0),
                            c.parameter(8),
                            out.get(1));
            case "component_scales" ->
                    library.componentScales(
                            stream,
                            c.parameter(0),
                            c.parameter(1),
                            in.get(0),
                            in.get(1),
                            c.parameter(2),
                            out.get(0),
                            out.get(1));
            case "quantise" ->
                    library.quantise(
                            stream,
                            c.parameter(0),
                            c.parameter(1),
                            (int) c.parameter(2),
                            in.get(0),
                            c.parameter(3),
                            in.get(1),
                            in.get(2),
                            out.get(0));
            case "dequantise" ->
                    library.dequantise(
                            stream,
                            c.parameter(0),
                            c.parameter(1),
                            (int) c.parameter(2),
                            in.get(0),
                            in.get(1),
                            in.get(2),
                            out.get(0),
                            c.parameter(3));
            case "pack_codes" ->
                    library.packCodes(
                            stream,
                            c.parameter(0),
                            c.parameter(1),
                            (int) c.parameter(2),
                            in.get(0),
                            in.get(1),
                            out.get(0),
                            c.packedBytes());
            case "unpack_codes" ->
                    library.unpackCodes(
                            stream,
                            c.parameter(0),
                            c.parameter(1),
                            (int) c.parameter(2),
                            in.get(0),
                            c.input(0).count(),
                            in.get(1),
                            out.get(0));
            case "value_offsets" ->
                    library.valueOffsets(
                            stream,
                            c.parameter(0),
                            groups(c, 2, arena),
                            groupCount(c, 2),
                            in.get(0),
                            in.get(1),
                            c.parameter(1),
                            out.get(0),
                            out.get(1),
                            out.get(2));
            case "pack_values" ->
                    library.packValues(
                            stream,
                            c.parameter(0),
                            c.parameter(1),
                            groups(c, 3, arena),
                            groupCount(c, 3),
                            in.get(0),
                            in.get(1),
                            in.get(2),
                            c.parameter(2),
                            in.get(3),
                            in.get(4),
                            in.get(5),
                            out.get(0),
                            c.packedBytes());
            case "unpack_values" ->
                    library.unpackValues(
                            stream,
                            c.parameter(0),
                            c.parameter(1),
                            groups(c, 3, arena),
                            groupCount(c, 3),
                            in.get(0),
                            in.get(1),
                            in.get(2),
                            c.input(2).count(),
                            in.get(3),
                            in.get(4),
                            in.get(5),
                            in.get(6),
                            in.get(7),
                            out.get(0),
                            c.parameter(2));
            case "restore" ->
                    library.restore(
                            stream,
                            c.parameter(0),
                            c.parameter(1),
                            c.parameter(2),
                            in.get(0),
                            c.parameter(3),
                            in.get(1),
                            c.parameter(4),
                            in.get(2),
                            (int) c.parameter(5),
                            out.get(0),
                            (int) c.parameter(6),
                            out.get(1));
            case "sparse_rows" ->
                    library.sparseRows(
                            stream,
                            c.parameter(0),
                            c.parameter(1),
                            in.get(0),
                            in.get(1),
                            in.get(2),
                            c.parameter(2),
                            (int) c.parameter(3),
                            out.get(0),
                            out.get(1),
                            out.get(2));
            default -> throw new IllegalArgumentException(c.operation());
        }
    }

    private void errorSums(
            Case c, MemorySegment stream, List<MemorySegment> in, List<MemorySegment> out) {
        long pieces = Math.ceilDiv(c.parameter(0), 1L << 20);
        try (DeviceBuffer workspace =
                new DeviceBuffer(library, device, 3 * 512 * pieces * Double.BYTES)) {
            library.errorSums(
                    stream,
                    c.parameter(0),
                    in.get(0),
                    in.get(1),
                    in.get(2),
                    (int) c.parameter(1),
                    in.get(3),
                    (int) c.parameter(2),
                    workspace.address(),
                    out.get(0));
            library.streamSync(stream);
        }
    }

    private static MemorySegment mask(Case c, Arena arena) {
        return new MaskBlock(
                        new MaskKey(c.parameter(0), c.parameter(1)),
                        c.parameter(2) == 0 ? Side.U : Side.V,
                        c.parameter(3),
                        c.parameter(4),
                        c.parameter(5),
                        c.parameter(6))
                .write(arena);
    }

    private static int groupCount(Case c, int first) {
        return (c.parameters().size() - first) / 2;
    }

    private static MemorySegment groups(Case c, int first, Arena arena) {
        List<ValueGroup> groups = new ArrayList<>();
        for (int g = first; g < c.parameters().size(); g += 2) {
            groups.add(new ValueGroup(c.parameter(g), (int) c.parameter(g + 1)));
        }
        return ValueGroup.write(arena, groups);
    }
}
