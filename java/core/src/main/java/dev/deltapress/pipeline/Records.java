package dev.deltapress.pipeline;

import dev.deltapress.delta.TensorRecord;
import dev.deltapress.delta.TensorRecord.Kind;
import dev.deltapress.tensor.TensorInfo;

import org.jspecify.annotations.Nullable;

/** Records from plans. */
final class Records {

    private Records() {}

    /**
     * @param base fingerprint of the base tensor
     * @param sum hash of the payload
     * @param tail hash of the payload of rows that the base lacks
     */
    static TensorRecord of(
            TensorPlan plan,
            Kind kind,
            @Nullable String base,
            @Nullable String sum,
            @Nullable String tail) {
        TensorInfo tuned = plan.tuned();
        TensorInfo before = plan.pair().base();
        String from = before == null || before.name().equals(tuned.name()) ? null : before.name();
        boolean split = kind != Kind.EXACT && before != null && !plan.pair().sameShape();
        return new TensorRecord(
                plan.id(),
                tuned.name(),
                tuned.label(),
                kind,
                tuned.dtype(),
                tuned.shape().dimensions(),
                base,
                from,
                split ? plan.pair().commonRows() : null,
                sum,
                tail);
    }
}
