/** Published ways of turning a delta into few bytes, each a value with the paper's parameters. */
@NullMarked
package dev.deltapress.method;

import org.jspecify.annotations.NullMarked;
