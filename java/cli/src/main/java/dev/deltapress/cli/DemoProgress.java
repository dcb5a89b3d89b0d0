package dev.deltapress.cli;

import dev.deltapress.pipeline.Progress;

import java.util.HashSet;
import java.util.Set;

/** Several runs as one: says which one a phase belongs to, and every note once. */
final class DemoProgress implements Progress {

    private final Progress target;
    private final Set<String> notes = new HashSet<>();
    private String label = "";

    DemoProgress(Progress target) {
        this.target = target;
    }

    /** What the phases from now on belong to. */
    void label(String newLabel) {
        label = ", " + newLabel;
    }

    @Override
    public void begin(String phase, long bytes) {
        target.begin(phase + label, bytes);
    }

    @Override
    public void advance(long bytes, String tensor) {
        target.advance(bytes, tensor);
    }

    @Override
    public void note(String line) {
        if (notes.add(line)) {
            target.note(line);
        }
    }
}
