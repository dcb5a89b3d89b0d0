package dev.deltapress.checkpoint;

import dev.deltapress.DeltaPressException;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The regular files of plain names directly inside a folder. Symbolic links are followed, as the
 * Hugging Face cache consists of them.
 */
record FolderFiles(Path folder, SortedSet<String> names) {
    static final String SAFETENSORS = ".safetensors";

    private static final String OWN_MANIFEST = "delta.json";
    private static final long MAX_COMPANION_BYTES = 64L << 20;

    static FolderFiles list(Path folder) throws IOException {
        var names = new TreeSet<String>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                String name = String.valueOf(entry.getFileName());
                if (PlainName.isPlain(name) && Files.isRegularFile(entry)) {
                    names.add(name);
                }
            }
        }
        return new FolderFiles(folder, Collections.unmodifiableSortedSet(names));
    }

    boolean has(String name) {
        return names.contains(name);
    }

    List<String> safetensors() {
        return names.stream().filter(name -> name.endsWith(SAFETENSORS)).toList();
    }

    /**
     * Files that travel with the model: all but weights, hidden files and our own manifest, here
     * and one folder down ({@code 1_Pooling/config.json}). Python files are among them; nothing
     * here ever runs one.
     *
     * @throws DeltaPressException if one is too large for what configurations and tokenizers are
     */
    List<String> companions(Collection<String> shards) throws IOException {
        var companions = new TreeSet<String>();
        names.stream()
                .filter(name -> isCompanion(name) && !shards.contains(name))
                .forEach(companions::add);
        for (Path sub : subfolders()) {
            String prefix = sub.getFileName() + "/";
            list(sub).names.stream()
                    .filter(FolderFiles::isCompanion)
                    .forEach(name -> companions.add(prefix + name));
        }
        for (String name : companions) {
            long size = Files.size(folder.resolve(name));
            if (size > MAX_COMPANION_BYTES) {
                throw new DeltaPressException(
                        ("%s: is %d bytes long, expected at most %d of a file without weights;"
                                        + " move it out of the model's folder")
                                .formatted(folder.resolve(name), size, MAX_COMPANION_BYTES));
            }
        }
        return List.copyOf(companions);
    }

    /** Folders that a model may consist of, such as {@code 1_Pooling} of a sentence encoder. */
    private List<Path> subfolders() throws IOException {
        var found = new ArrayList<Path>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, Files::isDirectory)) {
            for (Path entry : entries) {
                String name = String.valueOf(entry.getFileName());
                if (PlainName.isPlain(name) && !name.startsWith(".")) {
                    found.add(entry);
                }
            }
        }
        return found;
    }

    private static boolean isCompanion(String name) {
        return !name.startsWith(".")
                && !name.equals(OWN_MANIFEST)
                && !name.endsWith(SAFETENSORS)
                && !name.contains(".onnx")
                && ForeignWeights.advice(name).isEmpty();
    }
}
