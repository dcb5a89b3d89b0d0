package dev.deltapress.backend;

/**
 * A base matrix W where a backend works, to be multiplied by vectors; made by {@link
 * Backend#weights}. Immutable: any number of operators and threads may use one.
 */
public interface Weights extends AutoCloseable {

    int rows();

    int columns();

    @Override
    void close();
}
