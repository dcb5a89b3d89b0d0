package dev.deltapress.cli;

import dev.deltapress.DeltaPressException;
import dev.deltapress.cli.DemoReport.Variant;
import dev.deltapress.io.Staging;
import dev.deltapress.method.ImPart;
import dev.deltapress.onnx.embedding.Distances;
import dev.deltapress.onnx.embedding.SentenceEmbedder;
import dev.deltapress.pipeline.CompressReport;
import dev.deltapress.pipeline.CompressRequest;
import dev.deltapress.pipeline.EmbeddingMode;
import dev.deltapress.pipeline.NonFinitePolicy;
import dev.deltapress.pipeline.Progress;
import dev.deltapress.pipeline.Resources;
import dev.deltapress.pipeline.RestoreReport;
import dev.deltapress.pipeline.RestoreRequest;
import dev.deltapress.pipeline.Selection;
import dev.deltapress.pipeline.VerifyReport;
import dev.deltapress.pipeline.VerifyRequest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** A real pair compressed twice, restored, verified, and judged by its embeddings. */
final class Demo {

    static final double RATIO = 32;

    static final List<String> SENTENCES =
            List.of(
                    "The ferry to the island leaves twice a day in winter.",
                    "How long does it take to boil an egg?",
                    "Our quarterly revenue grew by four percent, less than expected.",
                    "She tuned the old violin before the concert began.",
                    "A binary search halves the remaining interval at every step.",
                    "Which documents do I need to renew my passport?",
                    "Heavy rain is expected over the northern hills tonight.",
                    "The patient was given antibiotics and sent home.");

    private final Pipeline pipeline;
    private final DemoModels models;
    private final Embedder embedder;

    /** Turns sentences into vectors. */
    interface Embedder {
        float[][] embed(Path model, Path tokenizer, List<String> sentences) throws IOException;
    }

    Demo(Pipeline pipeline, DemoModels models, Embedder embedder) {
        this.pipeline = pipeline;
        this.models = models;
        this.embedder = embedder;
    }

    /** With the bge pair in the user's cache. */
    static Demo ofBgePair(Pipeline pipeline) {
        Path cache = Diagnosis.findCacheFolder();
        if (System.getProperty("DJL_CACHE_DIR") == null) {
            // Else the tokenizer's library unpacks itself into the home folder.
            System.setProperty("DJL_CACHE_DIR", cache.resolve("djl").toString());
        }
        var models =
                new DemoModels(cache.resolve("demo"), DemoArtefact.BGE_PAIR, DemoMaven.onPath());
        return new Demo(pipeline, models, Demo::embed);
    }

    private static float[][] embed(Path model, Path tokenizer, List<String> sentences)
            throws IOException {
        try (SentenceEmbedder embedder = SentenceEmbedder.open(model, tokenizer)) {
            return embedder.embed(sentences);
        }
    }

    /**
     * Runs the whole demo. Results lie beside where they will be kept, or in the cache, until the
     * end; there they move, or go.
     */
    DemoReport run(DemoRequest request, Progress progress) throws IOException {
        Path keep = request.keep();
        if (keep != null && Files.exists(keep, LinkOption.NOFOLLOW_LINKS)) {
            throw new DeltaPressException(keep + ": exists; --keep makes a new folder");
        }
        Path place = keep == null ? models.folder().resolve("results") : keep;
        try (Staging staging = Staging.beside(place)) {
            models.require(progress);
            Path results = Files.createDirectory(staging.folder().resolve("results"));
            DemoReport report = compare(results, request.resources(), new DemoProgress(progress));
            if (keep != null) {
                Files.move(results, keep, StandardCopyOption.ATOMIC_MOVE);
            }
            return report;
        }
    }

    private DemoReport compare(Path results, Resources resources, DemoProgress progress)
            throws IOException {
        long start = System.nanoTime();
        float[][] tuned = embed(models.tuned(), progress);
        double baseDistance = Distances.meanCosineDistance(tuned, embed(models.base(), progress));
        Variant exact = run(EmbeddingMode.EXACT, tuned, results, resources, progress);
        Variant compressed = run(EmbeddingMode.COMPRESS, tuned, results, resources, progress);
        double seconds = (System.nanoTime() - start) / 1e9;
        return new DemoReport(SENTENCES.size(), baseDistance, exact, compressed, seconds);
    }

    private Variant run(
            EmbeddingMode embeddings,
            float[][] tuned,
            Path results,
            Resources resources,
            DemoProgress progress)
            throws IOException {
        String name = embeddings == EmbeddingMode.EXACT ? "exact" : "compressed";
        progress.label("embeddings " + name);
        Path delta = results.resolve("delta-" + name);
        Path restored = results.resolve("restored-" + name + ".onnx");
        var request =
                new CompressRequest(
                        models.base(),
                        models.tuned(),
                        delta,
                        ImPart.ratio(RATIO),
                        0,
                        new Selection(List.of(), List.of(), embeddings),
                        NonFinitePolicy.REFUSE,
                        false,
                        false,
                        resources);
        CompressReport compress = pipeline.compress(request, progress);
        RestoreReport restore =
                pipeline.restore(
                        new RestoreRequest(models.base(), delta, restored, null, false, resources),
                        progress);
        VerifyReport verify =
                pipeline.verify(
                        new VerifyRequest(delta, models.base(), models.tuned(), resources),
                        progress);
        double distance = Distances.meanCosineDistance(tuned, embed(restored, progress));
        return new Variant(compress, restore.seconds(), verify.checked(), distance);
    }

    private float[][] embed(Path model, DemoProgress progress) throws IOException {
        // All four are as large as this one.
        long bytes = Files.size(models.tuned());
        progress.begin("embedding", bytes);
        float[][] vectors = embedder.embed(model, models.tokenizer(), SENTENCES);
        progress.advance(bytes, model.getFileName().toString());
        return vectors;
    }
}
