// The tools of the fixture that ask.

package dev.dovetail.conformance.cases

import dev.dovetail.Elicitation
import dev.dovetail.Server
import kotlinx.serialization.Serializable

@Serializable
class Day(val day: String)

@Serializable
class Place(val place: String)

@Serializable
class Item(val item: String)

@Serializable
class Answer(val answer: String)

internal fun Server.asking() {
    tool<String>("book", "Asks for a day") {
        val reply = elicit<Day>("Which day?")
        when (reply.action) {
            Elicitation.Action.ACCEPT -> "booked ${reply.content?.day}"
            Elicitation.Action.DECLINE -> "declined"
            Elicitation.Action.CANCEL -> "cancelled"
        }
    }
    tool<String>("pay", "Charges, and asks before it pays") {
        val receipt = step("charge") { "receipt ${Counters.count("charged")}" }
        if (confirm("Pay?")) {
            Counters.count("paid")
            "paid $receipt"
        } else {
            "kept $receipt"
        }
    }
    tool<String>("trip", "Asks twice") {
        val from = elicit<Place>("From?").content?.place ?: return@tool "no trip"
        step("reserve") {
            Counters.count("reserved")
            true
        }
        val to = elicit<Place>("To?").content?.place ?: return@tool "no trip"
        "$from to $to"
    }
    tool<String>("moody", "Asks something else in its second run") {
        val message = if (Counters.count("moody") == 1) "First?" else "Second?"
        elicit<Answer>(message).content?.let { "$message ${it.answer}" } ?: "declined"
    }
    tool<String>("stubborn", "Asks, and swallows whatever that throws") {
        try {
            elicit<Answer>("Sure?").content?.let { "answered ${it.answer}" } ?: "declined"
        } catch (everything: Throwable) {
            // On purpose: the run is over all the same.
            runCatching { step("after") { Counters.count("after") } }
            "swallowed"
        }
    }
    tool<String>("both", "Asks two questions at once") {
        val answers = ask {
            form<Answer>("name", "Name?")
            form<Answer>("sure", "Really?")
        }
        val name = answers.form<Answer>("name").content
        val sure = answers.form<Answer>("sure").content
        if (name != null && sure != null) "${name.answer} ${sure.answer}" else "declined"
    }
    tool<String>("wipe", "Wipes once", once = true) {
        if (confirm("Wipe?")) "wiped ${Counters.count("wiped")}" else "kept"
    }
    tool<Item, String>("order", "Orders after asking") {
        if (confirm("Order ${it.item}?")) "ordered ${it.item}" else "kept"
    }
}
