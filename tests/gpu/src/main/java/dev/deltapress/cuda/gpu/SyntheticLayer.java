package dev.deltapress.cuda.gpu;

import dev.deltapress.parallel.Team;
import dev.deltapress.tensor.DType;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** The linear matrices of one layer of a Llama in host memory, base and tuned, in bf16. */
record SyntheticLayer(List<WeightPair> matrices) {
    private static final int HIDDEN = 4096;
    private static final int INTERMEDIATE = 11008;

    private record Linear(String name, int rows, int columns) {}

    /**
     * Of Llama-2-7B.
     *
     * @param scale by which the sides are divided
     * @param number makes its numbers
     */
    static SyntheticLayer llama7B(Arena arena, int scale, int number, Team team) {
        int hidden = HIDDEN / scale;
        int intermediate = INTERMEDIATE / scale;
        List<Linear> all =
                List.of(
                        new Linear("q_proj", hidden, hidden),
                        new Linear("k_proj", hidden, hidden),
                        new Linear("v_proj", hidden, hidden),
                        new Linear("o_proj", hidden, hidden),
                        new Linear("gate_proj", intermediate, hidden),
                        new Linear("up_proj", intermediate, hidden),
                        new Linear("down_proj", hidden, intermediate));
        WeightPair[] pairs = new WeightPair[all.size()];
        team.tasks(
                pairs.length,
                i -> {
                    Linear linear = all.get(i);
                    pairs[i] =
                            WeightPair.synthetic(
                                    arena,
                                    "layers." + number + "." + linear.name(),
                                    linear.rows(),
                                    linear.columns(),
                                    DType.BF16,
                                    Spectrum.SPIKED);
                });
        return new SyntheticLayer(Arrays.stream(pairs).map(Objects::requireNonNull).toList());
    }
}
