/**
 * What the project measures itself by: whole models, kernels, and the synthetic data for both.
 *
 * <p>Classes named {@code ...Benchmark} are JMH's; each checks its result before it times anything.
 * After {@code mvn package}:
 *
 * <pre>
 *   java -cp "bench/target/*:bench/target/lib/*:java/cli/target/lib/*" \
 *       --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED \
 *       org.openjdk.jmh.Main ProductBenchmark -p n=4096 -p stored=NN -p threads=2
 * </pre>
 *
 * <p>{@code bench/peers/compare.py} runs the {@code ...Time} classes beside those of others.
 */
@NullMarked
package dev.deltapress.bench;

import org.jspecify.annotations.NullMarked;
