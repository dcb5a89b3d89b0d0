package dev.deltapress.panama.parity;

import java.util.Arrays;
import java.util.List;

/**
 * A call of an operation, with parameters and inputs as {@code native/tests/README.md} has them. An
 * input without bytes is passed as null.
 *
 * @param packedBytes size of what is packed, for operations that pack
 */
record Case(String operation, List<Long> parameters, List<Operand> inputs, long packedBytes) {

    static Case of(String operation, List<Long> parameters, Operand... inputs) {
        return new Case(operation, parameters, Arrays.asList(inputs), 0);
    }

    static Case packing(
            String operation, List<Long> parameters, long packedBytes, Operand... inputs) {
        return new Case(operation, parameters, Arrays.asList(inputs), packedBytes);
    }

    long parameter(int i) {
        return parameters.get(i);
    }

    Operand input(int i) {
        return inputs.get(i);
    }

    /** The outputs as they are before the call. */
    List<Operand> outputs() {
        return Outputs.of(this);
    }

    @Override
    public String toString() {
        return operation + parameters;
    }
}
