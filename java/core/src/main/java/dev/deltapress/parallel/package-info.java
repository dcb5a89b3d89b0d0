/** Threads that share loops. */
@NullMarked
package dev.deltapress.parallel;

import org.jspecify.annotations.NullMarked;
