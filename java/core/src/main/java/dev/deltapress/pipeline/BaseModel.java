package dev.deltapress.pipeline;

import dev.deltapress.backend.Backend;
import dev.deltapress.backend.MatrixView;
import dev.deltapress.backend.Weights;
import dev.deltapress.checkpoint.Checkpoint;
import dev.deltapress.checkpoint.Checkpoints;
import dev.deltapress.parallel.Team;
import dev.deltapress.tensor.TensorInfo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A base model that any number of {@link TunedModel}s share: its file, a backend, and the matrices
 * that their operators multiply by, each made ready once. Safe for use by several threads at once.
 */
public final class BaseModel implements AutoCloseable {
    private final Checkpoint checkpoint;
    private final Team team;
    private final Backend backend;
    private final Sessions sessions;
    private final Arena arena = Arena.ofShared();
    private final Map<String, Weights> weights = new ConcurrentHashMap<>();

    private BaseModel(Checkpoint checkpoint, Team team, Backend backend) {
        this.checkpoint = checkpoint;
        this.team = team;
        this.backend = backend;
        this.sessions = new Sessions(backend);
    }

    /**
     * Opens a model.
     *
     * @param resources backend and threads for all that is done with it
     */
    public static BaseModel open(Path path, Resources resources) throws IOException {
        Checkpoint checkpoint = Checkpoints.open(path);
        Team team = new Team(resources.threads());
        try {
            return new BaseModel(checkpoint, team, resources.backend(team, _ -> {}));
        } catch (RuntimeException e) {
            team.close();
            checkpoint.close();
            throw e;
        }
    }

    Checkpoint checkpoint() {
        return checkpoint;
    }

    Backend backend() {
        return backend;
    }

    Sessions sessions() {
        return sessions;
    }

    /**
     * A matrix of the base for operators to multiply by, kept until this is closed.
     *
     * @param rows leading rows that are wanted
     */
    Weights weights(TensorInfo info, int rows) {
        return weights.computeIfAbsent(
                info.name() + '\n' + rows,
                _ -> {
                    try {
                        int columns = Math.toIntExact(info.shape().dimension(1));
                        long bytes = (long) rows * columns * (info.dtype().bits() / 8);
                        return backend.weights(
                                new MatrixView(
                                        checkpoint.map(info.name(), arena).asSlice(0, bytes),
                                        info.dtype(),
                                        rows,
                                        columns));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
    }

    /** What was made with it must be closed before. */
    @Override
    public void close() throws IOException {
        try (checkpoint;
                team;
                backend;
                sessions) {
            weights.values().forEach(Weights::close);
        } finally {
            arena.close();
        }
    }
}
