/** Models on disk: safetensors files and Hugging Face folders, read by memory map and written. */
@NullMarked
package dev.deltapress.checkpoint;

import org.jspecify.annotations.NullMarked;
