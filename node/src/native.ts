/**
 * Owns the native module: where it lies, what it offers, how its errors become ours. Nothing else loads it.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";

import { DovetailError, type ErrorBody } from "./errors.js";
import { CONTRACT_VERSION } from "./generated/codes.js";

/** JSON text, or its bytes. */
export type Json = string | Uint8Array;

export interface NativeRuntime {
  takeReady(): number[];
}

export interface NativeSession {
  readonly number: number;
  serve(key: number, config: Json): void;
  update(json: Json): void;
  request(key: number, operation: string, params?: Json, options?: Json): void;
  exchange(key: number, head: Json, body: Json): void;
  proceed(call: number, key: number, patch?: Json): void;
  nextEvents(max: number): string;
  announce(): void;
  reply(call: number, shape: number, json: Json): void;
  replyBatch(json: Json): number;
  replyTexts(head: Json, texts: Uint8Array): number;
  fail(call: number, json: Json): void;
  progress(call: number, json: Json): void;
  log(call: number, json: Json): void;
  record(call: number, json: Json): void;
  ask(call: number, key: number, question: Json): void;
  callInfo(call: number): string;
  cancel(key: number): void;
  close(key: number, deadlineMs: number): void;
  status(): string;
}

export interface NativeModule {
  contractVersion(): number;
  runtimeNew(wake: () => void): NativeRuntime;
  runtimeDefault(wake: () => void): NativeRuntime;
  runtimeShutdown(runtime: NativeRuntime, deadlineMs: number): void;
  serverOpen(runtime: NativeRuntime, config: Json): NativeSession;
  clientOpen(runtime: NativeRuntime, key: number, config: Json, server?: NativeSession): NativeSession;
  /** In development builds only. */
  testkitOpen?(runtime: NativeRuntime): NativeSession;
}

const root = join(__dirname, "..");

/** Where a native module may lie: a development build first, then the one that the package ships. */
function candidates(): string[] {
  return [
    join(root, "native", "dovetail.node"),
    join(root, "prebuilds", `${process.platform}-${process.arch}`, "dovetail.node"),
  ];
}

function load(): NativeModule {
  const platform = `${process.platform}-${process.arch}`;
  const found = candidates().find((path) => existsSync(path));
  let module: NativeModule;
  if (found) {
    module = require(found);
  } else {
    const name = `@dovetail-mcp/native-${platform}`;
    try {
      module = require(name);
    } catch (cause) {
      throw new Error(
        `dovetail-mcp has no native module for ${platform}: neither in the package nor as ${name}`,
        { cause },
      );
    }
  }
  if (module.contractVersion() !== CONTRACT_VERSION) {
    throw new Error(
      `dovetail-mcp needs a native module of contract ${CONTRACT_VERSION}, but found contract ` +
        `${module.contractVersion()}; reinstall the package`,
    );
  }
  return module;
}

export const native: NativeModule = load();

/** Runs a native function; its error, a JSON body, is thrown as a `DovetailError`. */
export function calling<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw translated(thrown);
  }
}

/** As `calling`, for an answer or a cancellation that may come too late: then nothing happens. */
export function answering(work: () => void): void {
  try {
    calling(work);
  } catch (thrown) {
    if (!(thrown instanceof DovetailError && (thrown.name === "stale_call" || thrown.name === "closed"))) {
      throw thrown;
    }
  }
}

/** The error that a native function threw, as users see it. */
export function translated(thrown: unknown): unknown {
  if (thrown instanceof Error && thrown.message.startsWith("{")) {
    try {
      return DovetailError.of(JSON.parse(thrown.message) as ErrorBody);
    } catch {
      // Not a body after all: a conversion error of the native layer, which is a fault of this package.
    }
  }
  return thrown;
}
