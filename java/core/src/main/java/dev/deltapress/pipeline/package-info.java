/** The work on whole models: plan, compress, restore, verify, inspect. */
@NullMarked
package dev.deltapress.pipeline;

import org.jspecify.annotations.NullMarked;
