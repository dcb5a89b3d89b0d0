package dev.deltapress.checkpoint;

import dev.deltapress.checkpoint.FileTemplate.Splice;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Puts files together from their templates, as a restorer does. */
final class Templates {
    /** Where the bytes of a tensor come from. */
    interface Tensors {
        MemorySegment bytes(String name) throws IOException;
    }

    private Templates() {}

    static byte[] fill(FileTemplate template, Tensors tensors) throws IOException {
        var out = new ByteArrayOutputStream();
        byte[] literal = template.literal().toArray(ValueLayout.JAVA_BYTE);
        int at = 0;
        for (Splice splice : template.splices()) {
            out.write(literal, at, (int) splice.at() - at);
            out.writeBytes(tensors.bytes(splice.tensor()).toArray(ValueLayout.JAVA_BYTE));
            at = (int) splice.at();
        }
        out.write(literal, at, literal.length - at);
        return out.toByteArray();
    }
}
