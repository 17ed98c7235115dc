import { Server } from "dovetail-mcp";
import { z } from "zod";

const server = new Server("demo");
const input = z.object({ a: z.number(), b: z.number() });
server.tool("add", { description: "Add two numbers", input }, ({ a, b }) => a + b);

await server.stdio(); // or: await server.listen({ port: 8000 })
