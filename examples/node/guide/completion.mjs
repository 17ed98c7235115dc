// Suggestions while a user types an argument.
import { Client, Server } from "dovetail-mcp";
import { z } from "zod";

const languages = ["python", "pytorch", "rust"];

const server = new Server("reviewer");
server.prompt(
  "review",
  {
    input: z.object({ language: z.string() }),
    complete: { language: (value) => languages.filter((language) => language.startsWith(value)) },
  },
  ({ language }) => `Review my ${language}.`,
);

const client = await Client.connect(server);
const { values } = await client.complete({ prompt: "review" }, "language", "py");
console.log(values.join(", "));

await client.close();
await server.close();
