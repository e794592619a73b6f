#!/usr/bin/env python3
"""The coverage report on a small trace. Prints "N passed, N failed"."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import blocks  # noqa: E402
import report  # noqa: E402

TRACE = f"""
SF:{report.ROOT}/protocol/tars/reader.cc
DA:1,4
DA:2,0
end_of_record
SF:{report.ROOT}/client/channel.cc
DA:1,1
DA:2,0
DA:3,0
end_of_record
SF:{report.ROOT}/client/channel_test.cc
DA:1,0
end_of_record
SF:/usr/include/c++/12/vector
DA:1,0
end_of_record
"""
CHANNEL = ["int f() {", "  return Error(Code::limit, text);", "  return 1;"]
GCOV = """        -:    0:Source:client/channel.cc
        7:    1:  if (closed_) return Error(Code::closed);
        7:    1-block  0
    %%%%%:    1-block  1
    $$$$$:    1-block  2
        7:    2:  return Error(Code::limit);
        7:    2-block  0
    $$$$$:    2-block  1
"""


class Report(unittest.TestCase):
    def test_only_the_repositorys_own_code_counts(self):
        self.assertEqual(sorted(report.parse(TRACE)), ["client/channel.cc",
                                                       "protocol/tars/reader.cc"])

    def test_folders(self):
        table = report.by_folder(report.parse(TRACE))
        self.assertEqual(table["protocol/tars"], (1, 2))
        self.assertEqual(table["protocol"], (1, 2))
        self.assertEqual(table["client"], (1, 3))

    def test_unreached_errors_are_named(self):
        files = report.parse(TRACE)
        missed = list(report.unreached_errors(files, lambda path: CHANNEL, {}))
        self.assertEqual(missed, [("client/channel.cc", 2, CHANNEL[1].strip())])

    def test_a_return_behind_a_condition_on_its_line_is_seen(self):
        whole = blocks.parse(GCOV)
        self.assertEqual(whole[("client/channel.cc", 1)], False)
        self.assertEqual(whole[("client/channel.cc", 2)], True)
        lines = ["if (closed_) return Error(Code::closed);", "return Error(Code::limit);", ""]
        missed = report.unreached_errors({"client/channel.cc": {1: 7, 2: 7}}, lambda path: lines,
                                         whole)
        self.assertEqual([line for path, line, code in missed], [1])

    def test_error_paths(self):
        for code in ["return Error(Code::a, b);", "co_return Error{Code::a};",
                     "return Result<int>(Error(x));", "return decode_error(3);"]:
            self.assertRegex(code, report.ERROR_PATH)
        for code in ["return value;", "if (!r.ok()) {"]:
            self.assertNotRegex(code, report.ERROR_PATH)


if __name__ == "__main__":
    result = unittest.TextTestRunner(verbosity=0).run(
        unittest.defaultTestLoader.loadTestsFromTestCase(Report))
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
