#!/usr/bin/env python3
"""./dev, the counting of tests, and the test of documents. Prints "N passed, N failed"."""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "ci"))

import count_tests  # noqa: E402
import docs_test  # noqa: E402

COMMANDS = ["demo", "test", "sim", "fuzz", "bench", "cover", "fmt", "doctor", "clean", "deep"]


def dev(*arguments):
    return subprocess.run([ROOT / "dev", *arguments], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)


class Dev(unittest.TestCase):
    def test_every_command_has_a_page(self):
        for command in COMMANDS:
            with self.subTest(command=command):
                shown = dev(command, "--help")
                self.assertEqual(shown.returncode, 0)
                self.assertTrue(shown.stdout.startswith(f"Usage: ./dev {command}"))
                self.assertIn(f"\n  {command} ", dev("--help").stdout)

    def test_wrong_usage_is_2_and_says_what_would_be_right(self):
        for arguments, hint in [([], "Usage"), (["nope"], "one of: demo test"),
                                (["test", "--bogus"], "--gcc"), (["test", "--filter"], "wants"),
                                (["demo", "--bogus"], "--once"), (["fuzz", "--bogus"], "--seconds"),
                                (["fuzz", "--seconds", "x"], "number"), (["fmt", "x"], "--check"),
                                (["clean", "x"], "takes no"), (["cover", "x"], "--html"),
                                (["deep", "--hours"], "number"), (["doctor", "x"], "takes no")]:
            with self.subTest(arguments=arguments):
                shown = dev(*arguments)
                self.assertEqual(shown.returncode, 2)
                self.assertIn(hint, shown.stderr)

    def test_deep_runs_every_scenario(self):
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder) / "build/release/sim/tarsier-sim"
            program.parent.mkdir(parents=True)
            program.write_text('#!/bin/sh\nprintf "one: a\\n  faults: x\\ntwo: b\\n"\n',
                               encoding="utf-8")
            program.chmod(0o755)
            targets = pathlib.Path(folder) / "build/fuzz/fuzz/targets"
            targets.parent.mkdir(parents=True)
            targets.write_text("skip 1 1\n", encoding="utf-8")
            script = f"""source {ROOT}/ci/dev/deep.sh
                cores=1 counts_file=counts
                need_packages() {{ :; }}; build() {{ :; }}; fuzz_all() {{ :; }}
                run_ctest() {{ :; }}; print_counts() {{ :; }}; counted() {{ echo "$@"; }}
                deep_main"""
            shown = subprocess.run(["bash", "-euc", script], cwd=folder, capture_output=True,
                                   text=True, check=True).stdout
        self.assertEqual([line.split()[4] for line in shown.splitlines()], ["one", "two"])

    def test_doctor_says_elsewhere_what_to_install(self):
        script = f"""cd {ROOT}; source ci/dev/common.sh; source ci/dev/doctor.sh
            command() {{ return 1; }}
            doctor_main"""
        shown = subprocess.run(["bash", "-euc", script], capture_output=True, text=True,
                               check=False)
        self.assertEqual(shown.returncode, 1)
        self.assertIn("libboost1.81-dev", shown.stderr)

    def test_no_colour_without_a_terminal(self):
        self.assertNotIn("\x1b", dev("doctor").stdout + dev("nope").stderr)

    def test_any_folder_will_do(self):
        shown = subprocess.run([ROOT / "dev", "--help"], cwd="/", capture_output=True, check=False)
        self.assertEqual(shown.returncode, 0)


class Fuzzing(unittest.TestCase):
    def test_every_target_has_a_corpus_and_a_dictionary(self):
        listed = (ROOT / "fuzz/CMakeLists.txt").read_text(encoding="utf-8")
        for subject in re.findall(r"^tarsier_fuzz\(fuzz_(\w+)", listed, re.MULTILINE):
            with self.subTest(subject=subject):
                self.assertTrue((ROOT / "fuzz" / f"{subject}.dict").is_file())
                self.assertTrue(any((ROOT / "fuzz/corpus" / subject).iterdir()))


