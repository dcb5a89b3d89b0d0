package dev.deltapress.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The constants of an enum, in lower case, as values of an option. */
abstract class Choice<E extends Enum<E>> implements ITypeConverter<E>, Iterable<String> {

    private final List<E> constants;

    Choice(Class<E> type) {
        constants = List.of(type.getEnumConstants());
    }

    @Override
    public E convert(String value) {
        return constants.stream()
                .filter(constant -> word(constant).equals(value))
                .findFirst()
                .orElseThrow(() -> unknown(value, words()));
    }

    /** The values, for completion. */
    @Override
    public Iterator<String> iterator() {
        return words().iterator();
    }

    static TypeConversionException unknown(String value, Stream<String> known) {
        return new TypeConversionException(
                "expected one of %s, found '%s'"
                        .formatted(String.join(", ", known.toList()), value));
    }

    private Stream<String> words() {
        return constants.stream().map(Choice::word);
    }

    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
