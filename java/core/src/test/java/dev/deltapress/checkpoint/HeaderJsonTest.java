package dev.deltapress.checkpoint;

import static dev.deltapress.checkpoint.SafetensorsBytes.entry;
import static dev.deltapress.checkpoint.SafetensorsBytes.file;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Headers that are wrong as text, whatever their numbers mean. */
class HeaderJsonTest {
    private static final String W = entry("w", "F32", "[2]", 0, 8);

    @TempDir private Path folder;

    private String refusal(String header) {
        return SafetensorsBytes.refusal(folder, file(header, 8));
    }

    @Test
    void aByteThatIsNotUtf8IsRefused() {
        byte[] header = {'{', '"', (byte) 0xff, '"', ':', '1', '}'};

        assertThat(SafetensorsBytes.refusal(folder, file(header, new byte[0])))
                .isEqualTo("header is not valid UTF-8 at byte 10 of the file");
    }

    @Test
    void aSurrogateEncodedInThreeBytesIsNotUtf8() {
        byte[] header = {'{', '"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"', ':', '1', '}'};

        assertThat(SafetensorsBytes.refusal(folder, file(header, new byte[0])))
                .isEqualTo("header is not valid UTF-8 at byte 10 of the file");
    }

    @Test
    void anOverlongSlashIsNotUtf8() {
        byte[] header = {'{', '"', (byte) 0xc0, (byte) 0xaf, '"', ':', '1', '}'};

        assertThat(SafetensorsBytes.refusal(folder, file(header, new byte[0])))
                .isEqualTo("header is not valid UTF-8 at byte 10 of the file");
    }

    @Test
    void aCharacterCutAtTheEndIsNotUtf8() {
        byte[] header = {'{', '}', ' ', (byte) 0xe2, (byte) 0x82};

        assertThat(SafetensorsBytes.refusal(folder, file(header, new byte[0])))
                .isEqualTo("header is not valid UTF-8 at byte 11 of the file");
    }

    @Test
    void utf16IsRefused() {
        byte[] header = "{}".getBytes(StandardCharsets.UTF_16LE);

        assertThat(SafetensorsBytes.refusal(folder, file(header, new byte[0])))
                .startsWith("header is not valid JSON: ");
    }

    @Test
    void aByteOrderMarkIsRefused() {
        assertThat(SafetensorsBytes.refusal(folder, file("\ufeff{}", 0)))
                .startsWith("header is not valid JSON: ");
    }

    @Test
    void aLoneBraceIsRefused() {
        assertThat(refusal("{")).startsWith("header is not valid JSON: Unexpected end-of-input");
    }

    @Test
    void aHeaderOfSpacesIsRefused() {
        assertThat(refusal("   ")).isEqualTo("header is empty, expected an object");
    }

    @Test
    void aHeaderThatIsAnArrayIsRefused() {
        assertThat(refusal("[]")).isEqualTo("header is an array, expected an object");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}{}", "{} 1", "{}x", "{}\0", "{}\u00a0", "{},"})
    void nothingButWhitespaceMayFollowTheObject(String header) {
        assertThat(SafetensorsBytes.refusal(folder, file(header, 0))).startsWith("header ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x{}",
                "\0{}",
                "\u000b{}",
                "// c\n{}",
                "{\"a\":NaN}",
                "{'a':1}",
                "{\"a\":1,}"
            })
    void onlyStrictJsonIsAHeader(String header) {
        assertThat(SafetensorsBytes.refusal(folder, file(header, 0))).isNotEmpty();
    }

    @Test
    void deepNestingIsRefused() {
        String deep = "[".repeat(1_000_000);

        assertThat(refusal("{\"w\":" + deep))
                .isEqualTo("tensor 'w': is an array, expected an object");
        assertThat(refusal("{\"w\":{\"shape\":" + deep))
                .isEqualTo("tensor 'w': shape holds an array, expected non-negative integers");
        assertThat(refusal("{\"__metadata__\":{\"a\":" + "{\"a\":".repeat(1_000_000)))
                .isEqualTo("__metadata__: value of 'a' is an object, expected a string");
    }

