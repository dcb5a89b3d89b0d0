package dev.deltapress.method;

import java.util.SortedMap;

/** A way of turning the delta of one matrix into one record; a value, with all its parameters. */
public interface Method {

    /** The name on the command line and in the file. */
    String name();

    /** The parameters by the paper's names, as text that reads back to the same value. */
    SortedMap<String, String> parameters();

    /** Bytes in 16 bit over bytes on disk that are asked for. */
    double ratio();
}
