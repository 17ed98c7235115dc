// The tools of the shared cases that ask their user.
import { Ask } from "../../../../node/dist/index.mjs";
import { object } from "./fixture.mjs";

const string = { type: "string" };
const form = (name) => ({ type: "object", properties: { [name]: string }, required: [name] });

async function stubborn(context, counters) {
  try {
    const { action, content } = await context.elicit("Sure?", form("answer"));
    return action === "accept" ? `answered ${content.answer}` : "declined";
  } catch {
    try {
      await context.step("after", () => counters.add("after"));
    } catch {
      // That is what it is for.
    }
    return "swallowed";
  }
}

export function addAsking(server, counters) {
  return server
    .tool("book", { description: "Asks for a day" }, async (_args, context) => {
      const { action, content } = await context.elicit("Which day?", form("day"));
      return { accept: `booked ${content?.day}`, decline: "declined", cancel: "cancelled" }[action];
    })
    .tool("pay", { description: "Charges, and asks before it pays" }, async (_args, context) => {
      const receipt = await context.step("charge", () => `receipt ${counters.add("charged")}`);
      if (!(await context.confirm("Pay?"))) {
        return `kept ${receipt}`;
      }
      counters.add("paid");
      return `paid ${receipt}`;
    })
    .tool("trip", { description: "Asks twice" }, async (_args, context) => {
      const from = await context.elicit("From?", form("place"));
      await context.step("reserve", () => {
        counters.add("reserved");
        return true;
      });
      const to = await context.elicit("To?", form("place"));
      const both = from.action === "accept" && to.action === "accept";
      return both ? `${from.content.place} to ${to.content.place}` : "no trip";
    })
    .tool("moody", { description: "Asks something else each time" }, async (_args, context) => {
      const message = counters.add("moody") === 1 ? "First?" : "Second?";
      const { action, content } = await context.elicit(message, form("answer"));
      return action === "accept" ? `${message} ${content.answer}` : "declined";
    })
    .tool("stubborn", { description: "Asks, and catches everything" }, (_args, context) => stubborn(context, counters))
    .tool("both", { description: "Asks two questions at once" }, async (_args, context) => {
      const { name, sure } = await context.ask({
        name: Ask.form("Name?", form("answer")),
        sure: Ask.form("Really?", form("answer")),
      });
      const both = name.action === "accept" && sure.action === "accept";
      return both ? `${name.content.answer} ${sure.content.answer}` : "declined";
    })
    .tool("wipe", { description: "Wipes once", once: true }, async (_args, context) =>
      (await context.confirm("Wipe?")) ? `wiped ${counters.add("wiped")}` : "kept",
    )
    .tool("order", { description: "Orders", input: object({ item: string }) }, async ({ item }, context) =>
      (await context.confirm(`Order ${item}?`)) ? `ordered ${item}` : "kept",
    );
}
