#!/usr/bin/env python3
"""Counts test cases after a ctest run: count_tests.py RESULTS_FOLDER.

The folder holds ctest.junit and, from every GoogleTest binary, <binary>.xml. A binary counts each
of its cases; a test of another kind counts as one. A binary that failed as a whole (crash, leak
report at exit, time-out) adds a failure of its own, so that nothing green hides it.
"""
import collections
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

COUNTS_LINE = re.compile(r"(\d+) passed, (\d+) failed(?:, (\d+) skipped)?")


class Totals:
    def __init__(self):
        self.passed = 0
        self.failures = []
        self.skipped = []


def count_gtest(path, totals):
    """Adds the cases of one GoogleTest report; returns whether one of them failed."""
    failed = False
    for suite in ElementTree.parse(path).getroot().iter("testsuite"):
        for case in suite.iter("testcase"):
            name = f"{suite.get('name')}.{case.get('name')}"
            if case.get("status") == "notrun":
                continue
            if case.find("failure") is not None:
                totals.failures.append(f"{path.stem}: {name}")
                failed = True
            elif case.get("result") == "skipped":
                totals.skipped.append(f"{path.stem}: {name}")
            else:
                totals.passed += 1
    return failed


def count_run(folder):
    totals = Totals()
    for case in ElementTree.parse(folder / "ctest.junit").getroot().iter("testcase"):
        name = case.get("name")
        failed = case.get("status") == "fail"
        reports = sorted(folder.glob(f"{name}.xml")) + sorted(folder.glob(f"{name}_[0-9]*.xml"))
        counted = COUNTS_LINE.findall(case.findtext("system-out") or "")
        if reports:
            named = [count_gtest(report, totals) for report in reports]
            if failed and not any(named):
                totals.failures.append(f"{name}: the binary failed (crash, leak or time-out)")
        elif counted:
            passed, failures, skipped = (int(number or 0) for number in counted[-1])
            totals.passed += passed
            totals.failures += [name] * (failures or int(failed))
            totals.skipped += [name] * skipped
        elif failed:
            totals.failures.append(name)
        elif case.get("status") == "run":
            totals.passed += 1
        else:
            totals.skipped.append(name)
    return totals


def main():
    if len(sys.argv) != 2:
        print("usage: count_tests.py RESULTS_FOLDER", file=sys.stderr)
        return 2
    folder = pathlib.Path(sys.argv[1])
    if not (folder / "ctest.junit").exists():
        print(f"{folder}/ctest.junit is missing: ctest did not run")
        print("0 passed, 1 failed")
        return 1
    totals = count_run(folder)
    (folder / "skipped").write_text("".join(f"{name}\n" for name in totals.skipped),
                                    encoding="utf-8")
    by_binary = collections.Counter(name.split(":")[0] for name in totals.skipped)
    for binary, count in by_binary.items():
        print(f"skipped  {binary}: {count} (named in {folder}/skipped)")
    for name in totals.failures:
        print(f"FAILED   {name}")
    skipped = f", {len(totals.skipped)} skipped" if totals.skipped else ""
    print(f"{totals.passed} passed, {len(totals.failures)} failed{skipped}")
    return 1 if totals.failures else 0


if __name__ == "__main__":
    sys.exit(main())
