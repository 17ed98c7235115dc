#!/usr/bin/env python3
"""What documents show of programs: the README's blocks are the files they name, and each guide page ends with its program.

    tests/documents.py            # checks; one line for each document that shows something else
    tests/documents.py --write    # puts right what can be put right

Must never: hold a program's text itself.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GUIDE = ROOT / "docs/guide"

# The heading, the fence and the file of a guide program in each language, in the order of the pages.
LANGUAGES: dict[str, tuple[str, str, str]] = {
    "python": ("Python", "python", "examples/python/guide/{name}_example.py"),
    "node": ("Node", "js", "examples/node/guide/{name}.mjs"),
    "rust": ("Rust", "rust", "examples/rust/guide/{name}.rs"),
    "swift": ("Swift", "swift", "examples/swift/guide/{name}.swift"),
    "kotlin": ("Kotlin", "kotlin", "examples/kotlin/guide/{title}.kt"),
    "cpp": ("C++", "cpp", "examples/cpp/guide/{name}.cpp"),
}

# Everything after it is written by this program.
MARK = "<!-- the programs -->\n"

BLOCK = re.compile(r"^<!-- (?P<path>\S+) -->\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def features() -> list[str]:
    """The features that have a guide program, by what it prints."""
    return sorted(path.stem for path in (ROOT / "examples/guide").glob("*.txt"))


def program_of(language: str, feature: str) -> Path:
    """The file of a language's program for a feature."""
    return ROOT / LANGUAGES[language][2].format(name=feature, title=feature.title())


def block(fence: str, path: Path) -> str:
    """A fenced block that names its file."""
    return f"<!-- {path.relative_to(ROOT)} -->\n```{fence}\n{path.read_text()}```\n"


def tail(feature: str) -> str:
    """The part of a guide page that shows the programs."""
    parts = [MARK, "\nPrints, in every language:\n\n", block("text", ROOT / f"examples/guide/{feature}.txt")]
    for language, (heading, fence, _) in LANGUAGES.items():
        parts.append(f"\n### {heading}\n\n{block(fence, program_of(language, feature))}")
    return "".join(parts)


def page_of(feature: str) -> Path:
    """Where the page of a feature is."""
    return GUIDE / f"{feature}.md"


def as_it_should_be(feature: str) -> str:
    """A guide page with its programs as they are now."""
    written, mark, _ = page_of(feature).read_text().partition(MARK)
    if not mark:
        raise ValueError(f"has no line {MARK.strip()!r}")
    return written + tail(feature)


def fault_of_page(feature: str, write: bool) -> str | None:
    """What is wrong with a guide page."""
    try:
        wanted = as_it_should_be(feature)
    except (OSError, ValueError) as error:
        return str(error)
    if page_of(feature).read_text() == wanted:
        return None
    if write:
        page_of(feature).write_text(wanted)
        return None
    return "does not show the programs as they are; run make fix"


def fault_of_readme() -> str | None:
    """The files whose text is not what the README shows; and files of the examples that it does not show."""
    shown = {match["path"]: match["text"] for match in BLOCK.finditer((ROOT / "README.md").read_text())}
    wanted = {
        str(path.relative_to(ROOT))
        for path in ROOT.glob("examples/*/quickstart*/*")
        if path.is_file() and "node_modules" not in path.parts and path.suffix != ".pyc"
    }
    wrong = sorted(wanted ^ shown.keys())
    wrong += sorted(path for path in wanted & shown.keys() if (ROOT / path).read_text() != shown[path])
    return ", ".join(wrong) or None


def faults(write: bool = False) -> dict[str, str | None]:
    """All documents with what is wrong with each."""
    pages = {str(page_of(feature).relative_to(ROOT)): fault_of_page(feature, write) for feature in features()}
    unknown = {path.stem for path in GUIDE.glob("*.md")} - set(features()) - {"README"}
    pages |= {f"docs/guide/{name}.md": "there is no such program" for name in sorted(unknown)}
    return {"README.md": fault_of_readme()} | pages


def main() -> int:
    """Checks, or writes."""
    found = faults(write="--write" in sys.argv[1:])
    wrong = {name: fault for name, fault in found.items() if fault is not None}
    for name, fault in wrong.items():
        print(f"{name}: {fault}")
    print(f"documents: {len(found) - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
