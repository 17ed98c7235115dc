package dev.dovetail.examples.guide.caching

import dev.dovetail.CacheScope
import dev.dovetail.Cacheable
import dev.dovetail.Client
import dev.dovetail.Server
import java.util.concurrent.atomic.AtomicInteger
import kotlin.time.Duration.Companion.minutes

suspend fun main() {
    val asked = AtomicInteger()
    val server = Server("demo") {
        cache(Cacheable.TOOLS, 1.minutes, CacheScope.PUBLIC)
        layer("tools/list") { message, next ->
            asked.incrementAndGet()
            next(message)
        }
        tool<Int>("one") { 1 }
    }
    Client.connect(server).use { client -> repeat(2) { client.listTools() } }
    println("asked the server $asked time")
}
