"""L1, L2 and L6: who may include what.

LAYERS is the architecture diagram of ARCHITECTURE.md as a table. The first entry whose prefix fits
a file is its layer; a layer sees itself and what it lists.
"""
import re

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)

BASE = ["transport/base/"]
TRANSPORT = BASE + ["transport/*"]  # the interfaces; not the backends below the folder
EVERYTHING = [""]

# (files, what they may include besides their own layer). "folder/*" means files directly in it.
LAYERS = [
    ("transport/base/", []),
    ("transport/memory/", TRANSPORT),
    ("transport/epoll/", TRANSPORT),
    ("transport/tls/", TRANSPORT),
    ("transport/*", BASE),
    ("protocol/tars/", BASE + ["protocol/json/"]),
    ("protocol/json/", BASE + ["protocol/tars/"]),
    ("protocol/idl/", BASE),
    ("protocol/config/", BASE),
    ("protocol/tars2cpp/", BASE + ["protocol/idl/"]),
    ("protocol/", BASE + ["protocol/"]),
    ("client/balance/", BASE + ["transport/endpoint.h"]),  # decisions: no world
    ("client/", TRANSPORT + ["client/balance/", "protocol/auth/", "protocol/config/",
                             "protocol/tars/", "protocol/json/", "protocol/trace/",
                             "protocol/base_idl/"]),
    ("server/overload/", BASE),
    ("server/", TRANSPORT + ["protocol/auth/", "protocol/config/", "protocol/tars/",
                             "protocol/json/", "protocol/trace/", "protocol/base_idl/"]),
    ("governance/application/run_",  # the main() of a service
     TRANSPORT + ["transport/epoll/", "transport/tls/", "protocol/", "client/", "server/",
                  "governance/application/"]),
    ("governance/application/", TRANSPORT + ["transport/tls/", "protocol/", "client/", "server/"]),
    ("governance/", TRANSPORT + ["protocol/", "client/", "server/"]),
    ("sim/testing/", TRANSPORT + ["transport/memory/", "protocol/tars/", "client/", "server/"]),
    ("sim/scenarios/", TRANSPORT + ["protocol/", "client/", "server/", "governance/", "sim/"]),
    ("sim/main.cc", TRANSPORT + ["protocol/", "client/", "server/", "governance/", "sim/"]),
    ("sim/", TRANSPORT + ["transport/memory/"]),  # its nodes' files and unix paths
    ("bench/", EVERYTHING),
    ("fuzz/", EVERYTHING),
    ("examples/", EVERYTHING),
    ("ci/", EVERYTHING),
]

# Tests choose a backend (L4), so above the values they may include anything. Tests of base and
# protocol keep their layer: a codec that needs a world to be tested is no pure function of bytes.
TESTS_KEEP_LAYER = ("transport/base/", "protocol/")

THREADS = ["transport/epoll/", "client/blocking_call.h", "client/blocking_call.cc",
           "governance/application/thread_gate.h"]  # a log is written to by every thread
BACKEND = ["transport/epoll/"]
# (header pattern, where it is allowed, why). Tests, bench and programs are named where they differ.
EXTERNAL = [
    (r"boost/asio", BACKEND, "Boost.Asio stays behind the epoll backend"),
    (r"boost/beast", ["protocol/http/"], "Beast only parses and serializes HTTP"),
    (r"boost/json", ["protocol/json/"], "Boost.JSON stays behind protocol/json"),
    (r"openssl/", ["transport/tls/", "transport/base/digest"], "OpenSSL: TLS and digests"),
    (r"sqlite3\.h", ["governance/store/sqlite_"], "SQLite stays behind the store"),
    (r"(mysql|mariadb)", ["governance/store/mariadb_"], "MariaDB stays behind the store"),
    (r"archive\.h", ["governance/patch/"], "libarchive stays behind the package reader"),
    (r"(thread|mutex|shared_mutex|atomic|condition_variable|future|semaphore|latch|barrier"
     r"|stop_token|pthread\.h)$", THREADS, "one loop, one thread; locks live in transport/epoll"),
    (r"spdlog/", BACKEND, "the log sink of production"),
    (r"(sys/(socket|epoll|eventfd|timerfd|signalfd|un|wait|stat|mman|uio|ioctl|resource|time)\.h"
     r"|netinet/|netdb\.h|arpa/|poll\.h|fcntl\.h|unistd\.h|spawn\.h|dirent\.h|signal\.h|csignal"
     r"|time\.h|ctime)", BACKEND, "the operating system stays behind transport/epoll"),
    (r"(fstream|filesystem)$", BACKEND, "files come in through Env"),
    (r"iostream$", [], "print through Log, or stdio in programs"),
    (r"random$", [], "chance comes in through Env, as transport/base/random.h"),
    (r"ranges$|regex$", [], "costs seconds of every build"),
    (r"rapidcheck", [], "properties are tests"),
    (r"(gtest|gmock)/", [], "GoogleTest is for tests"),
    (r"benchmark/", ["bench/"], "google-benchmark is for bench/"),
    (r"grpc", ["bench/"], "gRPC is a peer of bench/"),
]
# Programs and measurements meet the machine themselves.
PROGRAMS = re.compile(r"^(bench/|fuzz/|examples/|ci/|.*/main\.cc$)")
MACHINE = re.compile(
    r"^(thread|mutex|atomic|condition_variable|future|latch|barrier|fstream|filesystem|iostream"
    r"|csignal|signal\.h|ctime|time\.h|fcntl\.h|unistd\.h|sys/|netinet/|arpa/|poll\.h)")
