package dev.deltapress.checkpoint;

import tools.jackson.core.JsonEncoding;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Renders the header of a safetensors file that is going to be written. */
final class HeaderWriter {
    /**
     * Limit on a header with its length field. The format allows 100 MB, but readers exist that
     * look for the whole header in the first MiB (Jlama 0.8.4).
     */
    static final int MAX_BYTES = 1 << 20;

    private static final int ALIGNMENT = 8;

    private HeaderWriter() {}

    /**
     * The first bytes of a file: length, compact JSON, and spaces up to a multiple of 8, which is
     * where the data of the tensors begins, in their order in the list.
     *
     * @param metadata rendered sorted by key; left out if empty
     */
    static byte[] render(List<PlannedTensor> tensors, Map<String, String> metadata) {
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(new byte[Long.BYTES]);
        try (JsonGenerator json =
                Json.STRICT.createGenerator(ObjectWriteContext.empty(), bytes, JsonEncoding.UTF8)) {
            json.writeStartObject();
            if (!metadata.isEmpty()) {
                json.writeObjectPropertyStart(HeaderJson.METADATA);
                new TreeMap<>(metadata).forEach(json::writeStringProperty);
                json.writeEndObject();
            }
            long begin = 0;
            for (PlannedTensor tensor : tensors) {
                long end = Math.addExact(begin, tensor.byteSize());
                writeEntry(json, tensor, begin, end);
                begin = end;
            }
            json.writeEndObject();
        }
        byte[] header = bytes.toByteArray();
        byte[] padded = Arrays.copyOf(header, Math.ceilDiv(header.length, ALIGNMENT) * ALIGNMENT);
        Arrays.fill(padded, header.length, padded.length, (byte) ' ');
        ByteBuffer.wrap(padded)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(padded.length - (long) Long.BYTES);
        return padded;
    }

    private static void writeEntry(JsonGenerator json, PlannedTensor tensor, long begin, long end) {
        json.writeObjectPropertyStart(tensor.name());
        json.writeStringProperty("dtype", tensor.dtype().name());
        json.writeArrayPropertyStart("shape");
        tensor.shape().dimensions().forEach(json::writeNumber);
        json.writeEndArray();
        json.writeArrayPropertyStart("data_offsets");
        json.writeNumber(begin);
        json.writeNumber(end);
        json.writeEndArray();
        json.writeEndObject();
    }
}
