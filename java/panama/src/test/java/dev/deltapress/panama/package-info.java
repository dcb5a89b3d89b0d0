@NullMarked
package dev.deltapress.panama;

import org.jspecify.annotations.NullMarked;
