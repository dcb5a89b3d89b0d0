package dev.deltapress.checkpoint;

import dev.deltapress.tensor.TensorInfo;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.SequencedMap;

/**
 * A model on disk, opened for reading. Opening validates the structure of every file of it, so that
 * a checkpoint that opened has nothing left to doubt but its numbers.
 *
 * <p>Safe for use by several threads at once.
 */
public interface Checkpoint extends AutoCloseable {

    /** The folder or file that was opened. */
    Path path();

    /** Every tensor by name, in the order of the files and of the bytes in them. */
    SequencedMap<String, TensorInfo> tensors();

    /**
     * Maps the bytes of one tensor, read-only and little-endian, until the arena closes.
     *
     * @throws IllegalArgumentException if there is no tensor of that name
     * @throws dev.deltapress.MalformedFileException if the file has another size than when it was
     *     opened
     * @throws IOException if the file cannot be mapped
     */
    MemorySegment map(String name, Arena arena) throws IOException;

    /**
     * The files that hold tensors, as everything between the tensors: filling a template with the
     * tensors gives the file back byte for byte.
     */
    List<FileTemplate> templates() throws IOException;

    /**
     * Small files that belong to the model and hold no tensors (configuration, tokenizer, licence),
     * as names relative to {@link #path()}, at most one folder down, with a slash; sorted. Empty
     * for a single file.
     */
    List<String> companions() throws IOException;

    /**
     * Whether the output head is the embedding table and absent under its own name ({@code
     * tie_word_embeddings}).
     */
    boolean tiesEmbeddings();

    @Override
    void close();
}
