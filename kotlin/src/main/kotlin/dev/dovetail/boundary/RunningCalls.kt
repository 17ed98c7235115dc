package dev.dovetail.boundary

import java.util.concurrent.ConcurrentHashMap
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.job
import kotlinx.coroutines.launch

/**
 * The calls of one session, each in a coroutine of its own: on [dispatcher], or without one at once on the pump's
 * thread, and on [Dispatchers.Default] from the first suspension on; when the pump is late on [Dispatchers.IO], since
 * what holds it up may block.
 */
internal class RunningCalls(private val dispatcher: CoroutineDispatcher?) {
    val scope = CoroutineScope(SupervisorJob() + (dispatcher ?: Dispatchers.Default))
    private val running = ConcurrentHashMap<Long, Job>()

    fun run(port: Port, call: Long, work: suspend (Job) -> Unit) {
        if (dispatcher == null && !port.isLate) {
            scope.launch(start = CoroutineStart.UNDISPATCHED) {
                val job = coroutineContext.job
                running[call] = job
                finish(call, job, work)
            }
        } else {
            // Started only when it can be found, so that it never outlives its entry.
            val job = scope.launch(dispatcher ?: Dispatchers.IO, CoroutineStart.LAZY) {
                finish(call, coroutineContext.job, work)
            }
            running[call] = job
            job.start()
        }
    }

    private suspend fun finish(call: Long, job: Job, work: suspend (Job) -> Unit) {
        try {
            work(job)
        } finally {
            running.remove(call)
        }
    }

    fun cancel(call: Long) {
        running.remove(call)?.cancel()
    }

    fun close() = scope.cancel()
}
