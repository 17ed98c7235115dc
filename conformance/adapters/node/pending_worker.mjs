// A worker that is ended with everything outstanding: operations, an unanswered call, events that nobody fetched.
import { parentPort } from "node:worker_threads";

import { native } from "../../../node/dist/native.js";

const runtime = native.runtimeDefault(() => {
  runtime.takeReady();
  parentPort.postMessage("woken");
});
const session = native.testkitOpen(runtime);
session.request(1, "never");
session.request(2, "call", JSON.stringify({ target: 0, arguments: {} }));
session.request(3, "flood", JSON.stringify({ count: 1_000 }));
// Keeps the worker alive until it is terminated.
setInterval(() => session.status(), 60_000);
