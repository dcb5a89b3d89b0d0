/** Commands, one class each; what they share; and how reports and errors are shown. */
@NullMarked
package dev.deltapress.cli;

import org.jspecify.annotations.NullMarked;
