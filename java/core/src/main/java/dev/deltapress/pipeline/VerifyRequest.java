package dev.deltapress.pipeline;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

/**
 * What to verify: checksums always; with a base its fingerprints; with a tuned model, too, the
 * error of every tensor.
 */
public record VerifyRequest(
        Path delta, @Nullable Path base, @Nullable Path tuned, Resources resources) {}
