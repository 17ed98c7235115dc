package dev.dovetail.examples.remove

import dev.dovetail.Description
import dev.dovetail.Http
import dev.dovetail.Server
import dev.dovetail.Stdio
import java.util.concurrent.ConcurrentHashMap
import kotlinx.serialization.Serializable

@Serializable
data class File(@Description("The file to delete") val path: String)

// Names in memory: nothing on the disk is touched.
val files: MutableSet<String> = ConcurrentHashMap.newKeySet<String>().apply {
    addAll(listOf("a.txt", "b.txt", "c.txt"))
}

val server = Server("remove", "1.0.0") {
    tool<File, String>("remove", "Delete a file after asking") { file ->
        if (file.path !in files) error("no such file: ${file.path}")
        if (!confirm("Delete ${file.path}?")) return@tool "kept ${file.path}"
        files -= file.path
        "deleted ${file.path}"
    }
}

/** `remove` serves on standard input and output, `remove --http HOST:PORT` over HTTP. */
suspend fun main(args: Array<String>) {
    if (args.firstOrNull() == "--http") {
        server.serve(Http(args[1])) { url -> System.err.println("listening on $url") }
    } else {
        server.serve(Stdio)
    }
}
