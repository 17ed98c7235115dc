package dev.dovetail

import java.nio.file.Path

/**
 * A server to start as a child process and to talk to over its standard streams. No shell ever sees it and nobody
 * splits its parts.
 *
 * @property program the program, found on `PATH` when it has no slash.
 * @property args its arguments.
 * @property env variables to set besides the inherited ones.
 * @property directory where it runs; null is the directory of this process.
 */
public data class Command(
    val program: String,
    val args: List<String> = emptyList(),
    val env: Map<String, String> = emptyMap(),
    val directory: Path? = null,
) {
    /** The usual case: a program and its arguments. */
    public constructor(program: String, vararg args: String) : this(program, args.asList())
}
