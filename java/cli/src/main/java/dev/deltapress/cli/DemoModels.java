package dev.deltapress.cli;

import dev.deltapress.DeltaPressException;
import dev.deltapress.io.Staging;
import dev.deltapress.pipeline.Progress;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * The models of the demo, in a folder where they stay. Every file is checked by its SHA-256 at
 * every use; what is missing or damaged is fetched.
 */
final class DemoModels {

    private final Path folder;
    private final List<DemoArtefact> artefacts;
    private final Fetcher fetcher;

    /** Gets jars from where they are published. */
    interface Fetcher {
        /**
         * Puts the jar, under its own name, into an existing folder.
         *
         * @throws DeltaPressException if it cannot, with the reason
         */
        void fetch(DemoArtefact artefact, Path into) throws IOException;
    }

    DemoModels(Path folder, List<DemoArtefact> artefacts, Fetcher fetcher) {
        this.folder = folder;
        this.artefacts = List.copyOf(artefacts);
        this.fetcher = fetcher;
    }

    Path base() {
        return folder.resolve(DemoArtefact.BASE);
    }

    Path tuned() {
        return folder.resolve(DemoArtefact.TUNED);
    }

    Path tokenizer() {
        return folder.resolve(DemoArtefact.TOKENIZER);
    }

    /** Where the models lie; made, for the user alone, if need be. */
    Path folder() throws IOException {
        boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] userOnly =
                posix
                        ? new FileAttribute<?>[] {
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rwx------"))
                        }
                        : new FileAttribute<?>[0];
        return Files.createDirectories(folder, userOnly);
    }

    /**
     * Makes sure that all models are there.
     *
     * @throws DeltaPressException if one cannot be fetched, or what was fetched is not what was
     *     asked for
     */
    void require(Progress progress) throws IOException {
        folder();
        boolean told = false;
        for (DemoArtefact artefact : artefacts) {
            if (isIntact(artefact)) {
                continue;
            }
            if (!told) {
                progress.note(
                        "fetching the demo's models through Maven, once, about 80 MB each, into "
                                + folder);
                told = true;
            }
            fetch(artefact);
        }
    }

    private boolean isIntact(DemoArtefact artefact) throws IOException {
        for (DemoArtefact.Entry entry : artefact.entries()) {
            Path file = folder.resolve(entry.name());
            if (!Files.isRegularFile(file) || !sha256(file).equals(entry.sha256())) {
                return false;
            }
        }
        return true;
    }

    private void fetch(DemoArtefact artefact) throws IOException {
        try (Staging staging = Staging.beside(folder.resolve(artefact.name()))) {
            Path jar = staging.folder().resolve(artefact.jarName());
            try {
                fetcher.fetch(artefact, staging.folder());
            } catch (DeltaPressException e) {
                throw new DeltaPressException(
                        "%s: %s; or put %s of that jar into %s"
                                .formatted(
                                        artefact.coordinates(),
                                        e.getMessage(),
                                        String.join(" and ", artefact.entryNames()),
                                        folder),
                        e);
            }
            requireHash(jar, artefact.sha256(), artefact.jarName());
            unpack(jar, artefact, staging.folder());
        }
    }

    private void unpack(Path jar, DemoArtefact artefact, Path temporary) throws IOException {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            for (DemoArtefact.Entry entry : artefact.entries()) {
                ZipEntry found = zip.getEntry(entry.name());
                if (found == null) {
                    throw new DeltaPressException(
                            artefact.jarName() + ": no entry '" + entry.name() + "'");
                }
                Path file = temporary.resolve(entry.name());
                try (InputStream bytes = zip.getInputStream(found)) {
                    Files.copy(bytes, file);
                }
                requireHash(file, entry.sha256(), artefact.jarName() + ": " + entry.name());
                Files.move(file, folder.resolve(entry.name()), StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }

    private static void requireHash(Path file, String expected, String shown) throws IOException {
        String found = sha256(file);
        if (!found.equals(expected)) {
            throw new DeltaPressException(
                    "%s: expected SHA-256 %s, found %s".formatted(shown, expected, found));
        }
    }

    private static String sha256(Path file) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
        try (var sink = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
            Files.copy(file, sink);
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
