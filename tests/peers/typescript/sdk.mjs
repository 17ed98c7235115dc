// Where the packages of the official TypeScript SDK are: beside the other programs by others, see tests/setup/peers.sh.
import { createRequire } from "node:module";

const folder = process.env.DOVETAIL_PEERS ?? new URL("../../../.dovetail/peers", import.meta.url).pathname;

/** Loads a package of the SDK. */
export const load = createRequire(`${folder}/node/package.json`);
