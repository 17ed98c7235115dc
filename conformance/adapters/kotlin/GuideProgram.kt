// Runs one program of examples/kotlin/guide by the name of its feature: `guide tools`.

package dev.dovetail.conformance.guide

import kotlin.system.exitProcess

fun main(args: Array<String>) {
    val feature = args.singleOrNull() ?: run {
        System.err.println("usage: guide FEATURE")
        exitProcess(2)
    }
    val program = "dev.dovetail.examples.guide.$feature.${feature.replaceFirstChar(Char::uppercase)}Kt"
    Class.forName(program).getMethod("main", Array<String>::class.java).invoke(null, emptyArray<String>())
}
