/** Files that appear whole or not at all. */
@NullMarked
package dev.deltapress.io;

import org.jspecify.annotations.NullMarked;
