#!/usr/bin/env python3
"""The official conformance suite against our everything programs, in the strict way.

    conformance/run.py [--surfaces rust,python,…] [--versions 2025-11-25,…] [--server-only]

Needs the surfaces to be built and the suite to be installed (tests/setup/conformance.sh). Owns: which scenarios have
to run, and what counts as passed: no failure, no warning, no client that ends badly, nothing skipped but what
inapplicable.toml lists, and not fewer checks than we have seen pass. Must never: run two scenarios at once, or outside
a network namespace of its own, because the suite's mock servers listen on every interface.

Prints a line per leg and `conformance: N passed, N failed`, in scenarios. A full run of a surface writes its rows of
RESULTS.md.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import re
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import tomllib
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from queue import Empty, Queue
from typing import Iterator

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".dovetail/conformance"
PACKAGE = STATE / "node_modules/@modelcontextprotocol/conformance"
SUITE = ["node", str(PACKAGE / "dist/index.js")]
SURFACES = ["rust", "python", "node", "swift", "kotlin", "cpp"]

# Per revision, the checks that a server passes at least: what the suite of this version has for it.
LEAST = {"2025-03-26": 3, "2025-06-18": 56, "2025-11-25": 84, "2026-07-28": 152}

START_SECONDS = 60
STOP_SECONDS = 10
CLIENT_SECONDS = 90
SERVER_SECONDS = 600

SCENARIO = re.compile(r"^  - (?P<name>\S+) \[(?P<at>[^\]]*)\]$", re.MULTILINE)
STAMP = re.compile(r"-\d{4}-\d\d-\d\dT[\dZ-]+$")
LISTENING = re.compile(r"listening on (\S+)")


@dataclass
class Leg:
    """One program at one revision: what passed, what is wrong, and how long it took."""

    surface: str
    role: str
    version: str
    scenarios: int = 0
    checks: int = 0
    faults: dict[str, list[str]] = field(default_factory=dict)
    seconds: float = 0.0

    def fault(self, scenario: str, text: str) -> None:
        """Notes what is wrong with a scenario; an empty name stands for the whole leg."""
        self.faults.setdefault(scenario, []).append(text)

    @property
    def passed(self) -> int:
        """The scenarios without a fault."""
        return self.scenarios - sum(1 for name in self.faults if name)

    def __str__(self) -> str:
        state = f"FAILED ({len(self.faults)})" if self.faults else "ok"
        return (
            f"{self.surface} {self.role} {self.version}: {state}, {self.checks} checks in {self.scenarios} scenarios, "
            f"{self.seconds:.0f} s"
        )


class Plan:
    """The scenarios of the suite and the written exceptions."""

    def __init__(self) -> None:
        written = tomllib.loads((ROOT / "conformance/inapplicable.toml").read_text())
        self._left_out: list[dict[str, str]] = written.get("scenario", [])
        self._skippable: list[dict[str, str]] = written.get("check", [])
        self._all = {role: self._list(role) for role in ("server", "client")}

    @staticmethod
    def _list(role: str) -> dict[str, list[str]]:
        listed = subprocess.run([*SUITE, "list", f"--{role}"], capture_output=True, text=True, check=True, timeout=60)
        found = {match["name"]: match["at"].split(",") for match in SCENARIO.finditer(listed.stdout)}
        if not found:
            raise SystemExit(f"the suite lists no {role} scenarios: {listed.stdout!r}")
        return found

    def _excepted(self, role: str, name: str) -> bool:
        return any(entry["role"] == role and fnmatchcase(name, entry["name"]) for entry in self._left_out)

    def scenarios(self, role: str, version: str) -> list[str]:
        """What has to run, in the suite's order."""
        return [name for name, at in self._all[role].items() if version in at and not self._excepted(role, name)]

    def skippable(self, role: str, scenario: str) -> list[dict[str, str]]:
        """The checks of a scenario that the written list allows to be skipped."""
        return [entry for entry in self._skippable if (entry["role"], entry["scenario"]) == (role, scenario)]

    def faults(self) -> list[str]:
        """Where the list and the suite do not agree."""
        wrong = [
            f"inapplicable.toml: {entry['role']} {entry['name']} matches no scenario"
            for entry in self._left_out
            if not any(fnmatchcase(name, entry["name"]) for name in self._all[entry["role"]])
        ]
        wrong += [
            f"{role} {name} runs at no revision and is not in inapplicable.toml"
            for role, known in self._all.items()
            for name, at in known.items()
            if not LEAST.keys() & set(at) and not self._excepted(role, name)
        ]
        return wrong


