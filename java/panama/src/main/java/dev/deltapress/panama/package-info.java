/**
 * libdeltapress from Java. {@link dev.deltapress.panama.DeltaPressNative} has a method for each of
 * its functions, {@link dev.deltapress.panama.NativeLibrary} finds it, and buffers, streams and
 * events own what it allocates. What the functions mean is in {@code native/include/deltapress.h}.
 */
@NullMarked
package dev.deltapress.panama;

import org.jspecify.annotations.NullMarked;
