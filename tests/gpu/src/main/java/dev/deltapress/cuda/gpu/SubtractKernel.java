package dev.deltapress.cuda.gpu;

import dev.deltapress.panama.DeltaPressNative;
import dev.deltapress.panama.DeviceBuffer;
import dev.deltapress.panama.DeviceEvent;
import dev.deltapress.panama.DeviceStream;

/** Times subtraction alone on an idle device, to tell it from the upload before it. */
final class SubtractKernel {
    /** {@code DP_BF16}. */
    private static final int BF16 = 2;

    private static final int RUNS = 5;

    private SubtractKernel() {}

    /** Seconds for that many bf16 elements; the best of some runs after one that is not counted. */
    static double seconds(DeltaPressNative library, long elements) {
        try (DeviceStream stream = new DeviceStream(library, 0);
                DeviceEvent start = new DeviceEvent(library, 0);
                DeviceEvent end = new DeviceEvent(library, 0);
                DeviceBuffer tuned = new DeviceBuffer(library, 0, elements * Short.BYTES);
                DeviceBuffer base = new DeviceBuffer(library, 0, elements * Short.BYTES);
                DeviceBuffer delta = new DeviceBuffer(library, 0, elements * Float.BYTES);
                DeviceBuffer count = new DeviceBuffer(library, 0, Long.BYTES)) {
            library.fill(stream.address(), tuned.address(), 1, tuned.byteSize());
            library.fill(stream.address(), base.address(), 2, base.byteSize());
            double best = Double.MAX_VALUE;
            for (int run = 0; run <= RUNS; run++) {
                start.record(stream);
                library.subtract(
                        stream.address(),
                        elements,
                        tuned.address(),
                        BF16,
                        base.address(),
                        BF16,
                        delta.address(),
                        count.address());
                end.record(stream);
                end.sync();
                if (run > 0) {
                    best = Math.min(best, end.millisecondsSince(start) / 1e3);
                }
            }
            return best;
        }
    }
}
