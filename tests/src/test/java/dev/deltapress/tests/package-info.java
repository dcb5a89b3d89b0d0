/** Tests that cross modules. */
@NullMarked
package dev.deltapress.tests;

import org.jspecify.annotations.NullMarked;
