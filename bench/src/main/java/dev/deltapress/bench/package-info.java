/** Benchmarks of whole models: size, error and function against ratio. */
@NullMarked
package dev.deltapress.bench;

import org.jspecify.annotations.NullMarked;
