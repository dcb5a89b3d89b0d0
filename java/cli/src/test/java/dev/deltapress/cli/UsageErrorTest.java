package dev.deltapress.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UsageErrorTest {

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    ''                        | no command given
                    compres                   | unmatched argument at index 0: 'compres'; did you mean compress?
                    compress --base b         | missing required options: '--tuned=TUNED', '--out=DELTA'
                    PAIR --thread 2           | unknown options: '--thread', '2'; did you mean --threads?
                    PAIR --ratio 0.5          | impart: ratio must be at least 1, got 0.5
                    PAIR --ratio much         | invalid value for option '--ratio': 'much' is not a double
                    PAIR --method magic       | unknown method 'magic'; known: impart, lowrank, delta-come, impart-qt, deltamix
                    PAIR --set gamma=1        | impart: unknown parameter 'gamma'; known: C, beta, paper_exact
                    PAIR --set beta=2         | impart: beta must be in [0, 1), got 2.0
                    PAIR --set beta           | value for option option '--set' (NAME=VALUE) should be in KEY=VALUE format but was beta
                    PAIR --seed -1            | invalid value for option '--seed': expected a number from 0 to 4294967295, found '-1'
                    PAIR --seed 4294967296    | invalid value for option '--seed': expected a number from 0 to 4294967295, found '4294967296'
                    PAIR --threads 0          | --threads must be at least 1, got 0
                    PAIR --max-memory 0       | invalid value for option '--max-memory': expected a size above 0 such as 2g or 1500m, found '0'
                    PAIR --backend gpu        | invalid value for option '--backend': expected one of auto, java, native, cuda, found 'gpu'
                    PAIR --embeddings no      | invalid value for option '--embeddings': expected one of exact, compress, base, found 'no'
                    PAIR --nonfinite ok       | invalid value for option '--nonfinite': expected one of refuse, exact, found 'ok'
                    verify --delta d --tuned t | --tuned needs --base as well
                    inspect                   | missing required option: '--delta=DELTA'
                    """)
    void wrongUsageIsOneLineAndAHint(String arguments, String line) {
        var pipeline = new FakePipeline();

        Cli cli =
                Cli.run(pipeline, arguments.replace("PAIR", "compress --base b --tuned t --out o"));

        assertThat(cli.exitCode()).isEqualTo(2);
        assertThat(cli.out()).isEmpty();
        assertThat(cli.errorLines()).hasSize(2);
        assertThat(cli.errorLines().getFirst()).isEqualTo("deltapress: " + line);
        assertThat(cli.errorLines().getLast()).startsWith("Try 'deltapress").endsWith(" --help'.");
        assertThat(pipeline.requests).isEmpty();
    }
}
