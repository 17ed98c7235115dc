/**
 * Owns what a client can connect to. A string is only ever an http(s) URL: starting a process needs a
 * `Command`, whose arguments no shell sees and nobody splits.
 */

export interface CommandOptions {
  /** Environment variables beside the few that every child gets (PATH, HOME, LANG, …). */
  readonly env?: Readonly<Record<string, string>>;
  /** Working directory. Default: this process's. */
  readonly cwd?: string;
  /**
   * Whether a program that ends at the first question, before it has said anything, is started once more and spoken
   * to in the old way. Default: yes.
   */
  readonly respawn?: boolean;
}

/** A server to be started as a child process and spoken to over stdio. */
export class Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
  readonly respawn: boolean;

  constructor(program: string, args: readonly string[] = [], { env = {}, cwd, respawn = true }: CommandOptions = {}) {
    this.program = program;
    this.args = [...args];
    this.env = { ...env };
    this.cwd = cwd;
    this.respawn = respawn;
  }
}
