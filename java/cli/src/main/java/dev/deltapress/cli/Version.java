package dev.deltapress.cli;

import picocli.CommandLine.IVersionProvider;

import java.util.Optional;

/**
 * The version in the module descriptor or manifest of the jar; class files outside a jar have none.
 */
final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() {
        return new String[] {
            "deltapress %s (Java %s)".formatted(ofDeltaPress(), Runtime.version())
        };
    }

    static String ofDeltaPress() {
        Module module = Version.class.getModule();
        Optional<String> version =
                module.isNamed()
                        ? module.getDescriptor().rawVersion()
                        : Optional.ofNullable(
                                Version.class.getPackage().getImplementationVersion());
        return version.orElse("(not packaged)");
    }
}
