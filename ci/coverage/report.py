#!/usr/bin/env python3
"""Reads an lcov tracefile: report.py TRACE.info [--build FOLDER] [--minimum FOLDER=PERCENT]…

Prints line coverage per folder, then every error path in transport, client and server that nothing
reached, as file:line: code. Exit codes: 0, 1 a folder is below its minimum, 2 usage.
"""
import argparse
import collections
import pathlib
import re
import sys

import blocks

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
EXCLUDED = re.compile(r"((_test|_testing|_contract)\.(cc|h)$|/golden/|^build/|^bench/|^ci/"
                      r"|^examples/|^fuzz/|^/)")
# A line that answers with an error: `return Error(...)`, `co_return Error{...}`, a helper named so.
ERROR_PATH = re.compile(r"\b(?:co_)?return\b[^;]*\b(?:Error\b|\w*error\w*\s*\()|\bfail\w*\(")
ERROR_FOLDERS = ("transport/", "client/", "server/")


def parse(trace):
    """-> {path: {line: hits}}, paths relative to the repository."""
    files, current = collections.defaultdict(dict), None
    for line in trace.splitlines():
        if line.startswith("SF:"):
            path = pathlib.Path(line[3:])
            name = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
            current = None if EXCLUDED.search(name) else files[name]
        elif line.startswith("DA:") and current is not None:
            number, hits = line[3:].split(",")[:2]
            current[int(number)] = max(current.get(int(number), 0), int(hits))
    return files


def folder_of(path):
    """transport/base/x.h -> transport/base; protocol/idl/cpp/x.h -> protocol/idl."""
    return "/".join(path.split("/")[:-1][:2])


def by_folder(files):
    """-> {folder: (lines hit, lines)}: the folders with files of their own, and the top ones."""
    table = collections.defaultdict(lambda: [0, 0])
    for path, lines in files.items():
        for folder in {folder_of(path), path.split("/")[0]}:
            table[folder][0] += sum(1 for hits in lines.values() if hits)
            table[folder][1] += len(lines)
    return {folder: tuple(counts) for folder, counts in table.items()}


def percent(counts):
    return 100.0 * counts[0] / counts[1] if counts[1] else 100.0


def unreached_errors(files, text_of, whole):
    """whole: (path, line) -> whether every block of the line ran (blocks.py)."""
    for path in sorted(files):
        if not path.startswith(ERROR_FOLDERS):
            continue
        lines = text_of(path)
        for number, hits in sorted(files[path].items()):
            if hits and whole.get((path, number), True):
                continue
            if number <= len(lines) and ERROR_PATH.search(lines[number - 1]):
                yield path, number, lines[number - 1].strip()


def read_lines(path):
    return (ROOT / path).read_text(encoding="utf-8").splitlines()


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trace", type=pathlib.Path)
    parser.add_argument("--build", metavar="FOLDER", help="where the .gcda files are")
    parser.add_argument("--minimum", action="append", default=[], metavar="FOLDER=PERCENT")
    options = parser.parse_args(arguments)
    files = parse(options.trace.read_text(encoding="utf-8"))
    table = by_folder(files)
    print(f"{'folder':<24}{'lines':>8}{'hit':>8}{'%':>8}")
    for folder in sorted(table):
        hit, lines = table[folder]
        print(f"{folder:<24}{lines:>8}{hit:>8}{percent(table[folder]):>8.1f}")
    whole = blocks.of_build(options.build, ROOT, ERROR_FOLDERS) if options.build else {}
    missed = list(unreached_errors(files, read_lines, whole))
    print(f"\nerror paths in {', '.join(ERROR_FOLDERS)} that no test or seed reaches: "
          f"{len(missed)}")
    for path, number, code in missed:
        print(f"  {path}:{number}: {code}")
    low = []
    for entry in options.minimum:
        folder, _, wanted = entry.partition("=")
        reached = percent(table.get(folder, (0, 1)))
        if reached < float(wanted):
            low.append(f"{folder}: {reached:.1f} % of lines; at least {wanted} %")
    for line in low:
        print(f"too low  {line}")
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
