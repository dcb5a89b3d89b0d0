/** The cuda backend through the command line, on stand-ins of the NVIDIA libraries. */
@NullMarked
package dev.deltapress.tests.cuda;

import org.jspecify.annotations.NullMarked;
