package dev.dovetail

import kotlin.coroutines.cancellation.CancellationException

/**
 * Ends this run of a handler because its question is on the way to the user. The handler is run again from its
 * beginning when the answer is there, and then gets it at the same place.
 *
 * Let it pass. Catching it changes nothing: the run is over, and whatever it returns or throws is ignored.
 */
public class Suspended internal constructor(cause: DovetailError) : CancellationException(cause.detail) {
    init {
        initCause(cause)
    }
}
