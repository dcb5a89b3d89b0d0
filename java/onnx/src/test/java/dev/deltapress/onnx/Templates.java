package dev.deltapress.onnx;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.deltapress.checkpoint.Checkpoint;
import dev.deltapress.checkpoint.FileTemplate;
import dev.deltapress.checkpoint.FileTemplate.Splice;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.Map;

/** Fills templates the way a restore does. */
final class Templates {
    private Templates() {}

    /** Every file of a checkpoint by name, with some tensors replaced. */
    static Map<String, byte[]> fill(Checkpoint checkpoint, Map<String, byte[]> replaced)
            throws IOException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (FileTemplate template : checkpoint.templates()) {
            byte[] literal = template.literal().toArray(JAVA_BYTE);
            var file = new ByteArrayOutputStream();
            int done = 0;
            for (Splice splice : template.splices()) {
                int at = Math.toIntExact(splice.at());
                file.write(literal, done, at - done);
                byte[] tensor = replaced.get(splice.tensor());
                file.writeBytes(tensor == null ? bytes(checkpoint, splice.tensor()) : tensor);
                done = at;
            }
            file.write(literal, done, literal.length - done);
            files.put(template.name(), file.toByteArray());
        }
        return files;
    }

    static byte[] bytes(Checkpoint checkpoint, String tensor) throws IOException {
        try (var arena = Arena.ofConfined()) {
            return checkpoint.map(tensor, arena).toArray(JAVA_BYTE);
        }
    }
}
