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
 * @property respawn whether the program is started a second time, and spoken to in the older way, when it ends at the
 * first message before it answered anything.
 */
public data class Command(
    val program: String,
    val args: List<String> = emptyList(),
    val env: Map<String, String> = emptyMap(),
    val directory: Path? = null,
    val respawn: Boolean = true,
) {
    /** The usual case: a program and its arguments. */
    public constructor(program: String, vararg args: String) : this(program, args.asList())
}
