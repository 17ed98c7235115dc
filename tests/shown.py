#!/usr/bin/env python3
"""The programs that documents show, run: each language's quickstart client calls its server, and each guide program
prints what its page says. The documents must show the programs as they are.

    tests/shown.py [--surfaces rust,python,…] [--only TEXT]

Needs the surfaces to be built. Prints one line a check and `shown programs: N passed, N failed`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable

import documents

ROOT = documents.ROOT
SWIFT = [str(ROOT / "tests/setup/swift-run.sh"), str(ROOT / ".dovetail/swift-build/examples/debug/quickstart-")]
KOTLIN = ["java", f"@{ROOT}/kotlin/target/run.args", "dev.dovetail.examples.quickstart."]
SECONDS = 60

# Where a surface's programs are, and the words that start its client.
PROGRAMS: dict[str, tuple[str, list[str]]] = {
    "rust": (".", ["target/debug/quickstart-client", "target/debug/quickstart-server"]),
    "python": ("examples/python/quickstart", ["python", "client.py"]),
    "node": ("examples/node/quickstart", ["node", "client.mjs"]),
    "swift": (".", [SWIFT[0], SWIFT[1] + "client", SWIFT[0], SWIFT[1] + "server"]),
    "kotlin": (".", [*KOTLIN[:2], KOTLIN[2] + "client.ClientKt", *KOTLIN[:2], KOTLIN[2] + "server.ServerKt"]),
    "cpp": (".", ["target/c/quickstart/client", "target/c/quickstart/server"]),
}


def fault_of(words: list[str], folder: str, prints: str) -> str | None:
    """Runs a program; what went wrong, if anything did."""
    try:
        ended = subprocess.run(
            words, cwd=ROOT / folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if ended.returncode != 0 or ended.stdout.strip() != prints.strip():
        return f"exit {ended.returncode}, printed {ended.stdout!r}, errors {ended.stderr!r}"
    return None


def quickstart(surface: str) -> str | None:
    """The surface's client against its server."""
    folder, words = PROGRAMS[surface]
    return fault_of(words, folder, "3")


def guide(surface: str, feature: str) -> str | None:
    """A guide program against what its page says."""
    programs = json.loads((ROOT / f"conformance/adapters/{surface}/run.json").read_text())
    if "guide" not in programs:
        return "run.json has no command for guide programs"
    places = {"{root}": str(ROOT), "{feature}": feature, "{Feature}": feature.title()}
    words = []
    for word in programs["guide"]:
        for place, value in places.items():
            word = word.replace(place, value)
        words.append(word)
    return fault_of(words, ".", (ROOT / f"examples/guide/{feature}.txt").read_text())


def main() -> int:
    """Checks what the arguments name."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--surfaces", default=",".join(PROGRAMS))
    parser.add_argument("--only", default="", help="part of a check's name")
    arguments = parser.parse_args()
    failed = passed = 0

    def report(name: str, check: Callable[[], str | None]) -> None:
        nonlocal failed, passed
        if arguments.only not in name:
            return
        fault = check()
        print(f"{name}: {'ok' if fault is None else f'FAILED: {fault}'}", flush=True)
        failed, passed = failed + (fault is not None), passed + (fault is None)

    for document, fault in documents.faults().items():
        report(document, lambda fault=fault: fault)
    for surface in arguments.surfaces.split(","):
        report(f"quickstart of {surface}", lambda surface=surface: quickstart(surface))
        for feature in documents.features():
            report(f"guide {feature} of {surface}", lambda surface=surface, feature=feature: guide(surface, feature))
    print(f"shown programs: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
