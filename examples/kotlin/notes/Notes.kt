package dev.dovetail.examples.notes

import dev.dovetail.Change
import dev.dovetail.Client
import dev.dovetail.Completer
import dev.dovetail.Server
import java.util.concurrent.ConcurrentHashMap
import kotlinx.serialization.Serializable

@Serializable
data class Name(val name: String)

@Serializable
data class Note(val name: String, val text: String)

private val notes = ConcurrentHashMap(mapOf("todo" to "buy milk"))
private val names = Completer { typed -> notes.keys.filter { it.startsWith(typed.value) }.sorted() }

val server = Server("notes") {
    resource("notes://all", "All notes", mimeType = "text/plain") { notes.keys.sorted().joinToString("\n") }
    resourceTemplate<Name, String>("notes://{name}", "A note", completers = mapOf("name" to names)) {
        notes[it.name] ?: error("there is no note ${it.name}")
    }
    prompt<Name, String>("summarize", "Summarizes a note", completers = mapOf("name" to names)) {
        "Summarize this note:\n${notes[it.name]}"
    }
    tool<Note, String>("write", "Writes a note") { note ->
        notes[note.name] = note.text
        resourceUpdated("notes://${note.name}")
        announce(Change.Kind.RESOURCES)
        "written"
    }
}

suspend fun main() = Client.connect(server).use { client ->
    println(client.readResource("notes://todo").text)
    client.call<String>("write", Note("idea", "sleep more"))
    println(client.readResource("notes://all", fresh = true).text)
    println(client.getPrompt("summarize", Name("idea")).messages.single().content.text)
}
