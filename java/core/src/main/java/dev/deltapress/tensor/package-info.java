/** What a tensor is: element type, shape, name and role, and exact conversions of its numbers. */
@NullMarked
package dev.deltapress.tensor;

import org.jspecify.annotations.NullMarked;
