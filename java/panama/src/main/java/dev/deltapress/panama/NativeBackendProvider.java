package dev.deltapress.panama;

import dev.deltapress.backend.Backend;
import dev.deltapress.backend.BackendProvider;
import dev.deltapress.backend.BackendStatus;
import dev.deltapress.backend.HostBackend;
import dev.deltapress.linalg.Kernels;
import dev.deltapress.parallel.Team;

/**
 * The backend {@code native}: element-wise work, masks and packing by libdeltapress on this
 * computer's processor, products and the SVD as {@link ProductChoice} says. Its results do not
 * depend on the number of threads.
 */
public final class NativeBackendProvider implements BackendProvider {
    private static final String NAME = "native";

    /** For {@code ServiceLoader}. */
    public NativeBackendProvider() {}

    @Override
    public BackendStatus status() {
        NativeLibrary library = NativeLibrary.of(Flavour.HOST);
        if (!library.isAvailable()) {
            return new BackendStatus(NAME, false, library.whyNot());
        }
        ProductChoice products = ProductChoice.present();
        if (products.failed()) {
            return new BackendStatus(NAME, false, products.description());
        }
        HostSettings settings = HostSettings.of(library.functions());
        return new BackendStatus(
                NAME,
                true,
                "libdeltapress, flavour host, vectors of %d bits, up to %d threads; products: %s"
                        .formatted(
                                settings.vectorBits(),
                                Runtime.getRuntime().availableProcessors(),
                                products.description()));
    }

    @Override
    public Backend create(Team team, long deviceMemoryBytes) {
        DeltaPressNative library = NativeLibrary.of(Flavour.HOST).functions();
        // The team shares out pieces, and knows who is idle; a second pool would be in its way.
        library.hostSetThreads(1);
        Kernels kernels = ProductChoice.present().kernels(team);
        return new HostBackend(NAME, kernels, new NativeLoops(library));
    }
}
