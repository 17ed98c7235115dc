package dev.dovetail

import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put

/**
 * Several servers that one [Client] talks to as if they were one; the receiver of the block of [Client.group].
 *
 * Names of tools and prompts that several members have are told apart by the name of the member; what is listed says
 * which member it belongs to.
 */
public class Group internal constructor() {
    private val members = linkedMapOf<String, JsonObject>()
    private val local = mutableListOf<Server>()
    private var respawn = true

    /** Adds a server at a URL, with HTTP headers of its own. */
    public fun add(name: String, url: String, headers: Map<String, String> = emptyMap()): Unit =
        add(name, targetOf(url, headers))

    /** Adds a server that is started as a child process. */
    public fun add(name: String, command: Command) {
        respawn = respawn && command.respawn
        add(name, targetOf(command))
    }

    /** Adds a server of this process. */
    public fun add(name: String, server: Server) {
        local += server
        add(name, buildJsonObject { put("server", server.open().id) })
    }

    private fun add(name: String, target: JsonObject) {
        if (members.put(name, target) != null) throw invalid("two members of the group are named $name")
    }

    internal fun target(): Place = Place(JsonObject(mapOf("group" to JsonObject(members))), local, respawn)
}
