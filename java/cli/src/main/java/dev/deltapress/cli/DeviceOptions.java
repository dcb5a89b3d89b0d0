package dev.deltapress.cli;

import picocli.CommandLine.Option;

/** What a command may use of an accelerator. */
final class DeviceOptions {

    @Option(
            names = "--device-memory",
            paramLabel = "SIZE",
            converter = ByteSize.class,
            description = "Bound on the memory used on a GPU; other backends have no use for it.")
    long deviceMemory;
}
