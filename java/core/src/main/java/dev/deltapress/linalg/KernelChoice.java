package dev.deltapress.linalg;

import dev.deltapress.parallel.Team;

import org.jspecify.annotations.Nullable;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/** Chooses the kernels of this JVM, once, and says what and why. */
final class KernelChoice {

    private static final String MODULE = "jdk.incubator.vector";

    private static final boolean VECTOR = choose(System.getLogger("dev.deltapress.linalg"));

    private KernelChoice() {}

    static Kernels best(Team team) {
        return VECTOR ? new AdaptiveKernels(team) : new LoopKernels(team);
    }

    private static boolean choose(Logger logger) {
        String obstacle = obstacle();
        if (obstacle != null) {
            logger.log(
                    Level.WARNING,
                    "linear algebra: plain loops, which are slower, because " + obstacle);
            return false;
        }
        logger.log(Level.DEBUG, "linear algebra: {0}", new VectorKernels());
        return true;
    }

    /**
     * Why vectors would not work, or not be fast, and what helps; null if nothing is in the way.
     */
    private static @Nullable String obstacle() {
        if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
            return "module " + MODULE + " is absent; start java with --add-modules " + MODULE;
        }
        String mode = System.getProperty("java.vm.info", "");
        if (mode.contains("interpreted") || mode.contains("emulated-client")) {
            return "this JVM runs without its optimising compiler (" + mode + "); drop that flag";
        }
        return null;
    }
}
