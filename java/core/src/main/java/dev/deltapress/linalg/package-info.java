/** Dense linear algebra in Java: products, QR, symmetric eigenproblem, truncated SVD. */
@NullMarked
package dev.deltapress.linalg;

import org.jspecify.annotations.NullMarked;
