package dev.deltapress.method;

import dev.deltapress.backend.Backend.Delta;
import dev.deltapress.backend.Backend.Session;
import dev.deltapress.delta.MaskKey;

import java.lang.foreign.MemorySegment;
import java.util.SortedMap;

/** A way of turning the delta of one matrix into one record; a value, with all its parameters. */
public interface Method {

    /** The name on the command line and in the file. */
    String name();

    /** The parameters by the paper's names, as text that reads back to the same value. */
    SortedMap<String, String> parameters();

    /** Bytes in 16 bit over bytes on disk that are asked for. */
    double ratio();

    /** The least bytes that a block of this method takes for a matrix of that shape. */
    long leastBytes(int rows, int columns);

    /**
     * Codes the delta of one matrix as a factor block.
     *
     * @param key of its masks
     * @param budget most bytes of the block; at least {@link #leastBytes}
     * @return the block, in memory of the garbage-collected heap
     */
    MemorySegment encode(Session session, Delta delta, MaskKey key, long budget);
}
