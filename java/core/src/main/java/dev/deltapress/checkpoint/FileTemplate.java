package dev.deltapress.checkpoint;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A file of a checkpoint without its tensors: the literal bytes, and where tensors go into them.
 *
 * <p>The file is literal bytes {@code [0, splices[0].at)}, the first tensor, literal bytes up to
 * {@code splices[1].at}, the second tensor, and so on, then the rest of the literal bytes. A
 * safetensors file is its header with all splices at the end.
 *
 * @param name plain file name inside the model's folder
 * @param literal all bytes that belong to no tensor, read-only
 * @param splices where tensors go, in file order; {@code at} never decreases
 */
public record FileTemplate(String name, MemorySegment literal, List<Splice> splices) {

    /**
     * One tensor's place.
     *
     * @param at number of literal bytes before it
     * @param tensor its name in the checkpoint
     */
    public record Splice(long at, String tensor) {}

    public FileTemplate {
        literal = literal.asReadOnly();
        splices = List.copyOf(splices);
    }
}
