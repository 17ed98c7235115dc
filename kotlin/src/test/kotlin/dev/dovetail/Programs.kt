package dev.dovetail

import java.nio.file.Path

/** A program of this build as a child process. */
fun program(mainClass: String, vararg args: String): Command {
    val java = Path.of(System.getProperty("java.home"), "bin", "java").toString()
    val library = "-Djna.library.path=${System.getProperty("jna.library.path")}"
    val fast = listOf("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
    return Command(java, fast + listOf(library, "-cp", System.getProperty("java.class.path"), mainClass) + args)
}
