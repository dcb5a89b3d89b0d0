package dev.deltapress.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

import java.util.concurrent.Callable;

@Command(name = "doctor", description = "Say what runs on this machine, and why the rest does not.")
final class DoctorCommand implements Callable<Integer> {

    private final Pipeline pipeline;

    @Mixin private OutputOptions output = new OutputOptions();

    DoctorCommand(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    @Override
    public Integer call() {
        output.print(new DoctorView(Diagnosis.of(pipeline.backends())));
        return 0;
    }
}
