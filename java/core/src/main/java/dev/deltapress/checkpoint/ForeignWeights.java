package dev.deltapress.checkpoint;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Weights in formats that are not read, and what to do about each. */
final class ForeignWeights {
    private static final String SAVE =
            "for example with transformers' save_pretrained(safe_serialization=True)";
    private static final String PICKLED =
            "pickled PyTorch weights, which are never read; convert them to safetensors first, "
                    + SAVE;
    private static final String NOT_TORCH =
            "TensorFlow or Flax weights; load them with transformers' from_tf or from_flax and"
                    + " convert them to safetensors first, "
                    + SAVE;
    private static final Map<String, String> ADVICE =
            Map.of(
                    "bin", PICKLED,
                    "pt", PICKLED,
                    "pth", PICKLED,
                    "gguf",
                            "GGUF weights; use the safetensors model they were made from, or load"
                                    + " them with transformers' gguf_file and convert them first, "
                                    + SAVE,
                    "h5", NOT_TORCH,
                    "msgpack", NOT_TORCH);

    private ForeignWeights() {}

    /** What such a file holds and what to convert, or empty for a file of another kind. */
    static Optional<String> advice(String fileName) {
        String extension = fileName.substring(fileName.lastIndexOf('.') + 1);
        return Optional.ofNullable(ADVICE.get(extension.toLowerCase(Locale.ROOT)));
    }
}
