package dev.deltapress.cli;

import dev.deltapress.cli.DemoReport.Variant;

import org.jspecify.annotations.Nullable;

import tools.jackson.databind.node.ObjectNode;

import java.nio.file.Path;
import java.util.Locale;

/** The demo for a newcomer. */
record DemoView(DemoReport report, @Nullable Path keep) implements View {

    private static final String TUNED = "bge-small-en-v1.5";
    private static final String BASE = "bge-small-en";

    @Override
    public ObjectNode json() {
        ObjectNode object = Json.object().put("base", BASE).put("tuned", TUNED);
        object.put("tuned_bytes_16bit", report.exact().compress().tunedBytes16Bit());
        object.put("sentences", report.sentences());
        object.set("base_distance", Json.number(report.baseDistance()));
        object.set("embeddings_exact", json(report.exact()));
        object.set("embeddings_compressed", json(report.compressed()));
        object.set("seconds", Json.number(report.seconds()));
        return object;
    }

    /** The keys of {@code compress}, and what came after it. */
    private static ObjectNode json(Variant variant) {
        ObjectNode object = CompressView.json(variant.compress());
        object.set("restore_seconds", Json.number(variant.restoreSeconds()));
        object.set("checked", Json.strings(variant.checked()));
        object.set("distance", Json.number(variant.distance()));
        return object;
    }

    @Override
    public String text(boolean all) {
        return """
        %s (tuned) stored as its difference from %s (base) by ImPart at %.0fx:

        %s
          size        all bytes on disk
          matrices    how many times smaller than in 16 bit, with everything that decoding needs
          whole file  the same for the whole model
          weights     relative error of the restored difference; a large value is normal, because
                      entries are dropped at random: what counts is the distance
          distance    mean of 1 - cos from the tuned model's embeddings of %d sentences; a delta's
                      are those of the model restored from it
          verified    %s of both deltas

        took %s%s; next, with your own models:
          ./deltapress compress --base BASE --tuned TUNED --out DELTA
          ./deltapress restore --base BASE --delta DELTA --out MODEL
        """
                .formatted(
                        TUNED,
                        BASE,
                        Demo.RATIO,
                        table(),
                        report.sentences(),
                        String.join(", ", report.exact().checked()),
                        Text.seconds(report.seconds()),
                        keep == null ? "" : ", results are in " + Text.oneLine(keep.toString()));
    }

    private Table table() {
        var table = new Table("", "size", "matrices", "whole file", "weights", "distance");
        String size = Text.bytes(report.exact().compress().tunedBytes16Bit());
        table.row("tuned model in 16 bit", size, "", "", "", "0");
        table.row("base model", "", "", "", "", distance(report.baseDistance()));
        row(table, "delta, embeddings exact", report.exact());
        row(table, "delta, embeddings compressed", report.compressed());
        return table;
    }

    private static void row(Table table, String name, Variant variant) {
        var compress = variant.compress();
        table.row(
                name,
                Text.bytes(compress.storedBytes()),
                Text.ratio(compress.matrixRatio()),
                Text.ratio(compress.fileRatio()),
                Text.error(compress.relativeError()),
                distance(variant.distance()));
    }

    private static String distance(double distance) {
        return String.format(Locale.ROOT, "%.5f", distance);
    }
}
