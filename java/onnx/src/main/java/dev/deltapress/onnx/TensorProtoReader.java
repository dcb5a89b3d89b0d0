package dev.deltapress.onnx;

import dev.deltapress.onnx.TensorProto.Elements;
import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Shape;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Reads one message {@code TensorProto}; field numbers and values are those of onnx.proto. */
final class TensorProtoReader {
    private static final long EXTERNAL = 1;

    /** As in NumPy; ONNX itself sets no bound. */
    private static final int HIGHEST_RANK = 64;

    private final ProtoReader in;
    private final List<Long> dimensions = new ArrayList<>();
    private String name = "";
    private long dataType;
    private @Nullable Extent piece;
    private boolean isScattered;
    private boolean isExternal;
    private String location = "";
    private long offset;
    private @Nullable Long length;

    private TensorProtoReader(ProtoReader in) {
        this.in = in;
    }

    /**
     * Reads the tensor in the current field.
     *
     * @throws dev.deltapress.MalformedFileException if it has no data, or not as much as its type
     *     and shape need, as far as both are known
     */
    static TensorProto read(ProtoReader in) throws IOException {
        var reader = new TensorProtoReader(in);
        in.message(reader::field);
        TensorProto tensor = reader.tensor();
        in.subject("");
        return tensor;
    }

    private void field(int number) throws IOException {
        switch (number) {
            case 1 -> in.varints(this::addDimension); // dims
            case 2 -> dataType = in.varint();
            case 4, 9, 10 -> addPiece(); // float_data, raw_data, double_data
            case 3, 5, 6, 7, 11 -> { // segment, int32_data, string_data, int64_data, uint64_data
                isScattered = true;
                in.skip();
            }
            case 8 -> {
                name = in.string();
                in.subject("tensor '" + name + "'");
            }
            case 13 -> addExternalData();
            case 14 -> isExternal = in.varint() == EXTERNAL; // data_location
            default -> in.skip();
        }
    }

    private void addDimension(long dimension) {
        if (dimension < 0) {
            throw in.malformed("negative dimension " + dimension);
        }
        if (dimensions.size() == HIGHEST_RANK) {
            throw in.malformed("more than " + HIGHEST_RANK + " dimensions");
        }
        dimensions.add(dimension);
    }

    /** Numbers at fixed width, little-endian in every one of these fields. */
    private void addPiece() throws IOException {
        isScattered |= piece != null || !in.isLengthDelimited();
        if (isScattered) {
            in.skip();
        } else {
            piece = in.bytes();
        }
    }

    private void addExternalData() throws IOException {
        String[] entry = {"", ""};
        in.message(
                number -> {
                    switch (number) {
                        case 1, 2 -> entry[number - 1] = in.string(); // key, value
                        default -> in.skip();
                    }
                });
        switch (entry[0]) {
            case "location" -> location = entry[1];
            case "offset" -> offset = byteCount(entry);
            case "length" -> length = byteCount(entry);
            default -> {} // a checksum, or what a later version of ONNX adds
        }
    }

    private long byteCount(String[] entry) {
        try {
            long count = Long.parseLong(entry[1]);
            if (count >= 0) {
                return count;
            }
        } catch (NumberFormatException e) {
            // Refused below, like a negative number.
        }
        throw in.malformed(
                "external data has %s '%s', expected bytes".formatted(entry[0], entry[1]));
    }

    private TensorProto tensor() {
        var shape = new Shape(dimensions);
        try {
            return new TensorProto(name, isExternal ? location : null, elements(shape));
        } catch (ArithmeticException e) {
            throw in.malformed("the size of shape " + shape + " overflows");
        }
    }

    private @Nullable Elements elements(Shape shape) {
        if (shape.elements() > 0 && !isExternal && piece == null && !isScattered) {
            throw in.malformed("no data for shape " + shape);
        }
        DType dtype = DataTypes.of(dataType);
        if (dtype == null) {
            return null;
        }
        long expected = dtype.byteSize(shape);
        Extent found = extent(expected);
        if (found == null) {
            return null;
        }
        if (found.length() != expected) {
            throw in.malformed(
                    "%d bytes of data, but %s %s has %d"
                            .formatted(found.length(), dtype, shape, expected));
        }
        return new Elements(dtype, shape, found);
    }

    private @Nullable Extent extent(long expectedLength) {
        if (isExternal) {
            return new Extent(offset, length == null ? expectedLength : length);
        }
        return isScattered ? null : piece;
    }
}
