// What the type checker promises to users. Compiled, never run.
import { createServer } from "node:http";

import { type } from "arktype";
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import * as v from "valibot";
import { z } from "zod";

import {
  Ask,
  CallResult,
  type Change,
  Client,
  type CodeName,
  Command,
  Content,
  type Context,
  DovetailError,
  type Elicitation,
  type Granted,
  type Layer,
  type Message,
  type NodeHandler,
  type Root,
  Server,
  type Tool,
  ToolResult,
} from "dovetail-mcp";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(..._yes: Same<A, B> extends true ? [] : [never]): void {}

const server = new Server("types", { version: "1.0.0", instructions: "none" });

// Arguments and results follow from the schemas.
server.tool("zod", { input: z.object({ a: z.number(), b: z.string().default("b") }) }, (args, context) => {
  same<typeof args, { a: number; b: string }>();
  same<typeof context, Context>();
  return args.a;
});
server.tool("valibot", { input: toStandardJsonSchema(v.object({ a: v.number() })) }, (args) => {
  same<typeof args, { a: number }>();
});
server.tool("arktype", { input: type({ a: "number" }) }, (args) => {
  same<typeof args, { a: number }>();
});
server.tool("json", { input: { type: "object", properties: { a: { type: "number" } } } }, ({ a }) => a);
server.tool("none", {}, (args) => {
  same<typeof args, Record<string, never>>();
});
server.tool("output", { output: z.object({ n: z.number() }) }, () => ({ n: 1 }));
server.tool("async", { output: z.object({ n: z.number() }) }, async () => ({ n: 1 }));
// @ts-expect-error the result does not fit the output schema
server.tool("wrong", { output: z.object({ n: z.number() }) }, () => ({ n: "1" }));
// @ts-expect-error nobody can be asked like this
server.tool("asks", { asks: ["voice"] }, () => 1);

// Questions are typed, and their content is there only when they were accepted.
server.tool("ask", { asks: ["form"] }, async (_args, context) => {
  const answer = await context.elicit("Name?", z.object({ name: z.string() }));
  same<typeof answer, Elicitation<{ name: string }>>();
  // @ts-expect-error nobody has accepted yet
  answer.content.name;
  const agreed: boolean = await context.confirm("Sure?");
  const signal: AbortSignal = context.signal;
  return answer.action === "accept" ? `${answer.content.name} ${agreed} ${signal.aborted}` : answer.action;
});

// Variables follow from the template, arguments of prompts from the schema, answers from the questions.
server.resourceTemplate("note://{folder}/{+path}{?page,size}", { complete: { folder: () => ["inbox"] } }, (variables) => {
  same<keyof typeof variables, "folder" | "path" | "page" | "size">();
  return variables.folder;
});
// @ts-expect-error the template has no such variable
server.resourceTemplate("note://{id}", { complete: { folder: () => [] } }, ({ id }) => id);
server.resource("note://bytes", { mimeType: "image/png" }, new Uint8Array(1));
server.prompt("greet", { input: z.object({ name: z.string() }), complete: { name: async () => [] } }, (args, context) => {
  same<typeof args, { name: string }>();
  same<typeof context, Context>();
  return [`Greet ${args.name}`, Content.text("please"), { role: "assistant", content: { type: "text", text: "Hm" } }];
});
// @ts-expect-error the prompt has no such argument
server.prompt("wrong", { input: z.object({ name: z.string() }), complete: { other: () => [] } }, () => "x");
server.tool("whole", { output: z.object({ n: z.number() }) }, () => new ToolResult([Content.text("1")], { structured: 1 }));
server.tool("questions", { asks: ["form", "url", "sample", "roots"], once: true }, async (_args, context) => {
  const answers = await context.ask({ form: Ask.form("Who?", z.object({ who: z.string() })), roots: Ask.roots() });
  same<typeof answers.form, Elicitation<{ who: string }>>();
  same<typeof answers.roots, readonly Root[]>();
  const ticket = await context.step("reserve", async () => 1);
  same<typeof ticket, number>();
  // @ts-expect-error no such level
  context.log("loud", "x");
});
server.remove({ tools: ["whole"] }).disable({ prompts: ["greet"] }).enable({ prompts: ["greet"] }).resourceUpdated("note://x");

