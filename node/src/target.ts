/**
 * Owns what a client can connect to. A string is only ever an http(s) URL: starting a process needs a
 * `Command`, whose arguments no shell sees and nobody splits.
 */

export interface CommandOptions {
  /** Environment variables beside the few that every child gets (PATH, HOME, LANG, …). */
  readonly env?: Readonly<Record<string, string>>;
  /** Working directory. Default: this process's. */
  readonly cwd?: string;
}

/** A server to be started as a child process and spoken to over stdio. */
export class Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;

  constructor(program: string, args: readonly string[] = [], { env = {}, cwd }: CommandOptions = {}) {
    this.program = program;
    this.args = [...args];
    this.env = { ...env };
    this.cwd = cwd;
  }
}
