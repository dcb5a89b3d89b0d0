@NullMarked
package dev.deltapress.cuda;

import org.jspecify.annotations.NullMarked;
