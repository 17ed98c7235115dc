// A tool that asks before it deletes: `node remove.mjs [--http HOST:PORT]`.
import { Server } from "dovetail-mcp";
import { z } from "zod";

import { serve } from "./serve.mjs";

const files = new Set(["a.txt", "b.txt", "c.txt"]);

const server = new Server("remove", { version: "1.0.0" });

server.tool(
  "remove",
  { description: "Delete a file after asking", input: z.object({ path: z.string() }) },
  async ({ path }, context) => {
    if (!files.has(path)) {
      throw new Error(`no such file: ${path}`);
    }
    if (!(await context.confirm(`Delete ${path}?`))) {
      return `kept ${path}`;
    }
    files.delete(path);
    return `deleted ${path}`;
  },
);

await serve(server);
