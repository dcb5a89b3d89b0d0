@NullMarked
package dev.deltapress.cuda.gpu;

import org.jspecify.annotations.NullMarked;