GTEST = """<testsuites><testsuite name="A">
  <testcase name="good" status="run" result="completed"/>
  <testcase name="bad" status="run" result="completed"><failure message="x"/></testcase>
  <testcase name="later" status="run" result="skipped"><skipped/></testcase>
  <testcase name="DISABLED" status="notrun" result="suppressed"/>
</testsuite></testsuites>"""
GTEST_GOOD = """<testsuites><testsuite name="A">
  <testcase name="good" status="run" result="completed"/></testsuite></testsuites>"""


def junit(*cases):
    rows = "".join(f'<testcase name="{name}" status="{status}"><system-out>{text}</system-out>'
                   "</testcase>" for name, status, text in cases)
    return f"<testsuite>{rows}</testsuite>"


class Counting(unittest.TestCase):
    def count(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                (pathlib.Path(folder) / name).write_text(text, encoding="utf-8")
            totals = count_tests.count_run(pathlib.Path(folder))
        return totals.passed, len(totals.failures), len(totals.skipped)

    def test_cases_not_binaries(self):
        self.assertEqual(self.count({"ctest.junit": junit(("a_test", "fail", "")),
                                     "a_test.xml": GTEST}), (1, 1, 1))

    def test_a_binary_that_dies_fails_even_when_its_cases_passed(self):
        self.assertEqual(self.count({"ctest.junit": junit(("a_test", "fail", "leak")),
                                     "a_test.xml": GTEST_GOOD}), (1, 1, 0))
        self.assertEqual(self.count({"ctest.junit": junit(("a_test", "fail", "crash"))}), (0, 1, 0))

    def test_other_programs_count_once_or_as_they_say(self):
        self.assertEqual(self.count({"ctest.junit": junit(("replay", "run", "ok"))}), (1, 0, 0))
        self.assertEqual(self.count({"ctest.junit": junit(
            ("many", "run", "9 passed, 0 failed"))}), (9, 0, 0))
        self.assertEqual(self.count({"ctest.junit": junit(
            ("many", "fail", "9 passed, 2 failed, 1 skipped"))}), (9, 2, 1))
        self.assertEqual(self.count({"ctest.junit": junit(("gone", "notrun", ""))}), (0, 0, 1))


class Documents(unittest.TestCase):
    def block(self, text):
        return list(docs_test.blocks_of("x.md", text))[0]

    def test_notes_belong_to_the_block_below(self):
        self.assertEqual(self.block("```sh\nls\n```\n").kind, "")
        noted = self.block("<!-- not run: needs a terminal -->\n```sh\nls\n```\n")
        self.assertEqual((noted.kind, noted.value), ("not run", "needs a terminal"))
        self.assertEqual(self.block("<!-- not run: x -->\n\nText.\n\n```sh\nls\n```\n").kind, "")

    def test_commands_run(self):
        self.assertIsNone(docs_test.run(self.block("```sh\ntest -f dev\n```\n")))
        self.assertIn("exit code 1", docs_test.run(self.block("```sh\nfalse\ntrue\n```\n")))

    def test_a_block_from_a_file_stands_in_it(self):
        good = self.block("<!-- from: LICENSE -->\n```\nApache License\n```\n")
        bad = self.block("<!-- from: LICENSE -->\n```\nApache Licence\n```\n")
        self.assertIsNone(docs_test.problem_of(good, ROOT, set()))
        self.assertIn("differently", docs_test.problem_of(bad, ROOT, set()))

    def test_stages_reasons_commands_and_links(self):
        block = self.block("<!-- run by: fuzz -->\n```sh\nx\n```\n")
        self.assertIsNone(docs_test.problem_of(block, ROOT, {"fuzz"}))
        self.assertIn("no stage", docs_test.problem_of(block, ROOT, {"gcc"}))
        lazy = self.block("<!-- not run: no -->\n```sh\nx\n```\n")
        self.assertIn("why", docs_test.problem_of(lazy, ROOT, set()))
        for text, count in [("./dev test --gcc", 0), ("./dev nope", 1), ("./dev test --nope", 1),
                            ("[a](STYLE.md)", 0), ("[a](nope.md)", 1), ("[a](https://x.y)", 0)]:
            with self.subTest(text=text):
                found = list(docs_test.problems_in_text("README.md", text, ROOT))
                self.assertEqual(len(found), count)


def main():
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    result = unittest.TextTestRunner(verbosity=0).run(suite)
    failed = len(result.failures) + len(result.errors)
    print(f"{max(0, result.testsRun - failed)} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
