package dev.deltapress.cuda.gpu;

import dev.deltapress.bench.CounterGaussian;
import dev.deltapress.bench.SpikedDelta;

import java.util.Arrays;
import java.util.function.Consumer;

/** What the singular values of a made-up delta are like. */
enum Spectrum {
    /** Power-law spikes over a Gaussian bulk, as fine-tuning leaves them. */
    SPIKED(1, 0.02, 1e-4),
    /** The bulk alone; single values of it are not settled, so its energy counts. */
    BULK(1, 0.02, 0.05),
    /** Three components. */
    LOW_RANK(1, 0.02, 1e-4),
    /** Nothing. */
    ZERO(1, 0.02, 0),
    /** Spikes near the least normal numbers, against nothing. */
    TINY(0x1p-120f, 0, 1e-3),
    /** Spikes whose products leave fp32, against nothing. */
    HUGE(0x1p80f, 0, 1e-3);

    private static final int SPIKES = 256;
    private static final double RELATIVE = 0.02;
    private static final int COMPONENTS = 3;

    private final float scale;
    private final double weight;
    private final double firstValue;

    Spectrum(float scale, double weight, double firstValue) {
        this.scale = scale;
        this.weight = weight;
        this.firstValue = firstValue;
    }

    /** Standard deviation of the base's weights. */
    double weight() {
        return weight;
    }

    /** How far the first singular values of two backends may be apart, relatively. */
    double firstValueLimit() {
        return firstValue;
    }

    /** Rows of a delta. */
    @FunctionalInterface
    interface Rows {
        /** Writes {@code count} rows from a row on. */
        void write(int from, int count, float[] out);
    }

    /** Hands the rows of the delta of that name to somebody. */
    void use(String name, int rows, int columns, Consumer<Rows> user) {
        switch (this) {
            case ZERO -> user.accept((from, count, out) -> Arrays.fill(out, 0));
            case LOW_RANK -> user.accept(lowRank(name, rows, columns));
            default -> {
                int spikes = this == BULK ? 1 : Math.min(SPIKES, Math.min(rows, columns));
                double bulk = weight == 0 ? 1 : RELATIVE * weight;
                try (SpikedDelta delta = new SpikedDelta(0, name, rows, columns, bulk, spikes)) {
                    user.accept(
                            (from, count, out) -> {
                                delta.rows(from, count, out);
                                for (int i = 0; i < count * columns; i++) {
                                    out[i] *= scale;
                                }
                            });
                }
            }
        }
    }

    private static Rows lowRank(String name, int rows, int columns) {
        float[] u = new float[COMPONENTS * rows];
        float[] v = new float[COMPONENTS * columns];
        CounterGaussian.fill(CounterGaussian.key(0, name + "/u"), 0, RELATIVE, u, u.length);
        CounterGaussian.fill(CounterGaussian.key(0, name + "/v"), 0, RELATIVE, v, v.length);
        return (from, count, out) -> {
            for (int i = 0; i < count; i++) {
                for (int j = 0; j < columns; j++) {
                    float sum = 0;
                    for (int k = 0; k < COMPONENTS; k++) {
                        sum += u[k * rows + from + i] * v[k * columns + j] / (k + 1);
                    }
                    out[i * columns + j] = sum;
                }
            }
        };
    }
}
