#!/usr/bin/env python3
"""Every check of tidy.py against a bad sample, which it must find, and a good one near it, which it
must not. Prints "N passed, N failed"."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import tidy  # noqa: E402
from tidy_checks import calls, coawait, installed, layers, shape, symbols  # noqa: E402
from tidy_checks.source import Finding, Source  # noqa: E402

TRACKED = {"transport/base/result.h", "transport/task.h", "transport/epoll/loop.h",
           "protocol/tars/reader.h", "protocol/idl/parser.h", "client/proxy.h", "server/servant.h",
           "server/server.h"}


def checks_of(findings):
    return [finding.check for finding in findings]


def include(path, line):
    return checks_of(layers.check(Source(path, line + "\n"), TRACKED, {"Hello"}))


class Layers(unittest.TestCase):
    def test_each_layer_sees_what_stands_above_it(self):
        for path, header in [
                ("transport/base/x.cc", "transport/base/result.h"),
                ("transport/x.h", "transport/base/result.h"),
                ("transport/epoll/x.cc", "transport/task.h"),
                ("protocol/tars/x.cc", "transport/base/result.h"),
                ("client/x.cc", "protocol/tars/reader.h"),
                ("governance/application/x.cc", "client/proxy.h"),
                ("client/x_test.cc", "server/server.h"),
                ("bench/main.cc", "transport/epoll/loop.h"),
                ("examples/hello/main.cc", "Hello.h"),
                ("examples/hello/main.cc", "Hello.grpc.pb.h")]:
            with self.subTest(path=path, header=header):
                self.assertEqual(include(path, f'#include "{header}"'), [])

    def test_an_include_against_the_layers_is_found(self):
        for path, header in [
                ("transport/base/x.h", "transport/task.h"),
                ("transport/x.h", "transport/epoll/loop.h"),
                ("transport/memory/x.h", "transport/epoll/loop.h"),
                ("protocol/tars/x.h", "transport/task.h"),
                ("protocol/tars/x_test.cc", "transport/task.h"),
                ("protocol/tars/x.h", "protocol/idl/parser.h"),
                ("client/x.h", "server/servant.h"),
                ("server/x.h", "client/proxy.h"),
                ("server/x.cc", "transport/epoll/loop.h"),
                ("sim/world.h", "server/server.h"),
                ("newfolder/x.cc", "client/proxy.h")]:
            with self.subTest(path=path, header=header):
                self.assertEqual(include(path, f'#include "{header}"'), ["layer"])

    def test_includes_start_at_the_root(self):
        self.assertEqual(include("client/x.cc", '#include "proxy.h"'), ["include"])
        self.assertEqual(include("client/x.cc", '// #include "proxy.h"'), [])

    def test_libraries_stay_in_their_folder(self):
        for path, header in [
                ("client/x.cc", "boost/asio/io_context.hpp"), ("sim/x.cc", "boost/json.hpp"),
                ("protocol/tars/x.h", "thread"), ("server/x.h", "mutex"),
                ("client/x.cc", "condition_variable"), ("server/x.cc", "rapidcheck.h"),
                ("transport/x.cc", "sys/socket.h"), ("sim/world.cc", "fstream"),
                ("client/x.cc", "random"), ("server/x.cc", "gtest/gtest.h"),
                ("transport/memory/x.cc", "unistd.h")]:
            with self.subTest(path=path, header=header):
                self.assertEqual(include(path, f"#include <{header}>"), ["header"])
        for path, header in [
                ("transport/epoll/x.cc", "boost/asio/io_context.hpp"),
                ("protocol/json/x.cc", "boost/json/src.hpp"), ("transport/epoll/x.h", "thread"),
                ("client/blocking_call.cc", "condition_variable"),
                ("server/x_test.cc", "rapidcheck/gtest.h"), ("sim/main.cc", "fstream"),
                ("client/x.cc", "vector")]:
            with self.subTest(path=path, header=header):
                self.assertEqual(include(path, f"#include <{header}>"), [])

    def test_generated_code_stands_on_three_things(self):
        golden = "protocol/idl/golden/hello.h"
        self.assertEqual(include(golden, '#include "client/proxy.h"'), [])
        self.assertEqual(include(golden, '#include "protocol/tars/reader.h"'), [])
        self.assertEqual(include(golden, '#include "server/server.h"'), ["generated"])


INSTALL_RULE = """
install(DIRECTORY transport client
  DESTINATION include
  FILES_MATCHING PATTERN "*.h"
  PATTERN "asio_*" EXCLUDE PATTERN "*_testing.h" EXCLUDE PATTERN "golden" EXCLUDE)
