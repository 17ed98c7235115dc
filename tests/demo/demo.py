"""The demo: our clients against our servers, our client against others' servers, others' clients against ours.

Owns the order of the steps and the transcript. Must never speak the protocol itself: every step runs a program that
a user could run, and looks at what it prints. Exit status 1 when any step failed.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(os.environ["DOVETAIL_ROOT"])
TARGET = Path(os.environ["DOVETAIL_TARGET"])
PEERS = Path(os.environ["DOVETAIL_PEERS"])
HERE = Path(__file__).parent

STEP_TIMEOUT_S = 60
START_TIMEOUT_S = 30
LABEL = 54

QUESTION = {"city": "Oslo", "days": 3}
# What the example's formula gives for that question, in whatever form a program prints it.
HIGHS = r"\b(23)\b.*\b(24)\b.*\b(25)\b"

NODE = "node"
PYTHON = sys.executable
CLI = str(TARGET / "dovetail")


def example(language: str, name: str) -> str:
    """The path of an example, whatever its ending."""
    found = [p for p in sorted((ROOT / "examples" / language).glob(f"{name}.*")) if p.suffix in {".py", ".mjs", ".js"}]
    if not found:
        raise FileNotFoundError(f"examples/{language}/{name}.*")
    return str(found[0])


@dataclass(frozen=True)
class Target:
    """A server as the clients see it: a URL, or a command that each client starts for itself."""

    label: str
    url: str | None = None
    command: list[str] = field(default_factory=list)

    def args(self) -> list[str]:
        return [self.url] if self.url else ["--", *self.command]


def cli_call(target: Target, tool: str, arguments: object) -> list[str]:
    text = json.dumps(arguments)
    if target.url:
        return [CLI, "call", target.url, tool, text]
    return [CLI, "call", tool, text, "--", *target.command]


class Demo:
    """Runs the steps and writes the transcript."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.passed = 0
        self.failed: list[str] = []

    def title(self, text: str) -> None:
        print(f"\n{text}", flush=True)

    def step(self, label: str, command: list[str], expect: str) -> None:
        """Runs one program; it must exit with 0 and print something that `expect` (a pattern) matches."""
        began = time.monotonic()
        line, problem = "", ""
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=STEP_TIMEOUT_S, stdin=subprocess.DEVNULL, cwd=ROOT
            )
            match = re.search(expect, done.stdout)
            if done.returncode != 0:
                problem = f"exit status {done.returncode}"
            elif not match:
                problem = f"printed nothing that matches {expect!r}"
            else:
                line = " ".join(match.groups() or match.group().split())
            if problem:
                problem += "".join(f"\n      {row}" for row in (done.stdout + done.stderr).splitlines()[-12:])
        except subprocess.TimeoutExpired:
            problem = f"no answer within {STEP_TIMEOUT_S} s"
        except OSError as error:
            problem = f"{error}"
        seconds = time.monotonic() - began
        mark = "✗" if problem else "✓"
        print(f"  {mark} {seconds:5.2f} s  {label:<{LABEL}} {problem or line[:60]}", flush=True)
        if problem:
            self.failed.append(label)
        else:
            self.passed += 1

    def verdict(self) -> int:
        total, seconds = self.passed + len(self.failed), time.monotonic() - self.started
        print()
        if self.failed:
            print(f"demo failed: {len(self.failed)} of {total} steps in {seconds:.1f} s: {', '.join(self.failed)}")
            return 1
        print(f"demo passed: {total} of {total} steps in {seconds:.1f} s")
        return 0