// Layers see messages, and hand on or change them.
const timing: Layer = async ({ method, params, notification }, next) => {
  same<typeof method, string>();
  same<typeof notification, boolean>();
  return notification ? next() : next({ ...params });
};
server.layer(timing).layer((message: Message, next) => next(message), { methods: ["tools/call"] });
// @ts-expect-error a layer is a function
server.layer("tools/call");
new Server("options", {
  pageSize: 10,
  resumable: true,
  stateKeys: "k1:AAAA",
  callTimeoutMs: 1_000,
  cache: { tools: { ttlMs: 1_000, scope: "public" } },
  limits: { inFlight: 10, body: 1_000, sessions: 10 },
});
// @ts-expect-error nothing cacheable has this name
new Server("options", { cache: { everything: { ttlMs: 1, scope: "public" } } });

// Other people's HTTP stacks take a server as it is.
createServer(server.handler({ allowedHosts: ["example.test"] }));
express().all("/mcp", server.handler());
const handle: NodeHandler = server.handler();
fastify().all("/mcp", (request, reply) => (reply.hijack(), handle(request.raw, reply.raw, request.body)));
new Hono().all("/mcp", (context) => server.fetch(context.req.raw));
same<ReturnType<typeof server.fetch>, Promise<Response>>();

const { url } = await server.listen({ port: 0 });
same<typeof url, string>();
const { ended } = await server.serve("stdio");
same<typeof ended, Promise<void>>();

// A target is a URL, a command or a server; a command is never a string with blanks in it.
await using client = await Client.connect(url, { onElicit: () => ({ action: "decline" }) });
await Client.connect(new URL(url), { revision: "auto", timeoutMs: 1_000, headers: { authorization: "x" } });
await Client.connect(new Command("node", ["server.js"], { env: { A: "b" }, cwd: "/", respawn: false }));
await Client.connect(server, { layers: [timing, { layer: timing, methods: ["tools/call"] }] });
await Client.connect(server, { signal: AbortSignal.timeout(1_000) });
await Client.connect(server);
// @ts-expect-error a command is a Command
await Client.connect(["node", "server.js"]);
// @ts-expect-error connect is the only way
new Client();

const result = await client.call<number>("add", { a: 1, b: 2 }, { signal: AbortSignal.timeout(1_000) });
same<typeof result, CallResult<number>>();
same<typeof result.data, number>();
await client.callRaw("add", { a: 1 }, { onProgress: ({ progress, total, message }) => [progress, total, message] });
const tools: Tool[] = await client.listTools();
same<(typeof tools)[0]["name"], string>();
same<Awaited<ReturnType<Client["serverInfo"]>>["revision"], string>();

await client.listPrompts({ signal: AbortSignal.timeout(1_000), timeoutMs: 100 });
same<ReturnType<typeof client.listen>["granted"], Promise<Granted>>();
for await (const change of client.listen({ tools: true, uris: ["note://x"] })) {
  same<typeof change, Change>();
  const changed: string | undefined = change.kind === "resource" ? change.uri : undefined;
  void changed;
}
const { values } = await client.complete({ prompt: "greet" }, "name", "A", { context: { tone: "dry" } });
same<typeof values, readonly string[]>();

const refusals: DovetailError[] = [
  new DovetailError("unknown_resource", "there is no such note"),
  // @ts-expect-error no error has this name
  new DovetailError("no_such_name", "x"),
];
void refusals;

try {
  await client.call("fail");
} catch (error) {
  if (error instanceof DovetailError) {
    const name: CodeName | (string & {}) = error.name;
    const facts: [number, string, string, number | undefined] = [error.code, name, error.detail, error.http];
    void facts;
  }
}
