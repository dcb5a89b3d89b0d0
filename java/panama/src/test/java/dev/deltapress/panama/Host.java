package dev.deltapress.panama;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** The host flavour, for tests that are skipped where it was not built. */
final class Host {
    private Host() {}

    static DeltaPressNative library() {
        NativeLibrary library = NativeLibrary.of(Flavour.HOST);
        assumeTrue(library.isAvailable(), library::whyNot);
        return library.functions();
    }
}
