/** Errors shared by every part of DeltaPress; the work itself is in the packages below this one. */
@NullMarked
package dev.deltapress;

import org.jspecify.annotations.NullMarked;
