// A resource, a family of resources, and an address that nobody answers to.
import { Client, DovetailError, Server } from "dovetail-mcp";

const server = new Server("notes")
  .resource("note://welcome", { name: "welcome", mimeType: "text/plain" }, "Hello")
  .resourceTemplate("note://people/{name}", { name: "people" }, ({ name }) => `note for ${name}`);

const client = await Client.connect(server);
try {
  for (const { uri } of await client.listResources()) {
    console.log(uri);
  }
  console.log((await client.readResource("note://welcome")).text);
  console.log((await client.readResource("note://people/ada")).text);
  await client.readResource("file:///nothing");
} catch (error) {
  if (!(error instanceof DovetailError)) {
    throw error;
  }
  console.log(`refused: ${error.name}`);
} finally {
  await client.close();
  await server.close();
}
