#!/usr/bin/env python3
"""Tests the documents: docs_test.py [--no-commands] [FILE.md…]; all tracked ones without any.

- Every ```sh block runs from the repository's root and must succeed, unless the comment above it
  says who runs it instead or why nobody can:
      <!-- run by: STAGE -->        a stage of .ci/run
      <!-- not run: REASON -->
- Every block below <!-- from: PATH --> stands in that file, word for word, so it is compiled there.
- Every `./dev COMMAND --option` in the text exists, and every relative link leads somewhere.

Prints "N passed, N failed". Exit codes: 0, 1 a failure, 2 usage.
"""
import argparse
import dataclasses
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^```(?P<language>\w*)[^\n]*\n(?P<body>.*?)^```\s*$", re.MULTILINE | re.DOTALL)
NOTE = re.compile(r"<!--\s*(?P<kind>run by|not run|from):\s*(?P<value>[^>]*?)\s*-->\s*\Z")
DEV = re.compile(r"\./dev +([a-z]+)((?: +--[a-z-]+)*)")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)\s#]+)")
STAGE = re.compile(r"^stage (\S+)", re.MULTILINE)
SECONDS_MAX = 1200


@dataclasses.dataclass(frozen=True)
class Block:
    path: str
    line: int
    language: str
    body: str
    kind: str   # "", "run by", "not run" or "from"
    value: str

    @property
    def name(self):
        return f"{self.path}:{self.line}"


def blocks_of(path, text):
    for match in FENCE.finditer(text):
        note = NOTE.search(text[:match.start()])
        yield Block(path, text.count("\n", 0, match.start()) + 1, match["language"], match["body"],
                    note["kind"] if note else "", note["value"] if note else "")


def problem_of(block, root, stages):
    """Why a block that is not run here may not stand; None if it may."""
    if block.kind == "from":
        source = root / block.value
        if not source.is_file():
            return f"there is no {block.value}"
        if block.body.strip() not in source.read_text(encoding="utf-8"):
            return f"{block.value} reads differently"
    if block.kind == "run by" and block.value not in stages:
        return f".ci/run has no stage '{block.value}'; it has {', '.join(sorted(stages))}"
    if block.kind == "not run" and len(block.value) < 10:
        return "say why it is not run"
    return None


def run(block):
    result = subprocess.run(["bash", "-euo", "pipefail", "-c", block.body], cwd=ROOT,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, timeout=SECONDS_MAX, check=False)
    if result.returncode:
        tail = "\n".join(result.stdout.splitlines()[-15:])
        return f"exit code {result.returncode}\n{block.body}{tail}"
    return None


def problems_in_text(path, text, root):
    """Commands and links that lead nowhere."""
    for match in DEV.finditer(text):
        script = root / "ci" / "dev" / f"{match[1]}.sh"
        if not script.is_file():
            yield f"{path}: ./dev has no command '{match[1]}'"
            continue
        # The options of sim and bench belong to the programs they start.
        known = script.read_text(encoding="utf-8") + "--yes --help"
        for option in match[2].split():
            if option not in known and match[1] not in ("sim", "bench"):
                yield f"{path}: ./dev {match[1]} has no {option}"
    for match in LINK.finditer(FENCE.sub("", text)):
        if not (root / path).parent.joinpath(match[1]).exists():
            yield f"{path}: {match[1]} does not exist"


def documents():
    output = subprocess.run(["git", "-C", str(ROOT), "ls-files", "--cached", "--others",
                             "--exclude-standard", "*.md"],
                            capture_output=True, text=True, check=True).stdout
    return output.split()


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-commands", action="store_true", help="read only; run nothing")
    parser.add_argument("files", nargs="*")
    options = parser.parse_args(arguments)
    stages = set(STAGE.findall((ROOT / ".ci/run").read_text(encoding="utf-8")))
    passed, failures = 0, []
    for path in options.files or documents():
        text = (ROOT / path).read_text(encoding="utf-8")
        found = list(problems_in_text(path, text, ROOT))
        failures += found
        passed += not found
        for block in blocks_of(path, text):
            runs = block.language == "sh" and not block.kind
            if runs and options.no_commands or not runs and not block.kind:
                continue
            problem = run(block) if runs else problem_of(block, ROOT, stages)
            if problem:
                failures.append(f"{block.name}: {problem}")
            else:
                passed += 1
    for failure in failures:
        print(f"FAILED   {failure}")
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
