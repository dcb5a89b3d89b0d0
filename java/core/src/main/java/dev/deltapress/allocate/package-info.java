/** How a budget of bytes is shared out: bits per component, keep rates per component. */
@NullMarked
package dev.deltapress.allocate;

import org.jspecify.annotations.NullMarked;