    @Test
    void aTensorNamedTwiceIsRefused() {
        assertThat(refusal("{" + W + "," + W + "}"))
                .startsWith("header is not valid JSON: Duplicate Object property \"w\"");
    }

    @Test
    void aTensorNamedTwiceIsRefusedAlsoIfOneNameIsEscaped() {
        assertThat(refusal("{" + W + "," + entry("\\u0077", "F32", "[0]", 8, 8) + "}"))
                .startsWith("header is not valid JSON: Duplicate Object property \"w\"");
    }

    @Test
    void aKeyGivenTwiceInOneTensorIsRefused() {
        assertThat(
                        refusal(
                                """
                                {"w":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}}"""))
                .startsWith("header is not valid JSON: Duplicate Object property \"shape\"");
    }

    @Test
    void metadataGivenTwiceIsRefused() {
        assertThat(refusal("{\"__metadata__\":{},\"__metadata__\":{}," + W + "}"))
                .startsWith("header is not valid JSON: Duplicate Object property \"__metadata__\"");
        assertThat(refusal("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}," + W + "}"))
                .startsWith("header is not valid JSON: Duplicate Object property \"a\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "true", "null", "[]", "{}"})
    void metadataOtherThanStringsIsRefused(String value) {
        assertThat(refusal("{\"__metadata__\":{\"a\":" + value + "}," + W + "}"))
                .startsWith("__metadata__: value of 'a' is ")
                .endsWith(", expected a string");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "\"x\"", "null", "[]"})
    void metadataThatIsNoObjectIsRefused(String value) {
        assertThat(refusal("{\"__metadata__\":" + value + "," + W + "}"))
                .startsWith("__metadata__ is ")
                .endsWith(", expected an object");
    }

    @Test
    void aNulInANameIsRefused() {
        assertThat(refusal("{" + entry("a\\u0000b", "F32", "[2]", 0, 8) + "}"))
                .isEqualTo("tensor 'a\\u0000b': name holds a NUL character");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\\ud800",
                "\\udc00",
                "a\\ud83d",
                "\\ude00\\ud83d",
                "\\ud800x",
                "\\ud800\\ud800"
            })
    void aLoneSurrogateInANameIsRefusedWhereverItStands(String surrogate) {
        for (int before = 0; before < 70; before++) {
            String name = "n".repeat(before) + surrogate;

            assertThat(refusal("{" + entry(name, "F32", "[2]", 0, 8) + "}"))
                    .startsWith("header is not valid JSON: ")
                    .contains("surrogate");
            assertThat(refusal("{\"__metadata__\":{\"" + name + "\":\"x\"}," + W + "}"))
                    .startsWith("header is not valid JSON: ");
        }
    }

    @Test
    void aLoneSurrogateInMetadataIsRefused() {
        assertThat(refusal("{\"__metadata__\":{\"a\":\"\\udfff\"}," + W + "}"))
                .isEqualTo("__metadata__: value of 'a' holds a lone surrogate");
    }

    @Test
    void anUnknownTypeIsRefusedByName() {
        assertThat(refusal("{" + entry("w", "F8", "[8]", 0, 8) + "}"))
                .isEqualTo("tensor 'w': unknown dtype 'F8'");
        assertThat(refusal("{" + entry("w", "f32", "[2]", 0, 8) + "}"))
                .isEqualTo("tensor 'w': unknown dtype 'f32'");
    }

