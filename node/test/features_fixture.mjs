// A server with resources, prompts, completions and every kind of question.
import { Ask, Content, Server, ToolResult } from "dovetail-mcp";
import { z } from "zod";

const Name = z.object({ name: z.string() });
const capital = {
  messages: [{ role: "user", content: Content.text("What is the capital of France?") }],
  maxTokens: 10,
};

const folders = (value) => ["inbox", "index"].filter((name) => name.startsWith(value));

export function makeFeatures() {
  const counts = { steps: 0, runs: 0, unwound: 0 };
  const server = new Server("features", { version: "1.0.0", pageSize: 2 });
  server
    .resource("note://static", { name: "Static", title: "A note", mimeType: "text/plain", size: 5 }, "hello")
    .resource("note://bytes", { mimeType: "application/octet-stream" }, new Uint8Array([0, 255, 7]))
    .resource("note://read", { name: "Read" }, async (context) => `read as ${context.info.revision}`)
    .resource("note://broken", {}, () => {
      throw new Error("it cannot be read");
    })
    .resourceTemplate(
      "note://{folder}/{id}",
      { name: "Notes", mimeType: "text/plain", complete: { folder: folders } },
      ({ folder, id }) => `${id} of ${folder}`,
    )
    .prompt("plain", { description: "One message" }, () => "Say hello.")
    .prompt(
      "greet",
      {
        title: "Greeting",
        input: z.object({ name: z.string().describe("Who"), tone: z.string().optional() }),
        complete: {
          name: async (value, { argument, context }) => [`${value}!`, argument, context.tone ?? "no tone"],
        },
      },
      ({ name, tone = "warm" }) => [
        `Greet ${name}.`,
        { role: "assistant", content: Content.text(`In a ${tone} tone?`) },
        Content.image(new Uint8Array([1, 2]), "image/png"),
      ],
    )
    .prompt("described", {}, () => ({ description: "now", messages: [{ role: "user", content: Content.text("x") }] }))
    .prompt("asking", { asks: ["form"] }, async (_args, context) => {
      const { content } = await context.elicit("Topic?", Name);
      return `About ${content?.name}`;
    });
  server
    .tool(
      "extras",
      {
        title: "Extras",
        annotations: { readOnlyHint: true },
        icons: [{ src: "https://example.test/i.png", mimeType: "image/png" }],
        meta: { "example.test/kind": 1 },
      },
      () => Content.link("note://static", "Static", { title: "A note" }),
    )
    .tool("pieces", {}, () => [
      Content.text("text", { annotations: { audience: ["user"], priority: 1 } }),
      Content.audio(new Uint8Array([1]), "audio/wav"),
      Content.resource("note://x", "inside", "text/plain"),
    ])
    .tool("whole", { output: z.object({ n: z.number() }) }, () => {
      return new ToolResult([Content.text("n is 1")], { structured: { n: 1 } });
    })
    .tool("refused", {}, () => new ToolResult([Content.text("no, thank you")], { isError: true }))
    .tool("log", {}, (_args, context) => {
      context.log("debug", "too quiet");
      context.log("warning", { disk: "full" }, "storage");
    })
    .tool("page", { asks: ["url"] }, async (_args, context) => {
      try {
        return (await context.elicitUrl("Sign in", "https://example.test/in")).action;
      } finally {
        counts.unwound += 1;
      }
    })
    .tool("sample", {}, async (_args, context) => {
      const { content, model } = await context.sample(capital);
      return `${[content].flat()[0].text} says ${model}`;
    })
    .tool("roots", {}, async (_args, context) => (await context.listRoots()).map(({ uri }) => uri).join(" "))
    .tool("many", {}, async (_args, context) => {
      const { who, where } = await context.ask({ who: Ask.form("Who?", Name), where: Ask.roots() });
      return `${who.content?.name} in ${where.length} roots`;
    })
    .tool("steps", {}, async (_args, context) => {
      counts.runs += 1;
      const ticket = await context.step("reserve", () => ({ ticket: (counts.steps += 1) }));
      const { action } = await context.elicit("Pay?", Name);
      return `${action} ticket ${ticket.ticket}`;
    });
  return { server, counts };
}
