#!/usr/bin/env python3
"""The README's programs: each block is the file it names, and each language's client calls its server.

    tests/quickstart.py [--surfaces rust,python,…]

Needs the surfaces to be built. Prints one line a check and `quickstart: N passed, N failed`.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
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

BLOCK = re.compile(r"^<!-- (?P<path>\S+) -->\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks_differ() -> list[str]:
    """The files whose text is not what the README shows; and files of the examples that it does not show."""
    readme = (ROOT / "README.md").read_text()
    shown = {match["path"]: match["text"] for match in BLOCK.finditer(readme)}
    wanted = {
        str(path.relative_to(ROOT))
        for path in ROOT.glob("examples/*/quickstart*/*")
        if path.is_file() and "node_modules" not in path.parts and path.suffix != ".pyc"
    }
    wrong = sorted(wanted ^ shown.keys())
    wrong += sorted(path for path in wanted & shown.keys() if (ROOT / path).read_text() != shown[path])
    return wrong


def fault_of(surface: str) -> str | None:
    """Runs a surface's client against its server; what went wrong, if anything did."""
    folder, words = PROGRAMS[surface]
    try:
        ended = subprocess.run(
            words, cwd=ROOT / folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if ended.returncode != 0 or ended.stdout.strip() != "3":
        return f"exit {ended.returncode}, printed {ended.stdout!r}, errors {ended.stderr!r}"
    return None


def main() -> int:
    """Checks what the arguments name."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--surfaces", default=",".join(PROGRAMS))
    surfaces = parser.parse_args().surfaces.split(",")
    faults = {"README.md": ", ".join(blocks_differ()) or None} | {surface: fault_of(surface) for surface in surfaces}
    for name, fault in faults.items():
        print(f"quickstart of {name}: {'ok' if fault is None else f'FAILED: {fault}'}")
    failed = sum(fault is not None for fault in faults.values())
    print(f"quickstart: {len(faults) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
