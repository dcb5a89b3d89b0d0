/** Tests of what makes the data. */
@NullMarked
package dev.deltapress.bench;

import org.jspecify.annotations.NullMarked;
