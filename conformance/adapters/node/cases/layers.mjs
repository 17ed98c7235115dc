// The two layers of the shared cases, for servers and clients alike.
import { DovetailError } from "../../../../node/dist/index.mjs";

const TOOL_CALL = "tools/call";
const text = (text) => ({ content: [{ type: "text", text }] });

/** What the layers of one server or client saw. */
export class Journal {
  #entries = [];

  add(entry) {
    this.#entries.push(entry);
  }

  /** Its entries; it is empty afterwards. */
  take() {
    return this.#entries.splice(0);
  }
}

/** What a layer does to a call of `add`, by the argument `a`. */
const deeds = {
  outer: {
    100: ({ params }, next) => next({ ...params, arguments: { ...params.arguments, a: 200 } }),
    104: async (_message, next) => {
      await next();
      return text("changed");
    },
  },
  inner: {
    101: () => text("own answer"),
    102: () => {
      throw new DovetailError("forbidden", "refused by a layer");
    },
    103: () => {
      throw new Error("secret");
    },
  },
};

function noting(name, journal) {
  return async (message, next) => {
    const { method, params, notification } = message;
    if (notification) {
      journal.add(`${name} ${method}`);
      return name === "inner" && params?.uri === "note://dropped" ? undefined : next();
    }
    if (method !== TOOL_CALL || params.name === "journal") {
      return next();
    }
    journal.add(`${name} ${method}`);
    const deed = params.name === "add" ? deeds[name][params.arguments?.a] : undefined;
    const onwards = async (changed) => {
      try {
        const result = await next(changed);
        journal.add(`${name} done`);
        return result;
      } catch (error) {
        journal.add(`${name} ${error.name}`);
        throw error;
      }
    };
    return deed ? deed(message, onwards) : onwards();
  };
}

/** Both, the outer one first. */
export const layers = (journal) => ["outer", "inner"].map((name) => noting(name, journal));
