package dev.deltapress.cuda.gpu;

import dev.deltapress.tensor.Floats;

import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One delta of each shape as raw fp32, and an index of them, for others to factorise. */
final class Samples {
    private static final int MODEL_LAYERS = 32;

    private Samples() {}

    /**
     * @param layer matrices of a layer
     * @param values singular values that were found of the same
     * @param ranks components that ImPart kept
     */
    static void write(
            Path folder, List<WeightPair> layer, List<float[]> values, List<Integer> ranks)
            throws IOException {
        Files.createDirectories(folder);
        Map<Long, Integer> alike = new LinkedHashMap<>();
        for (WeightPair pair : layer) {
            alike.merge(pair.elements(), MODEL_LAYERS, Integer::sum);
        }
        List<Map<String, Object>> index = new ArrayList<>();
        for (int i = 0; i < layer.size(); i++) {
            WeightPair pair = layer.get(i);
            Integer inModel = alike.remove(pair.elements());
            if (inModel == null) {
                continue;
            }
            String file = pair.name() + ".f32";
            double energy = write(folder.resolve(file), pair);
            Map<String, Object> sample = new LinkedHashMap<>();
            sample.put("file", file);
            sample.put("rows", pair.rows());
            sample.put("columns", pair.columns());
            sample.put("in_model", inModel);
            sample.put("impart_rank", ranks.get(i));
            sample.put("energy", energy);
            sample.put("values", values.get(i));
            index.add(sample);
        }
        new JsonMapper().writeValue(folder.resolve("index.json").toFile(), index);
    }

    /**
     * @return the sum of squares
     */
    private static double write(Path file, WeightPair pair) throws IOException {
        double energy = 0;
        ByteBuffer row =
                ByteBuffer.allocate(pair.columns() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int i = 0; i < pair.rows(); i++) {
                row.clear();
                for (int j = 0; j < pair.columns(); j++) {
                    long at = (long) i * pair.columns() + j;
                    float value =
                            Floats.get(pair.tuned().data(), pair.tuned().dtype(), at)
                                    - Floats.get(pair.base().data(), pair.base().dtype(), at);
                    energy += (double) value * value;
                    row.putFloat(value);
                }
                out.write(row.array());
            }
        }
        return energy;
    }
}
