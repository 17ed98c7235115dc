package dev.dovetail

import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout

private val BOUND = 20.seconds

/** Runs a test in a coroutine, bounded in time. */
fun timed(test: suspend CoroutineScope.() -> Unit): Unit = runBlocking { withTimeout(BOUND, test) }

/** The error of an operation that must fail. */
suspend fun failureOf(operation: suspend () -> Unit): DovetailError {
    try {
        operation()
    } catch (error: DovetailError) {
        return error
    }
    throw AssertionError("no DovetailError was thrown")
}