"""


class Installed(unittest.TestCase):
    def found(self, path, line):
        paths = {"transport/loop.h", "transport/asio_loop.h", "transport/loop_testing.h", path}
        return checks_of(installed.check([Source(path, line + "\n")], paths, INSTALL_RULE))

    def test_installed_headers_include_installed_ones(self):
        self.assertEqual(self.found("client/x.h", '#include "transport/loop.h"'), [])
        self.assertEqual(self.found("client/x.h", "#include <vector>"), [])
        for line in ['#include "transport/asio_loop.h"', '#include "transport/loop_testing.h"',
                     "#include <boost/asio.hpp>", "#include <openssl/ssl.h>"]:
            with self.subTest(line=line):
                self.assertEqual(self.found("client/x.h", line), ["installed"])

    def test_what_is_not_installed_may_include_anything(self):
        for path in ["client/x.cc", "client/x_testing.h", "transport/asio_x.h", "bench/x.h",
                     "client/golden/x.h"]:
            with self.subTest(path=path):
                self.assertEqual(self.found(path, '#include "transport/asio_loop.h"'), [])


class Calls(unittest.TestCase):
    def found(self, code, path="server/x.cc"):
        source = Source(path, code)
        names = calls.unordered_names(source)
        return checks_of([*calls.check_calls(source, calls.declared_names(source)),
                          *calls.check_statics(source),
                          *calls.check_unordered(source, names)])

    def test_effects_are_found(self):
        for code in [
                "auto t = std::chrono::steady_clock::now();", "time(nullptr);", "x = ::time(0);",
                "int r = rand();", "std::random_device device;",
                "std::uniform_int_distribution<int> d;", "std::shuffle(a, b, c);",
                "std::this_thread::sleep_for(1s);", "auto p = std::getenv(name);",
                "int fd = open(path, 0);", "if (fork() == 0) {}", "return ::fopen(a, b);",
                "std::thread t(f);", "std::mutex m;", "std::cerr << 1;", "throw 1;",
                "thread_local int x;"]:
            with self.subTest(code=code):
                self.assertEqual(self.found(code), ["call"])

    def test_what_only_looks_like_an_effect_is_not(self):
        for code in [
                "auto t = env.clock.now();", "call.time();", "Random fork(std::string_view label);",
                "auto r = random.fork(label);", "// time(nullptr)", 'auto s = "rand()";',
                "Task<> open(const Path& path);",
                "listener->accept(x);", "static Task<void> sleep(Env& env);",
                "void open(char c);\nvoid f() { open('['); }", "Sleeper::sleep(env);",
                "int runtime(int x);", "try {\n  throw;\n} catch (...) {\n}"]:
            with self.subTest(code=code):
                self.assertEqual(self.found(code), [])

    def test_the_backend_and_programs_meet_the_machine(self):
        now = "auto t = std::chrono::steady_clock::now();"
        self.assertEqual(self.found(now, "transport/epoll/x.cc"), [])
        self.assertEqual(self.found(now, "sim/main.cc"), [])
        self.assertEqual(self.found(now, "server/x_test.cc"), ["call"])

    def test_mutable_statics(self):
        for code in ["static int counter = 0;", "void f() {\n  static Thing thing;\n}",
                     "static std::map<int, int> cache;", "inline static Foo foo{1};"]:
            with self.subTest(code=code):
                self.assertEqual(self.found(code), ["static"])
        for code in ["static constexpr int limit = 1;", "static const char* const name = x;",
                     "static int helper(int a);", "struct S { static Bytes copy_of(Span s); };",
                     "static_assert(true);"]:
            with self.subTest(code=code):
                self.assertEqual(self.found(code), [])

    def test_iteration_over_unordered(self):
        declared = "std::unordered_map<int, std::string> peers_;\n"
        self.assertEqual(self.found(declared + "for (auto& p : peers_) {}"), ["unordered"])
        self.assertEqual(self.found(declared + "auto i = peers_.begin();"), ["unordered"])
        flat = "boost::unordered_flat_map<std::uint32_t, Pending> pending_;\n"
        self.assertEqual(self.found(flat + "for (auto& [id, p] : pending_) {}"), ["unordered"])
        self.assertEqual(self.found(declared + "auto i = peers_.find(3);"), [])


class CoAwait(unittest.TestCase):
    def found(self, code):
        return checks_of(coawait.check(Source("client/x.cc", f"Task<> f() {{\n  {code}\n}}\n")))

    def test_braces_and_lambdas_inside_are_found(self):
        for code in [
                "auto r = co_await call(Request{1});", "co_await call({1, 2});",
                "co_await call([&] { return 1; });", "auto r = co_await call(\n      1, [x] {});",
                "use(Pair{co_await a(), 1});", "if (auto r = co_await f(Key{2}); r.ok()) {}",
                "co_return co_await call(Request{});", "auto [a, b] = co_await both();",
                "const auto& [a, b] = co_await both();",
                "co_await [] () -> Task<> { co_return; }();"]:
            with self.subTest(code=code):
                self.assertEqual(self.found(code), ["co_await"])

    def test_named_operands_are_fine(self):
        for code in [
                "auto r = co_await call(request);", "Request q{1};\n  co_await call(q);",
                "if (co_await ready()) {\n    x();\n  }", "while (co_await next()) { f(); }",
                "auto x = table[co_await index()];", "co_await call(items[0], map[key][2]);",
                "auto f = [&]() -> Task<Result<>> { co_return co_await g(); };",
                "if (a) {\n  } else {\n    co_await x();\n  }", "// co_await f({1});",
                "switch (a) {\n    case 1: {\n      co_await x();\n    }\n  }"]:
            with self.subTest(code=code):
                self.assertEqual(self.found(code), [])


class Shape(unittest.TestCase):
    def test_lengths(self):
        self.assertEqual(checks_of(shape.check_lengths(Source("a/x.cc", "x\n" * 501))), ["length"])
        self.assertEqual(checks_of(shape.check_lengths(Source("a/x.cc", "x\n" * 500))), [])
        self.assertEqual(checks_of(shape.check_lengths(Source("a/x.h", "y" * 101))), ["columns"])
        self.assertEqual(checks_of(shape.check_lengths(Source("a/x.h", "é" * 100))), [])

    def test_golden_files_are_as_the_compiler_writes_them(self):
        golden = Source("protocol/idl/golden/x.h", "x\n" * 501)
        self.assertEqual(checks_of(shape.check_lengths(golden)), [])

    def test_functions(self):
        body = "  x();\n"
        for head in ["void f() {\n", "Foo::Foo(int a)\n    : a_{a}, b_(1) {\n",
                     "template <class T>\nauto g(T t) const noexcept -> int {\n",
                     "namespace a {\nTEST(A, B) {\n"]:
            with self.subTest(head=head):
                self.assertEqual(
                    checks_of(shape.check_functions(Source("a/x.cc", head + body * 75 + "}\n"))),
                    ["function"])
                self.assertEqual(
                    checks_of(shape.check_functions(Source("a/x.cc", head + body * 60 + "}\n"))),
                    [])
        self.assertEqual(checks_of(shape.check_functions(
            Source("a/x.cc", "namespace a {\n" + "void f() {}\n" * 90 + "}\n"))), [])
        self.assertEqual(checks_of(shape.check_functions(
            Source("a/x.py", "def f():\n" + "    x()\n" * 71))), ["function"])

    def test_headers(self):
        self.assertEqual(checks_of(shape.check_header(Source("a/x.h", "int x;\n"))), ["header"])
        self.assertEqual(checks_of(shape.check_header(
            Source("a/x.h", "#pragma once\nusing namespace std;\n"))), ["header"])
        self.assertEqual(checks_of(shape.check_header(
            Source("a/x.h", "// Why.\n#pragma once\n// using namespace std;\n"))), [])

    def test_cmake(self):
        glob = Source("a/CMakeLists.txt", "file(GLOB sources *.cc)\n")
        self.assertEqual(checks_of(shape.check_cmake(glob)), ["cmake"])
        self.assertEqual(checks_of(shape.check_cmake(
            Source("a/CMakeLists.txt", "# no file(GLOB\nadd_library(a x.cc)\n"))), [])
        self.assertEqual(checks_of(shape.check_listed(Source("a/y.cc", ""), "x.cc")), ["cmake"])
        self.assertEqual(checks_of(shape.check_listed(Source("a/y.cc", ""), "a xy.cc")), ["cmake"])
        for text in ["a/y.cc", "foreach(program x y)"]:
            self.assertEqual(checks_of(shape.check_listed(Source("a/y.cc", ""), text)), [])

    def test_paths_and_leftovers(self):
        for text in ["see /work/main", "in /root/x", "from /home/me/x", "../shared/spec"]:
            with self.subTest(text=text):
                self.assertEqual(checks_of(shape.check_text(Source("a.md", text))), ["path"])
        self.assertEqual(checks_of(shape.check_text(Source("a.md", "bench/work/x"))), [])
        self.assertEqual(checks_of(shape.check_text(Source("a.cc", "// TODO: later"))), ["todo"])
        self.assertEqual(checks_of(shape.check_text(
            Source("a.cc", "// TODO(registry): needs the resolver"))), [])


NM_UNDEFINED = """
channel.cc.o:
                 U clock_gettime@GLIBC_2.17
                 U memcpy
                 w __gmon_start__

