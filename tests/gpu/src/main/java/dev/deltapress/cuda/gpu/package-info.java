/** Confirms the cuda backend on a GPU, and times it there. */
@NullMarked
package dev.deltapress.cuda.gpu;

import org.jspecify.annotations.NullMarked;
