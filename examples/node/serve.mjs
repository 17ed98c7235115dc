// Where an example is served: stdio without an argument, HTTP with `--http HOST:PORT`.

/** @param {import("dovetail-mcp").Server} server */
export async function serve(server) {
  const [mode, address] = process.argv.slice(2);
  if (mode === undefined) {
    await server.stdio();
  } else if (mode === "--http" && address !== undefined) {
    const { url, ended } = await server.serve({ http: address });
    console.error(`listening on ${url}`);
    await ended;
  } else {
    console.error("usage: [--http HOST:PORT]");
    process.exitCode = 2;
  }
}
