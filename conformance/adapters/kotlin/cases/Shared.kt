// What the handlers of the fixture share: counters, the gate of `hold`, the options.

package dev.dovetail.conformance.cases

import dev.dovetail.Limits
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.atomic.AtomicReference
import kotlinx.coroutines.CompletableDeferred
import kotlinx.serialization.Serializable

/** The options of a server of the fixture. */
@Serializable
class ServerOptions(
    val stateKeys: String? = null,
    val pageSize: Int? = null,
    val callTimeoutMs: Long? = null,
    val limits: Limits = Limits(),
    val resumable: Boolean = false,
    val sse: Boolean = false,
    val layers: Boolean = false,
    val extra: Boolean = false,
)

/** Numbers by name; one set per process. */
object Counters {
    private val counters = ConcurrentHashMap<String, AtomicInteger>()

    fun count(name: String): Int = counters.computeIfAbsent(name) { AtomicInteger() }.incrementAndGet()

    fun of(name: String): Int = counters[name]?.get() ?: 0
}

/** Where calls of `hold` wait. */
class Gate {
    private val current = AtomicReference(CompletableDeferred<Unit>())

    /** What opens when [open] is called from now on. */
    fun next(): CompletableDeferred<Unit> = current.get()

    fun open() {
        current.getAndSet(CompletableDeferred()).complete(Unit)
    }
}
