/** Who does the arithmetic of one tensor: the interface, the Java backend, and the choice. */
@NullMarked
package dev.deltapress.backend;

import org.jspecify.annotations.NullMarked;
