package dev.deltapress.panama.parity;

import dev.deltapress.panama.parity.Operand.Element;

import java.util.List;

/** What an operation writes, before it does. */
final class Outputs {
    private static final int TILE = 1024;

    private Outputs() {}

    static List<Operand> of(Case c) {
        return switch (c.operation()) {
            case "subtract" -> List.of(Operand.output(Element.F32, c.parameter(0)), number());
            case "add" ->
                    List.of(Operand.output(element(c.parameter(2)), c.parameter(0)), number());
            case "error_sums" -> List.of(Operand.output(Element.F64, 3));
            case "widen" -> List.of(Operand.output(Element.F64, c.parameter(0)));
            case "narrow" -> List.of(Operand.output(Element.F32, c.parameter(0)));
            case "orient" ->
                    List.of(
                            Operand.output(Element.F32, c.parameter(0) * c.parameter(1)),
                            Operand.output(Element.F32, c.parameter(0) * c.parameter(2)));
            case "mask_draw" -> {
                long tiles = Math.ceilDiv(c.parameter(6), (long) TILE) * c.parameter(4);
                yield List.of(
                        Operand.output(Element.U32, tiles * (TILE / Integer.SIZE)),
                        Operand.output(Element.I64, tiles),
                        Operand.output(Element.I64, c.parameter(4)));
            }
            case "mask_rescale" ->
                    List.of(
                            Operand.output(Element.F32, c.parameter(4) * c.parameter(8)),
                            Operand.output(Element.I64, c.parameter(4)));
            case "component_scales" ->
                    List.of(
                            Operand.output(Element.F32, c.parameter(0)),
                            Operand.output(Element.F64, c.parameter(0)));
            case "quantise", "unpack_codes" ->
                    List.of(Operand.output(Element.U8, c.parameter(0) * c.parameter(1)));
            case "dequantise" ->
                    List.of(Operand.output(Element.F32, c.parameter(0) * c.parameter(3)));
            case "pack_codes", "pack_values" ->
                    List.of(Operand.output(Element.U8, c.packedBytes()));
            case "value_offsets" ->
                    List.of(
                            Operand.output(Element.I64, c.parameter(0)),
                            Operand.output(Element.I64, c.input(1).isNone() ? 0 : c.parameter(0)),
                            number());
            case "unpack_values" ->
                    List.of(Operand.output(Element.F32, c.parameter(0) * c.parameter(2)));
            case "restore" ->
                    List.of(
                            Operand.output(
                                    element(c.parameter(6)), c.parameter(1) * c.parameter(2)),
                            number());
            case "sparse_rows" -> {
                long kept = survivors(c);
                yield List.of(
                        Operand.output(Element.U32, c.parameter((int) c.parameter(3)) + 1),
                        Operand.output(Element.U32, kept),
                        Operand.output(Element.F32, kept));
            }
            default -> throw new IllegalArgumentException(c.operation());
        };
    }

    /** Entries of a drawn mask that survive. */
    private static long survivors(Case c) {
        if (c.input(0).isNone()) {
            return c.parameter(0) * c.parameter(1);
        }
        long count = 0;
        for (int i = 0; i < c.input(0).count(); i++) {
            count += Integer.bitCount(c.input(0).intAt(i));
        }
        return count;
    }

    private static Operand number() {
        return Operand.output(Element.I64, 1);
    }

    /** Of {@code dp_type}. */
    static Element element(long type) {
        return switch ((int) type) {
            case 0 -> Element.F32;
            case 1 -> Element.F16;
            default -> Element.BF16;
        };
    }
}
