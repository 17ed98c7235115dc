package dev.dovetail.boundary

import dev.dovetail.Context
import dev.dovetail.DovetailError
import dev.dovetail.encode
import dev.dovetail.generated.Codes
import dev.dovetail.invalid
import java.util.concurrent.ConcurrentHashMap
import kotlin.coroutines.cancellation.CancellationException
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.job
import kotlinx.coroutines.launch
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put

/**
 * Runs the handlers of a server, each call in a coroutine of its own: on [dispatcher], or without one at once on the
 * pump's thread, and on [Dispatchers.Default] from the first suspension on.
 */
internal class HandlerCalls(
    private val handlers: Handlers,
    private val dispatcher: CoroutineDispatcher?,
) : Listener {
    private val scope = CoroutineScope(SupervisorJob() + (dispatcher ?: Dispatchers.Default))
    private val running = ConcurrentHashMap<Long, Job>()

    /** Whether handlers run on the pump's thread. */
    val onPump: Boolean get() = dispatcher == null || dispatcher === Dispatchers.Unconfined

    override fun call(port: Port, call: Long, target: Int, payload: ByteArray) {
        if (dispatcher == null) {
            scope.launch(start = CoroutineStart.UNDISPATCHED) {
                val job = coroutineContext.job
                running[call] = job
                run(port, call, target, payload, job)
            }
        } else {
            // Started only when it can be found, so that it never outlives its entry.
            val job = scope.launch(start = CoroutineStart.LAZY) {
                run(port, call, target, payload, coroutineContext.job)
            }
            running[call] = job
            job.start()
        }
    }

    private suspend fun run(port: Port, call: Long, target: Int, payload: ByteArray, job: Job) {
        try {
            answer(port, call) {
                val handle = handlers[target] ?: throw invalid("this is not offered any more")
                handle(Context(port, call, job), payload)
            }
        } finally {
            running.remove(call)
        }
    }

    override fun cancelled(call: Long) {
        running.remove(call)?.cancel()
    }

    override fun closed() = scope.cancel()
}

/**
 * Sends what [handle] made of a call; a failure becomes its text. What the caller no longer waits for is dropped.
 */
internal suspend inline fun answer(port: Port, call: Long, handle: () -> Reply) {
    try {
        try {
            val reply = handle()
            port.reply(call, reply.shape, reply.json)
        } catch (failure: DovetailError) {
            if (failure.code == Codes.STALE_CALL) return
            port.fail(call, failureOf(failure.detail))
        } catch (failure: CancellationException) {
            // Also when the handler was suspended: the core knows, whatever is said here.
            port.fail(call, failureOf(failure.message ?: "cancelled"))
        } catch (failure: Throwable) {
            port.fail(call, failureOf(failure.message ?: failure.javaClass.simpleName))
        }
    } catch (late: DovetailError) {
        if (late.code != Codes.STALE_CALL && late.code != Codes.CLOSED) throw late
    }
}

internal fun failureOf(detail: String): ByteArray =
    encode(
        buildJsonObject {
            put("kind", "tool")
            put("detail", detail)
        },
    )
