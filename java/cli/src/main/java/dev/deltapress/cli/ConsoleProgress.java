package dev.deltapress.cli;

import dev.deltapress.pipeline.Progress;

import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarStyle;

import org.jspecify.annotations.Nullable;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * Progress on standard error: a bar per phase where that is a terminal, else notes alone.
 *
 * <p>A command that fails elsewhere than on a terminal may write three lines in all: the JVM's, the
 * error, and so one note. The other notes wait until the work is done.
 */
final class ConsoleProgress implements Progress, AutoCloseable {

    private static final int REFRESH_MILLIS = 200;
    private static final long MEGABYTE = 1_000_000;

    private final PrintWriter err;
    private final int columns;
    private final List<String> waiting = new ArrayList<>();
    private boolean noted;
    private @Nullable ProgressBar bar;

    /**
     * @param columns width of the terminal, or 0 where standard error is none
     */
    ConsoleProgress(PrintWriter err, int columns) {
        this.err = err;
        this.columns = columns;
    }

    /**
     * The launcher knows whether there is a terminal; Java can ask about standard input and output
     * only.
     */
    static ConsoleProgress on(PrintWriter err) {
        return new ConsoleProgress(err, Integer.getInteger("deltapress.columns", 0));
    }

    @Override
    public void begin(String phase, long bytes) {
        close();
        if (columns > 0) {
            bar =
                    ProgressBar.builder()
                            .setTaskName(phase)
                            .setInitialMax(bytes)
                            .setUnit(" MB", MEGABYTE)
                            .setStyle(ProgressBarStyle.ASCII)
                            .setUpdateIntervalMillis(REFRESH_MILLIS)
                            .setConsumer(new DelegatingProgressBarConsumer(this::draw, columns - 1))
                            .build();
        }
    }

    @Override
    public void advance(long bytes, String tensor) {
        if (bar != null) {
            bar.stepBy(bytes).setExtraMessage(tail(Text.oneLine(tensor)));
        }
    }

    @Override
    public void note(String line) {
        if (columns > 0) {
            draw(" ".repeat(columns - 1));
            draw(Text.oneLine(line));
            err.println();
        } else if (noted) {
            waiting.add(line);
        } else {
            err.println(Text.oneLine(line));
        }
        noted = true;
    }

    /** The work is done: prints the notes that waited. */
    void succeed() {
        close();
        waiting.forEach(line -> err.println(Text.oneLine(line)));
    }

    /** Leaves the last state of the bar on its line. */
    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            bar = null;
            err.println();
        }
    }

    /** The end of a name, which tells more than its beginning, in a quarter of the line. */
    private String tail(String name) {
        int room = columns / 4;
        return name.length() <= room ? name : ".." + name.substring(name.length() - room + 2);
    }

    private void draw(String line) {
        err.print('\r' + line);
        err.flush();
    }
}
