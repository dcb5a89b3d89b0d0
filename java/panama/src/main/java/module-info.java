import dev.deltapress.backend.BackendProvider;
import dev.deltapress.panama.NativeBackendProvider;

/**
 * Bindings to libdeltapress by foreign functions, and the backend that runs on its host flavour.
 */
module dev.deltapress.panama {
    requires transitive dev.deltapress.core;
    requires static org.jspecify;

    exports dev.deltapress.panama;

    provides BackendProvider with
            NativeBackendProvider;
}
