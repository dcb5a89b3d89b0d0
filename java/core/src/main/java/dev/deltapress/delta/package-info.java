/** The delta file of docs/format.md: manifest, payload blocks, masks, reader and writer. */
@NullMarked
package dev.deltapress.delta;

import org.jspecify.annotations.NullMarked;