blocking_call.cc.o:
                 U pthread_cond_wait
                 U pthread_create
"""
NM_STATE = """
Symbols from libtarsier_x.a[a.cc.o]:

Name                  Value           Class        Type         Size             Line  Section

_ZL7counter         |0000000000000000|   b  |            OBJECT|0000000000000004|     |.bss
_ZL5names           |0000000000000000|   d  |            OBJECT|0000000000000040|     |.data.rel.ro
_ZStL8__ioinit      |0000000000000000|   b  |            OBJECT|0000000000000001|     |.bss
_ZL6kTable          |0000000000000000|   r  |            OBJECT|0000000000000040|     |.rodata
"""


class Symbols(unittest.TestCase):
    def test_banned_symbols(self):
        found = list(symbols.banned_uses(symbols.parse_undefined(NM_UNDEFINED)))
        self.assertEqual(found, [("channel.cc.o", "clock_gettime"),
                                 ("blocking_call.cc.o", "pthread_create")])

    def test_the_list_names_what_the_rule_names(self):
        for name in ["clock_gettime", "socket", "getrandom", "pthread_create", "posix_spawn",
                     "open", "open64", "getenv", "sendmsg",
                     "_ZNSt10filesystem6statusERKNS_7__cxx114pathE",
                     "_ZNSt6chrono3_V212steady_clock3nowEv"]:
            self.assertRegex(name, symbols.BANNED)
        for name in ["memcpy", "_ZNSt10filesystem7__cxx114pathD1Ev", "malloc", "abort",
                     "fprintf", "_ZNSt6vectorIiE4sendEv"]:
            self.assertNotRegex(name, symbols.BANNED)

    def test_mutable_state(self):
        found = list(symbols.mutable_state(symbols.parse_state(NM_STATE)))
        self.assertEqual(found, [("a.cc.o", "_ZL7counter")])

    def test_an_empty_folder_is_no_clean_bill(self):
        self.assertEqual(checks_of(symbols.check("/nonexistent")), ["symbol"])


class Allowed(unittest.TestCase):
    def test_an_excuse_works_once_needed_and_is_found_once_not(self):
        source = Source("a/x.cc", "bad\n")
        finding = Finding("call", "a/x.cc", 1, "no")
        entry = ("call", "a/x.cc", "bad", "a reason")
        by_path = {source.path: source}
        self.assertEqual(list(tidy.without_allowed([finding], by_path, [entry])), [])
        self.assertEqual(len(list(tidy.without_allowed([finding], by_path, []))), 1)
        self.assertEqual(len(list(tidy.without_allowed([], by_path, [entry]))), 1)

    def test_every_excuse_says_why(self):
        for entry in tidy.ALLOWED:
            self.assertGreater(len(entry[3]), 20, entry)


def main():
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    result = unittest.TextTestRunner(verbosity=0).run(suite)
    failed = len(result.failures) + len(result.errors)
    print(f"{max(0, result.testsRun - failed)} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
