/**
 * One suite for everyone who does what {@code deltapress.h} says: cases, the scalar reference that
 * says what comes out, and runners that are held to it.
 */
@NullMarked
package dev.deltapress.panama.parity;

import org.jspecify.annotations.NullMarked;
