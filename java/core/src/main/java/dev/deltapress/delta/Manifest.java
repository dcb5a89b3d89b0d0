package dev.deltapress.delta;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonProperty;

import java.util.List;
import java.util.SortedMap;

/**
 * What a delta says of itself: the members of {@code delta.json} but the closing hash
 * (docs/format.md, section 1).
 */
public record Manifest(
        Head head, List<TensorRecord> tensors, List<Removed> removed, List<FileRecord> files) {
    /** Name of the manifest in the delta's folder. */
    public static final String FILE = "delta.json";

    /** The format version that this code reads and writes. */
    public static final int VERSION = 1;

    public Manifest {
        tensors = List.copyOf(tensors);
        removed = List.copyOf(removed);
        files = List.copyOf(files);
    }

    /** The members that belong to no tensor and no file. */
    public record Head(
            @JsonProperty("deltapress") int version,
            @JsonProperty("method") MethodRecord method,
            @JsonProperty("seed") long seed,
            @JsonProperty("backend") String backend,
            @JsonProperty("zstd") String zstd,
            @JsonProperty("base") String base,
            @JsonProperty("shards") List<ShardRecord> shards) {

        public Head {
            requireNonNull(method, "method");
            requireNonNull(backend, "backend");
            requireNonNull(zstd, "zstd");
            requireNonNull(base, "base");
            shards = List.copyOf(requireNonNull(shards, "shards"));
        }
    }

    /** How the matrices were compressed. */
    public record MethodRecord(
            @JsonProperty("name") String name,
            @JsonProperty("ratio") double ratio,
            @JsonProperty("parameters") SortedMap<String, String> parameters) {

        public MethodRecord {
            requireNonNull(name, "name");
            requireNonNull(parameters, "parameters");
        }
    }

    /** One safetensors file of the delta. */
    public record ShardRecord(
            @JsonProperty("name") String name,
            @JsonProperty("bytes") long bytes,
            @JsonProperty("sum") String sum) {

        public ShardRecord {
            requireNonNull(name, "name");
            requireNonNull(sum, "sum");
        }
    }

    /** A tensor that only the base has. */
    public record Removed(@JsonProperty("name") String name, @JsonProperty("base") String base) {

        public Removed {
            requireNonNull(name, "name");
            requireNonNull(base, "base");
        }
    }

    /** A file of the tuned model. */
    public record FileRecord(
            @JsonProperty("id") String id,
            @JsonProperty("name") String name,
            @JsonProperty("kind") FileKind kind,
            @JsonProperty("bytes") long bytes,
            @JsonProperty("sum") String sum) {

        public FileRecord {
            requireNonNull(id, "id");
            requireNonNull(name, "name");
            requireNonNull(kind, "kind");
            requireNonNull(sum, "sum");
        }
    }

    /** What the payload of a file record is; the names are those in the file. */
    public enum FileKind {
        @JsonProperty("copy")
        COPY,
        @JsonProperty("template")
        TEMPLATE
    }
}