# A test may read golden files and start the threads its subject is about.
TEST_HEADERS = re.compile(
    r"^(rapidcheck|gtest/|gmock/|fstream$|filesystem$|iostream$|sys/|unistd|csignal|netinet/|arpa/"
    r"|thread$|atomic$|future$|mutex$|condition_variable$)")
TEST_SUPPORT = ("ci/cmake/test_main.cc", "transport/contract/")

# Built out of the tree, as if it were somebody else's.
PROJECT_OF_ITS_OWN = "ci/consumer/"

GENERATED_MAY_INCLUDE = re.compile(
    r"^(client/proxy\.h|server/servant\.h|protocol/(tars|json)/[\w/]+\.h)$")


def fits(path, prefix):
    if prefix.endswith("/*"):
        folder = prefix[:-1]
        return path.startswith(folder) and "/" not in path[len(folder):]
    return path.startswith(prefix)


def layer_of(path):
    for prefix, allowed in LAYERS:
        if fits(path, prefix):
            return prefix, allowed
    return None


def is_test_support(source):
    return source.is_test or source.path.startswith(TEST_SUPPORT)


def check_internal(source, header, offset, tracked, stems):
    """An include in quotes: from the repository root, or generated from a .tars file."""
    name = header.rsplit("/", 1)[-1]
    if source.path.startswith(PROJECT_OF_ITS_OWN) and PROJECT_OF_ITS_OWN + header in tracked:
        return
    if header not in tracked:
        if re.sub(r"(_mock|(\.grpc)?\.pb)?\.h$", "", name) in stems:
            return
        yield source.finding("include", offset,
                             f'"{header}" is no file of the repository (paths start at its root)')
        return
    if is_test_support(source) and not source.path.startswith(TESTS_KEEP_LAYER):
        return
    found = layer_of(source.path)
    if found is None:
        yield source.finding("layer", offset, "no layer; add it to ci/tidy_checks/layers.py")
        return
    prefix, allowed = found
    if any(fits(header, entry) for entry in [prefix] + allowed):
        return
    yield source.finding("layer", offset, f'{prefix} may not include "{header}" (ARCHITECTURE.md, '
                                          f"layers): {', '.join(allowed) or 'nothing else'}")


def check_external(source, header, offset):
    """An include in angle brackets: libraries stay in the folder that wraps them."""
    for pattern, allowed, why in EXTERNAL:
        if not re.match(pattern, header):
            continue
        if any(fits(source.path, entry) for entry in allowed):
            return
        if is_test_support(source) and TEST_HEADERS.match(header):
            return
        if PROGRAMS.match(source.path) and MACHINE.match(header):
            return
        yield source.finding("header", offset, f"<{header}>: {why}")
        return


def check_generated(source, header, offset, quoted):
    """L6: generated code stands on the proxy, the servant and the codec."""
    if quoted and not GENERATED_MAY_INCLUDE.match(header):
        if "/" not in header:  # another generated header
            return
        yield source.finding("generated", offset, f'generated code may not include "{header}"')


def check(source, tracked, stems):
    """tracked: all paths of the repository. stems: names of .tars and .proto files."""
    if not source.is_cpp:
        return
    # The code has its strings blanked, the text has includes inside comments: ask both.
    for match in INCLUDE.finditer(source.text):
        if source.code[match.start():match.end()].strip()[:1] != "#":
            continue
        quoted, header = bool(match.group(1)), match.group(1) or match.group(2)
        if source.is_generated:
            yield from check_generated(source, header, match.start(), quoted)
        elif quoted:
            yield from check_internal(source, header, match.start(), tracked, stems)
        else:
            yield from check_external(source, header, match.start())
