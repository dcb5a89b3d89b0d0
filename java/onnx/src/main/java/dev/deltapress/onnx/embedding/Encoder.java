package dev.deltapress.onnx.embedding;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;

import dev.deltapress.DeltaPressException;

import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A session of ONNX Runtime on the CPU, for models that turn tokens into vectors. */
final class Encoder implements AutoCloseable {
    private static final String IDS = "input_ids";
    private static final String MASK = "attention_mask";
    private static final String TYPES = "token_type_ids";

    private final Path model;
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;
    private final String output;
    private boolean isClosed;

    private Encoder(Path model) throws OrtException {
        this.model = model;
        // On by default in 1.29: it keeps a device id and events in the user's cache folder.
        environment.setTelemetry(false);
        try (var options = new OrtSession.SessionOptions()) {
            session = environment.createSession(model.toString(), options);
        }
        output = session.getOutputNames().iterator().next();
    }

    /** Loads a model; see {@link SentenceEmbedder} for what it must take and give. */
    static Encoder open(Path model) {
        try {
            var encoder = new Encoder(model);
            try {
                encoder.requireKnownInterface();
            } catch (DeltaPressException e) {
                encoder.close();
                throw e;
            }
            return encoder;
        } catch (OrtException e) {
            throw failure(model, e);
        }
    }

    private void requireKnownInterface() throws OrtException {
        Set<String> inputs = session.getInputNames();
        if (!Set.of(IDS, MASK, TYPES).containsAll(inputs)) {
            throw new DeltaPressException(
                    "%s: inputs %s, expected only %s, %s and %s"
                            .formatted(model, inputs, IDS, MASK, TYPES));
        }
        NodeInfo first = session.getOutputInfo().get(output);
        if (first == null
                || !(first.getInfo() instanceof TensorInfo info)
                || info.type != OnnxJavaType.FLOAT
                || info.getShape().length != 3) {
            throw new DeltaPressException(
                    "%s: first output %s, expected floats, sentences x tokens x width"
                            .formatted(model, first));
        }
    }

    /**
     * Runs one batch.
     *
     * @param sentences tokens of each; shorter ones are padded and the padding masked
     * @return the first token's vector of each sentence
     */
    float[][] firstTokenVectors(List<long[]> sentences) {
        int tokens = sentences.stream().mapToInt(ids -> ids.length).max().orElseThrow();
        long[] ids = new long[sentences.size() * tokens];
        long[] mask = new long[ids.length];
        for (int row = 0; row < sentences.size(); row++) {
            long[] sentence = sentences.get(row);
            int start = row * tokens;
            System.arraycopy(sentence, 0, ids, start, sentence.length);
            Arrays.fill(mask, start, start + sentence.length, 1);
        }
        long[] shape = {sentences.size(), tokens};
        try (var idsTensor = tensor(ids, shape);
                var maskTensor = tensor(mask, shape);
                var typesTensor = tensor(new long[ids.length], shape)) {
            Map<String, OnnxTensor> inputs = new HashMap<>();
            inputs.put(IDS, idsTensor);
            inputs.put(MASK, maskTensor);
            inputs.put(TYPES, typesTensor);
            inputs.keySet().retainAll(session.getInputNames());
            return run(inputs);
        } catch (OrtException e) {
            throw failure(model, e);
        }
    }

    private OnnxTensor tensor(long[] values, long[] shape) throws OrtException {
        return OnnxTensor.createTensor(environment, LongBuffer.wrap(values), shape);
    }

    private float[][] run(Map<String, OnnxTensor> inputs) throws OrtException {
        try (var result = session.run(inputs, Set.of(output))) {
            var hidden = (OnnxTensor) result.get(0);
            long[] shape = hidden.getInfo().getShape();
            FloatBuffer values = hidden.getFloatBuffer();
            int tokens = Math.toIntExact(shape[1]);
            float[][] vectors = new float[Math.toIntExact(shape[0])][Math.toIntExact(shape[2])];
            for (int row = 0; row < vectors.length; row++) {
                values.get(row * tokens * vectors[row].length, vectors[row]);
            }
            return vectors;
        }
    }

    /** A second call does nothing. The environment stays: it belongs to the JVM. */
    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        try {
            session.close();
        } catch (OrtException e) {
            throw failure(model, e);
        }
    }

    private static DeltaPressException failure(Path model, OrtException e) {
        String line = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        return new DeltaPressException(model + ": ONNX Runtime: " + line, e);
    }
}
