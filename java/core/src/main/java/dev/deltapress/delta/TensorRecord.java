package dev.deltapress.delta;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;

import dev.deltapress.tensor.DType;
import dev.deltapress.tensor.Shape;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;

/**
 * How one tensor of the tuned model is stored; everything but its payload (docs/format.md, section
 * 2).
 *
 * @param id names the payload and keys the masks
 * @param label what to show where the name is anonymous
 * @param dimensions of the tuned tensor
 * @param base fingerprint of the base tensor, null if the base has none
 * @param from name of the base tensor where it is another
 * @param rows leading rows stored by {@code kind}, null for all
 * @param sum hash of the payload, null if there is none
 * @param tail hash of the payload of the remaining rows, null if there is none
 */
public record TensorRecord(
        @JsonProperty("id") long id,
        @JsonProperty("name") String name,
        @JsonProperty("label") @Nullable String label,
        @JsonProperty("kind") Kind kind,
        @JsonProperty("dtype") DType dtype,
        @JsonProperty("shape") List<Long> dimensions,
        @JsonProperty("base") @Nullable String base,
        @JsonProperty("from") @Nullable String from,
        @JsonProperty("rows") @Nullable Long rows,
        @JsonProperty("sum") @Nullable String sum,
        @JsonProperty("tail") @Nullable String tail) {

    public TensorRecord {
        requireNonNull(name, "name");
        requireNonNull(kind, "kind");
        requireNonNull(dtype, "dtype");
        requireNonNull(dimensions, "shape");
        dimensions = List.copyOf(dimensions);
    }

    /** The kinds that this version reads; the names are those in the file. */
    public enum Kind {
        @JsonProperty("equal")
        EQUAL,
        @JsonProperty("exact")
        EXACT,
        @JsonProperty("lossless")
        LOSSLESS,
        @JsonProperty("factors")
        FACTORS,
        @JsonProperty("entries")
        ENTRIES,
        @JsonProperty("signs")
        SIGNS,
        @JsonProperty("blocks")
        BLOCKS;

        /**
         * Whether what is stored is a delta that is added to the base, not the tensor's own bits.
         */
        public boolean isDelta() {
            return switch (this) {
                case FACTORS, ENTRIES, SIGNS, BLOCKS -> true;
                case EQUAL, EXACT, LOSSLESS -> false;
            };
        }

        /** As in the file. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @JsonIgnore
    public Shape shape() {
        return new Shape(dimensions);
    }

    /** The label where there is one, else the name. */
    @JsonIgnore
    public String displayName() {
        return label == null ? name : label;
    }

    /** Name of the tensor in the base. */
    @JsonIgnore
    public String baseName() {
        return from == null ? name : from;
    }

    /** Name of the payload in the shards. */
    @JsonIgnore
    public String payload() {
        return Long.toString(id);
    }

    /** Name of the payload of the remaining rows. */
    @JsonIgnore
    public String tailPayload() {
        return id + ".tail";
    }

    /**
     * Bytes, in that dtype, of the part stored by {@link #kind()}: the whole or the leading rows.
     */
    public long headBytes(DType as) {
        long all = as.byteSize(shape());
        return rows == null || all == 0 ? all : all / dimensions.getFirst() * rows;
    }
}
