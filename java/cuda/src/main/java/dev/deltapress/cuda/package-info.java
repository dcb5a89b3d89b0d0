/** The cuda backend: NVIDIA's libraries through JCuda, and our kernels, on device memory. */
@NullMarked
package dev.deltapress.cuda;

import org.jspecify.annotations.NullMarked;
