package dev.deltapress.cli;

import dev.deltapress.BackendUnavailableException;
import dev.deltapress.DeltaPressException;
import dev.deltapress.UsageException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Locale;
import java.util.Objects;

/** The exit code and the one line, without prefix, that something thrown amounts to. */
record Failure(int exitCode, String line) {

    static final int FAILED = 1;
    static final int USAGE = 2;
    static final int BACKEND_UNAVAILABLE = 3;
    static final int INTERRUPTED = 130;

    static Failure of(Throwable thrown) {
        return switch (thrown) {
            case UsageException e -> new Failure(USAGE, message(e));
            case BackendUnavailableException e -> new Failure(BACKEND_UNAVAILABLE, message(e));
            case DeltaPressException e -> new Failure(FAILED, message(e));
            case UncheckedIOException e -> of(Objects.requireNonNull(e.getCause()));
            case FileSystemException e -> new Failure(FAILED, fileSystemLine(e));
            case IOException e -> new Failure(FAILED, message(e));
            case InterruptedException e -> new Failure(INTERRUPTED, "interrupted");
            case OutOfMemoryError e -> new Failure(FAILED, outOfMemoryLine(e));
            default -> new Failure(FAILED, bugLine(thrown));
        };
    }

    private static String fileSystemLine(FileSystemException e) {
        if (e.getFile() == null) {
            return message(e);
        }
        String file =
                e.getOtherFile() == null ? e.getFile() : e.getFile() + " -> " + e.getOtherFile();
        return Text.oneLine(file + ": " + reason(e));
    }

    private static String reason(FileSystemException e) {
        return switch (e) {
            case NoSuchFileException missing -> "no such file or folder";
            case AccessDeniedException denied -> "permission denied";
            case FileAlreadyExistsException exists -> "already exists";
            case NotDirectoryException file -> "not a folder";
            case DirectoryNotEmptyException full -> "folder is not empty";
            default ->
                    e.getReason() == null
                            ? "input or output failed"
                            : e.getReason().toLowerCase(Locale.ROOT);
        };
    }

    private static String outOfMemoryLine(OutOfMemoryError e) {
        return ("out of memory (%s): use fewer --threads or a lower --max-memory, or allow more with"
                        + " DELTAPRESS_JAVA_OPTS=-Xmx4g")
                .formatted(message(e));
    }

    private static String bugLine(Throwable thrown) {
        return Text.oneLine("internal error, please report it with --verbose: " + thrown);
    }

    /** The message, or the type's name for those without one, such as EOFException. */
    private static String message(Throwable thrown) {
        String message = thrown.getMessage();
        return Text.oneLine(
                message == null || message.isBlank() ? thrown.getClass().getSimpleName() : message);
    }
}
