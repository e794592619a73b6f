#!/usr/bin/env python3
"""The repository's own rules (ARCHITECTURE.md, STYLE.md), as a program that can say no.

  ci/tidy.py                            every tracked file
  ci/tidy.py --libraries build/dev      and the link-time gate over the libraries built there

Prints file:line: check: sentence. Exit codes: 0 clean, 1 findings, 2 usage.
"""
import argparse
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "ci"))

from tidy_checks import calls, coawait, installed, layers, shape, symbols  # noqa: E402
from tidy_checks.source import Source  # noqa: E402

# (check, path, a part of the finding's line or "", why). An entry that excuses nothing is itself a
# finding, so the list cannot grow old.
ALLOWED = [
    ("co_await", "transport/coroutine_lifetime_test.cc", "",
     "shows what compilers make of the shapes that the lint refuses"),
    ("cmake", "ci/cmake/TarsierHeaders.cmake", "GLOB",
     "compiles each header by itself; the one that a list forgets is the one that is broken"),
    ("call", "transport/demolition.h", "thread_local",
     "marks a dead world; a Completion has no Env to hold it, and only assertions read it"),
    ("static", "transport/demolition.h", "thread_local",
     "marks a dead world; a Completion has no Env to hold it, and only assertions read it"),
]

INSTALL_RULE = "ci/cmake/TarsierInstall.cmake"
BINARY = (".bin", ".png", ".ico", ".gz", ".tgz", ".zip")


def tracked_paths(root):
    """What git tracks or would track: a new file is checked before it is added."""
    output = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True, check=True).stdout.decode()
    return sorted(path for path in output.split("\0") if path and (root / path).is_file())


def load(root, paths):
    sources = []
    for path in paths:
        if path.endswith(BINARY) or "/corpus/" in path or path.endswith((".tsv", ".json")):
            continue
        try:
            sources.append(Source(path, (root / path).read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return sources


def with_header(names_of, source, by_path):
    """names_of the file and of its header."""
    header = by_path.get(source.path.removesuffix(".cc") + ".h")
    return names_of(source) | (names_of(header) if header else set())


def findings_of(sources, paths):
    tracked = set(paths)
    stems = {pathlib.PurePosixPath(path).stem for path in paths
             if path.endswith((".tars", ".proto"))}
    by_path = {source.path: source for source in sources}
    cmake_text = "\n".join(source.text for source in sources
                           if source.name == "CMakeLists.txt" or source.suffix == ".cmake")
    if INSTALL_RULE in by_path:
        yield from installed.check(sources, tracked, by_path[INSTALL_RULE].text)
    for source in sources:
        yield from layers.check(source, tracked, stems)
        if source.is_cpp:
            declared = with_header(calls.declared_names, source, by_path)
            yield from calls.check_calls(source, declared)
            unordered = with_header(calls.unordered_names, source, by_path)
            yield from calls.check_unordered(source, unordered)
        yield from calls.check_statics(source)
        yield from coawait.check(source)
        yield from shape.check_lengths(source)
        yield from shape.check_functions(source)
        yield from shape.check_header(source)
        yield from shape.check_cmake(source)
        yield from shape.check_listed(source, cmake_text)
        if not source.path.startswith(("ci/tidy", "LICENSE")):
            yield from shape.check_text(source)


def without_allowed(findings, by_path, allowed):
    """Drops what the list excuses; reports what it excuses in vain."""
    used = set()
    for finding in findings:
        line = ""
        if finding.path in by_path:
            line = by_path[finding.path].lines[finding.line - 1]
        excuse = next((entry for entry in allowed if entry[0] == finding.check
                       and entry[1] == finding.path and entry[2] in line), None)
        if excuse:
            used.add(excuse)
        else:
            yield str(finding)
    for entry in allowed:
        if entry not in used:
            yield f"ci/tidy.py: ALLOWED: {entry[0]} of {entry[1]} excuses nothing; remove it"


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--libraries", metavar="FOLDER",
                        help="a build folder whose static libraries pass the link-time gate")
    options = parser.parse_args(arguments)
    paths = tracked_paths(ROOT)
    sources = load(ROOT, paths)
    found = list(findings_of(sources, paths))
    if options.libraries:
        found += symbols.check(options.libraries)
    by_path = {source.path: source for source in sources}
    lines = list(without_allowed(found, by_path, ALLOWED))
    for line in lines:
        print(line)
    print(f"tidy: {len(sources)} files, {len(lines)} findings")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