    @Test
    void aTypeThatIsNoStringIsRefused() {
        assertThat(refusal("{\"w\":{\"dtype\":32,\"shape\":[2],\"data_offsets\":[0,8]}}"))
                .isEqualTo("tensor 'w': dtype is 32, expected a string");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-1", "-0", "2.0", "2.5", "2e0", "2E1", "true", "null", "\"2\"", "[2]", "{}"
            })
    void aShapeOfAnythingButNonNegativeIntegersIsRefused(String number) {
        assertThat(refusal("{" + entry("w", "F32", "[1," + number + "]", 0, 8) + "}"))
                .startsWith("tensor 'w': shape holds ")
                .endsWith(", expected non-negative integers");
    }

    @ParameterizedTest
    @ValueSource(strings = {"02", "+2", "0x2", ".5", "2."})
    void aNumberThatIsNotJsonIsRefused(String number) {
        assertThat(refusal("{" + entry("w", "F32", "[" + number + "]", 0, 8) + "}"))
                .startsWith("header is not valid JSON: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[-1,8]", "[0,8.0]", "[0,8e0]", "[0,true]", "[null,8]"})
    void offsetsOtherThanNonNegativeIntegersAreRefused(String offsets) {
        assertThat(
                        refusal(
                                "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":"
                                        + offsets
                                        + "}}"))
                .startsWith("tensor 'w': data_offsets holds ")
                .endsWith(", expected non-negative integers");
    }

    @Test
    void aShapeOfMoreThan64DimensionsIsRefused() {
        String dimensions = "1,".repeat(63);

        try (SafetensorsFile open =
                SafetensorsBytes.open(
                        folder,
                        file("{" + entry("w", "F32", "[" + dimensions + "2]", 0, 8) + "}", 8))) {
            assertThat(open.header().tensors().getFirst().shape().rank()).isEqualTo(64);
        }
        assertThat(refusal("{" + entry("w", "F32", "[" + dimensions + "1,2]", 0, 8) + "}"))
                .isEqualTo("tensor 'w': shape has more than 64 numbers");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "[0]", "[0,8,8]"})
    void offsetsOtherThanTwoAreRefused(String offsets) {
        assertThat(
                        refusal(
                                "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":"
                                        + offsets
                                        + "}}"))
                .matches(
                        "tensor 'w': data_offsets has (more than 2 numbers|[01] numbers, expected 2)");
    }

    @Test
    void anOffsetOf2To63OrMoreIsRefused() {
        String begin = "9223372036854775808";

        assertThat(
                        refusal(
                                "{\"w\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[%s,%s]}}"
                                        .formatted(begin, begin)))
                .isEqualTo(
                        "tensor 'w': data_offsets holds 9223372036854775808, which is 2^63 or more");
    }

    @Test
    void aNumberOfAThousandDigitsIsRefusedOnOneShortLine() {
        assertThat(refusal("{" + entry("w", "F32", "[" + "9".repeat(1000) + "]", 0, 8) + "}"))
                .startsWith("tensor 'w': shape holds 999")
                .hasSizeLessThan(300);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dtype", "shape", "data_offsets"})
    void aTensorThatLacksAKeyIsRefused(String key) {
        String other = W.replace("\"" + key + "\"", "\"x" + key + "\"");

        assertThat(refusal("{" + other + "}")).isEqualTo("tensor 'w': unknown key 'x" + key + "'");
        assertThat(
                        refusal(
                                "{"
                                        + W.replaceFirst(
                                                        "\"" + key + "\":[^,\\[]*(\\[[^]]*])?,?",
                                                        "")
                                                .replace(",}", "}")
                                        + "}"))
                .isEqualTo("tensor 'w': has no " + key);
    }

    @Test
    void aTensorThatIsNoObjectIsRefused() {
        assertThat(refusal("{\"w\":\"F32\"}"))
                .isEqualTo("tensor 'w': is the string 'F32', expected an object");
        assertThat(refusal("{\"w\":null}")).isEqualTo("tensor 'w': is null, expected an object");
    }

    @Test
    void aNameWithControlCharactersIsShownOnOneShortLine() {
        String name = "a\\n\\u001b[2J" + "b".repeat(5000);

        assertThat(refusal("{" + entry(name, "XX", "[2]", 0, 8) + "}"))
                .startsWith("tensor 'a\\u000a\\u001b[2Jbbb")
                .endsWith("...': unknown dtype 'XX'")
                .hasSizeLessThan(300);
    }
}
