package dev.deltapress.cli;

import java.io.PrintWriter;

/**
 * The line for a user who stops a run. The JVM itself sets the exit code (130 for SIGINT), and
 * temporaries are removed by the hooks of those who made them.
 */
final class Interruption {

    private final Thread announcement;

    private Interruption(Thread announcement) {
        this.announcement = announcement;
    }

    static Interruption announcedOn(PrintWriter err) {
        var announcement = new Thread(() -> err.println("deltapress: interrupted"));
        Runtime.getRuntime().addShutdownHook(announcement);
        return new Interruption(announcement);
    }

    /** Whether the JVM is going down: errors from then on are only an echo of that. */
    static boolean isUnderWay() {
        var probe = new Thread(() -> {});
        try {
            Runtime.getRuntime().addShutdownHook(probe);
            return !Runtime.getRuntime().removeShutdownHook(probe);
        } catch (IllegalStateException e) {
            return true;
        }
    }

    /** Ends the JVM without the line, unless it is already going down; never returns. */
    void exit(int exitCode) {
        if (!isUnderWay()) {
            Runtime.getRuntime().removeShutdownHook(announcement);
        }
        System.exit(exitCode);
    }
}