def programs(surface: str) -> dict[str, list[str]]:
    """How a surface's programs are started."""
    text = (ROOT / "conformance/adapters" / surface / "run.json").read_text()
    words: dict[str, list[str]] = json.loads(text.replace("{root}", str(ROOT)))
    return words


@contextmanager
def running(words: list[str], log: Path) -> Iterator[str]:
    """Runs a server; gives the URL that it prints."""
    child = subprocess.Popen(
        [*words, "--http", "127.0.0.1:0"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    found: Queue[str | None] = Queue()

    def drain() -> None:
        assert child.stdout is not None, "it was opened as a pipe"
        with log.open("w") as kept:
            for line in child.stdout:
                kept.write(line)
                kept.flush()
                if match := LISTENING.search(line):
                    found.put(match[1])
        found.put(None)

    reader = threading.Thread(target=drain, daemon=True)
    reader.start()
    try:
        try:
            url = found.get(timeout=START_SECONDS)
        except Empty:
            url = None
        if url is None:
            raise RuntimeError(f"the server did not start, see {log}")
        yield url
    finally:
        # A starter script may have children of its own; the group has nothing else in it.
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(child.pid, number)
                child.wait(STOP_SECONDS)
                break
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        reader.join(STOP_SECONDS)


def suite(words: list[str], log: Path, seconds: int) -> str | None:
    """Runs the suite; what its end says against the program, if anything."""
    with log.open("w") as kept:
        child = subprocess.Popen(
            [*SUITE, *words], stdin=subprocess.DEVNULL, stdout=kept, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            status = child.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            return f"no end after {seconds} s, see {log}"
    return f"exit {status}, see {log}" if status else None


def judge(leg: Leg, plan: Plan, scenario: str, written: Path) -> None:
    """Reads what the suite wrote about one scenario."""
    passed, expected = 0, plan.skippable(leg.role, scenario)
    for check in json.loads(written.read_text()):
        status, name = check["status"], check["id"]
        why = check.get("errorMessage") or check.get("description", "")
        listed = [entry for entry in expected if status == "SKIPPED" and entry["id"] == name and entry["says"] in why]
        if status == "SUCCESS":
            passed += 1
        elif listed:
            expected.remove(listed[0])
        elif status != "INFO":
            leg.fault(scenario, f"{name}: {status}: {why[:300]}")
    for entry in expected:
        leg.fault(scenario, f"{entry['id']}: inapplicable.toml says that it is skipped ({entry['says']}), but it is not")
    if not passed:
        leg.fault(scenario, "no check passed")
    leg.scenarios += 1
    leg.checks += passed


def server_leg(leg: Leg, plan: Plan, words: list[str], out: Path) -> None:
    """All scenarios of a revision against a running server."""
    empty = STATE / "expected-failures.yml"
    empty.write_text("")
    with running(words, out / "program.log") as url:
        ended = suite(
            [
                *("server", "--url", url, "--suite", "all", "--spec-version", leg.version),
                *("--expected-failures", str(empty), "-o", str(out)),
            ],
            out / "suite.log",
            SERVER_SECONDS,
        )
    due = set(plan.scenarios("server", leg.version))
    for written in sorted(out.glob("server-*/checks.json")):
        scenario = STAMP.sub("", written.parent.name.removeprefix("server-"))
        if scenario in due:
            due.remove(scenario)
            judge(leg, plan, scenario, written)
    for scenario in due:
        leg.scenarios += 1
        leg.fault(scenario, "was not run")
    if ended and not leg.faults:
        leg.fault("", ended)
    if leg.checks < LEAST[leg.version]:
        leg.fault("", f"{leg.checks} checks passed, expected at least {LEAST[leg.version]}")


def client_leg(leg: Leg, plan: Plan, words: list[str], out: Path) -> None:
    """Each scenario of a revision with a client process of its own; its exit status counts then."""
    for scenario in plan.scenarios("client", leg.version):
        folder = out / scenario.replace("/", "-")
        folder.mkdir()
        ended = suite(
            [
                *("client", "--command", shlex.join(words), "--scenario", scenario),
                *("--spec-version", leg.version, "-o", str(folder)),
            ],
            folder / "suite.log",
            CLIENT_SECONDS,
        )
        found = list(folder.rglob("checks.json"))
        if len(found) == 1:
            judge(leg, plan, scenario, found[0])
        else:
            leg.scenarios += 1
            leg.fault(scenario, f"{len(found)} results where there should be one")
        if ended:
            leg.fault(scenario, ended)


def run(surface: str, role: str, version: str, plan: Plan) -> Leg:
    """One leg. What goes wrong with it is in it."""
    leg = Leg(surface, role, version)
    out = STATE / "out" / f"{surface}-{role}-{version}"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    began = time.monotonic()
    try:
        words = programs(surface)[f"everything-{role}"]
        (server_leg if role == "server" else client_leg)(leg, plan, words, out)
    except KeyError as error:
        leg.fault("", f"run.json has no {error}")
    except (OSError, RuntimeError) as error:
        leg.fault("", str(error))
    leg.seconds = time.monotonic() - began
    return leg


def write_results(legs: list[Leg], version_of_suite: str) -> None:
    """Writes the rows of these legs; the rows of other surfaces stay, when they are about the same suite."""
    path = ROOT / "conformance/RESULTS.md"
    title = f"# Results of the official conformance suite {version_of_suite}\n"
    rows: dict[str, list[str]] = {}
    if path.exists() and (text := path.read_text()).startswith(title):
        for line in text.splitlines():
            if (name := line.strip("| ").split(" ")[0]) in SURFACES:
                rows.setdefault(name, []).append(line)
    for surface in {leg.surface for leg in legs}:
        rows[surface] = [
            f"| {leg.surface} | {leg.version} | {leg.role} | {leg.checks} | {leg.scenarios} | "
            f"{len(leg.faults)} | {leg.seconds:.0f} s |"
            for leg in legs
            if leg.surface == surface
        ]
    text = (
        title
        + "\nWritten by `make conformance`: no failure, no warning, nothing skipped without a written\n"
        + "reason; clients have to end well. What is not run or skipped, and why: [inapplicable.toml](inapplicable.toml).\n\n"
        + "| surface | revision | role | checks passed | scenarios | faults | time |\n|---|---|---|---|---|---|---|\n"
    )
    path.write_text(text + "".join(line + "\n" for surface in SURFACES for line in rows.get(surface, [])))


def enter_namespace() -> None:
    """Goes on inside a network namespace that has only a loopback, or ends the program."""
    inside = "DOVETAIL_NETWORK_NAMESPACE"
    if inside in os.environ:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            # SIOCGIFFLAGS and SIOCSIFFLAGS with IFF_UP: `ip link set lo up`, where there may be no `ip`.
            name, flags = struct.unpack("16sh", fcntl.ioctl(any_socket, 0x8913, struct.pack("16sh", b"lo", 0)))
            fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh", name, flags | 1))
        return
    # Without root, a user namespace gives the right, where the system allows one.
    for words in (["unshare", "-n"], ["unshare", "-r", "-n"]):
        if shutil.which(words[0]) and subprocess.run([*words, "true"], capture_output=True).returncode == 0:
            os.environ[inside] = "1"
            os.execvp(words[0], [*words, sys.executable, *sys.argv])
    print("conformance: no network namespace may be made here (unshare -n)", flush=True)
    if os.environ.get("CI"):
        print("conformance: 0 passed, 1 failed")
        raise SystemExit(1)
    print("conformance: 0 passed, 0 failed, 1 skipped")
    raise SystemExit(0)


def main() -> int:
    """Runs what the arguments name."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--surfaces", default=",".join(SURFACES))
    parser.add_argument("--versions", default=",".join(LEAST))
    parser.add_argument("--server-only", action="store_true")
    options = parser.parse_args()
    surfaces, versions = options.surfaces.split(","), options.versions.split(",")
    for name in [*(set(surfaces) - set(SURFACES)), *(set(versions) - LEAST.keys())]:
        parser.error(f"{name!r} is neither a surface nor a revision of the suite")

    began = time.monotonic()
    # The set-up's own Node, where the system's is too old for the suite.
    os.environ["PATH"] = f"{ROOT / '.dovetail/node/bin'}{os.pathsep}{os.environ['PATH']}"
    enter_namespace()
    plan = Plan()
    legs: list[Leg] = []
    passed, failed = 0, 0
    for fault in plan.faults():
        print(f"  ✗ {fault}")
        failed += 1
    roles = ["server"] if options.server_only else ["server", "client"]
    for surface, role, version in ((s, r, v) for s in surfaces for r in roles for v in versions):
        if not plan.scenarios(role, version):
            continue
        leg = run(surface, role, version, plan)
        legs.append(leg)
        passed, failed = passed + leg.passed, failed + len(leg.faults)
        print(leg)
        for scenario, texts in leg.faults.items():
            for text in texts:
                print(f"  ✗ {scenario or 'the leg'}: {text}")
        sys.stdout.flush()
    if roles[1:] and versions == list(LEAST):
        write_results(legs, json.loads((PACKAGE / "package.json").read_text())["version"])
    print(f"all in {time.monotonic() - began:.0f} s")
    print(f"conformance: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
