package dev.deltapress.cli;

import dev.deltapress.pipeline.Resources;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;

/**
 * How to run the demo.
 *
 * @param keep folder to make for the deltas and restored models, or null to remove them
 */
record DemoRequest(@Nullable Path keep, Resources resources) {}
