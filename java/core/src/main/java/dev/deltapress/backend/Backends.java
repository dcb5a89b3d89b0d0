package dev.deltapress.backend;

import dev.deltapress.BackendUnavailableException;
import dev.deltapress.UsageException;
import dev.deltapress.linalg.Kernels;
import dev.deltapress.parallel.Team;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.Consumer;

/** The one place that chooses a backend. */
public final class Backends {
    /** Takes the first of {@link #NAMES} that can run. */
    public static final String AUTO = "auto";

    /** The backends, fastest first. */
    public static final List<String> NAMES = List.of("cuda", "native", "java");

    private Backends() {}

    /** Every known backend, fastest first, with what it runs on or why it cannot. */
    public static List<BackendStatus> survey() {
        return NAMES.stream().map(Backends::status).toList();
    }

    /**
     * Makes the backend of that name, or for "auto" the fastest that can run here.
     *
     * @param team the threads of whoever asks; a backend may share its loops with them
     * @param deviceMemoryBytes bound on what is taken of each GPU; 0 for most of what is free there
     * @param notes told in one line what was chosen and why others were passed over
     * @throws UsageException if there is no backend of that name
     * @throws BackendUnavailableException if it was asked for by name and cannot run
     */
    public static Backend create(
            String name, Team team, long deviceMemoryBytes, Consumer<String> notes) {
        if (!name.equals(AUTO)) {
            return byName(name, team, deviceMemoryBytes);
        }
        List<String> passedOver = new ArrayList<>();
        for (BackendStatus status : survey()) {
            if (status.available()) {
                String because = passedOver.isEmpty() ? "" : "; " + String.join("; ", passedOver);
                notes.accept(
                        "backend: %s (%s)%s".formatted(status.name(), status.detail(), because));
                return byName(status.name(), team, deviceMemoryBytes);
            }
            passedOver.add(status.name() + ": " + status.detail());
        }
        throw new AssertionError("the Java backend runs everywhere");
    }

    private static Backend byName(String name, Team team, long deviceMemoryBytes) {
        if (name.equals("java")) {
            return new JavaBackend(team);
        }
        if (!NAMES.contains(name)) {
            throw new UsageException(
                    "unknown backend '%s'; known: auto, %s"
                            .formatted(name, String.join(", ", NAMES)));
        }
        BackendStatus status = status(name);
        if (!status.available()) {
            throw new BackendUnavailableException(
                    "backend '%s' cannot run here: %s".formatted(name, status.detail()));
        }
        return provider(name).orElseThrow().create(team, deviceMemoryBytes);
    }

    private static BackendStatus status(String name) {
        if (name.equals("java")) {
            return new BackendStatus(name, true, Kernels.best().toString());
        }
        return provider(name)
                .map(BackendProvider::status)
                .orElseGet(() -> new BackendStatus(name, false, "not part of this build"));
    }

    private static Optional<BackendProvider> provider(String name) {
        return ServiceLoader.load(BackendProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(provider -> provider.status().name().equals(name))
                .findFirst();
    }
}
