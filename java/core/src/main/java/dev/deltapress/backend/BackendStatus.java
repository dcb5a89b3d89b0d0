package dev.deltapress.backend;

/**
 * Whether a backend can run here.
 *
 * @param detail what it runs on, or why it cannot run
 */
public record BackendStatus(String name, boolean available, String detail) {}