@contextmanager
def running(command: list[str], ready: str, **environment: str) -> Iterator[str]:
    """Starts a server, waits for the line on stderr that `ready` matches, yields what its group caught, ends it."""
    server = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
        cwd=ROOT,
        start_new_session=True,
    )
    found: list[str] = []
    seen: list[str] = []
    settled = threading.Event()

    def read() -> None:
        assert server.stderr is not None
        for line in server.stderr:
            match = re.search(ready, line)
            if match and not found:
                found.append(match.group(1))
                settled.set()
            if not found:
                seen.append(line)
        settled.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        settled.wait(START_TIMEOUT_S)
        if not found:
            raise RuntimeError(f"{command[0]} did not say that it listens:\n{''.join(seen[-12:])}")
        yield found[0]
    finally:
        # The group is our own (a new session), so nothing else can be hit.
        for how, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
            if server.poll() is not None:
                break
            os.killpg(server.pid, how)
            try:
                server.wait(patience)
            except subprocess.TimeoutExpired:
                continue
        reader.join(5)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ours_with_ours(demo: Demo, targets: list[Target], client_c: str) -> None:
    demo.title("our clients, our servers: a three-day forecast")
    for target in targets:
        clients: dict[str, list[str]] = {
            "rust": cli_call(target, "weather", QUESTION),
            "python": [PYTHON, example("python", "client"), *target.args()],
            "node": [NODE, example("node", "client"), *target.args()],
            "c": [client_c, *target.args()],
        }
        for language, command in clients.items():
            demo.step(f"{language} → {target.label}", command, f"(?s){HIGHS}")


def ours_with_theirs(demo: Demo, stack: ExitStack) -> None:
    demo.title("our client, servers by others")
    packages = PEERS / "node" / "node_modules" / "@modelcontextprotocol"
    everything = str(packages / "server-everything" / "dist" / "index.js")
    echo = {"message": "a good joint needs no nails"}
    stdio = Target("server-everything, stdio", command=[NODE, everything, "stdio"])
    demo.step(f"rust → {stdio.label}", cli_call(stdio, "echo", echo), r".*needs no nails.*")

    port = free_port()
    label = "server-everything, http"
    try:
        stack.enter_context(running([NODE, everything, "streamableHttp"], r"(listening) on port", PORT=str(port)))
    except RuntimeError as error:
        demo.failed.append(label)
        print(f"  ✗ {label}: {error}")
    else:
        http = Target(label, url=f"http://127.0.0.1:{port}/mcp")
        demo.step(f"rust → {http.label}", cli_call(http, "echo", echo), r".*needs no nails.*")

    folder = Path(stack.enter_context(tempfile.TemporaryDirectory())).resolve()
    (folder / "note.txt").write_text("glue is for other joints\n")
    filesystem = Target(
        "server-filesystem, stdio",
        command=[NODE, str(packages / "server-filesystem" / "dist" / "index.js"), str(folder)],
    )
    demo.step(
        f"rust → {filesystem.label}",
        cli_call(filesystem, "read_text_file", {"path": str(folder / "note.txt")}),
        r".*other joints.*",
    )


def theirs_with_ours(demo: Demo, targets: list[Target]) -> None:
    demo.title("clients by others, our servers")
    clients = {
        "official python": [str(PEERS / "python" / "bin" / "python"), str(HERE / "official_client.py")],
        "official typescript": [NODE, str(HERE / "official_client.mjs")],
    }
    call = ["weather", json.dumps(QUESTION)]
    for target in targets:
        for name, command in clients.items():
            for mode in ("legacy", "auto"):
                demo.step(
                    f"{name} ({mode}) → {target.label}",
                    [*command, mode, *call, *target.args()],
                    rf"(?s)(\d{{4}}-\d\d-\d\d) .*?{HIGHS}",
                )


def main() -> int:
    demo = Demo()
    client_c = str(ROOT / "target" / "c" / "examples" / "c" / "client")
    with ExitStack() as stack:
        demo.title("servers")
        url = stack.enter_context(
            running([PYTHON, example("python", "weather"), "--http", "127.0.0.1:0"], r"listening on (http://\S+)")
        )
        print(f"  python example listens on {url}; the node example is started by each client", flush=True)
        targets = [
            Target("python example, http", url=url),
            Target("node example, stdio", command=[NODE, example("node", "weather")]),
        ]
        ours_with_ours(demo, targets, client_c)
        ours_with_theirs(demo, stack)
        theirs_with_ours(demo, targets)
    return demo.verdict()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (FileNotFoundError, RuntimeError) as error:
        sys.exit(f"demo failed before its first step: {error}")
