package dev.deltapress.pipeline;

import java.util.HashSet;
import java.util.Set;

/** Progress of one of many runs: phases say which, and what every run notes is told once. */
final class StepProgress implements Progress {
    private final Progress told;
    private final Set<String> noted = new HashSet<>();
    private String step = "";

    StepProgress(Progress told) {
        this.told = told;
    }

    /** The phases that follow belong to this one. */
    void enter(String newStep) {
        step = newStep;
    }

    @Override
    public void begin(String phase, long bytes) {
        told.begin(step + ": " + phase, bytes);
    }

    @Override
    public void advance(long bytes, String tensor) {
        told.advance(bytes, tensor);
    }

    @Override
    public void note(String line) {
        if (noted.add(line)) {
            told.note(line);
        }
    }
}
