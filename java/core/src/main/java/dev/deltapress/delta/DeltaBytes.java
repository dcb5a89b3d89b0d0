package dev.deltapress.delta;

import dev.deltapress.delta.Manifest.Head;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What each part of a delta costs on disk, so that budgets can count every byte before it is
 * written.
 */
public final class DeltaBytes {
    /** Characters of a hash that is not known yet. */
    public static final String UNKNOWN_HASH = "0".repeat(Hashes.DIGITS);

    // Length field, braces, and spaces up to a multiple of 8.
    private static final int SHARD_PREFIX_BYTES = 8 + 2 + 7;

    private DeltaBytes() {}

    /** Bytes of a record's line in the manifest, with what separates it from the next. */
    public static long line(Object entry) {
        return ManifestJson.line(entry).getBytes(StandardCharsets.UTF_8).length + 2L;
    }

    /**
     * Bytes of a payload's entry in its shard's header, with the comma that follows.
     *
     * @param end where the payload ends in the shard's data
     */
    public static long entry(String payload, long bytes, long end) {
        return "\"%s\":{\"dtype\":\"U8\",\"shape\":[%d],\"data_offsets\":[%d,%d]},"
                .formatted(payload, bytes, end - bytes, end)
                .length();
    }

    /** Most bytes of what belongs to no tensor and no file: manifest frame and shard prefixes. */
    public static long common(Head head) {
        Manifest empty = new Manifest(head, List.of(), List.of(), List.of());
        return ManifestJson.write(empty).length + (long) SHARD_PREFIX_BYTES * head.shards().size();
    }
}
