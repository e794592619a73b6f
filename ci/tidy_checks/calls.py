"""L3: no clock, chance, thread, file or hidden state outside transport/epoll.

The link-time gate (symbols.py) sees through libraries; these checks name the line.
"""
import re

# Where a call stands free: not a member (x.open, x->open), not qualified by something of ours.
FREE = r"(?<![\w.>:~])(?:std::|::)?"
CLOCKS = "time comes in through Env: clock.now()"
CHANCE = "chance comes in through Env: random.next()"
CALLS = [
    (r"\b\w*_clock::now\b", CLOCKS),
    (FREE + r"(time|clock|gettimeofday|clock_gettime|localtime|gmtime)\s*\(", CLOCKS),
    (FREE + r"s?rand\s*\(", CHANCE),
    (r"\brandom_device\b|\bstd::mt19937|\bstd::default_random_engine", CHANCE),
    (r"\bstd::\w+_distribution\b|\bstd::(ranges::)?(shuffle|sample)\b",
     "its result differs between standard libraries; use Random::below"),
    (r"\bsleep_(for|until)\b|" + FREE + r"(usleep|nanosleep|sleep)\s*\(",
     "wait for an event, or for a timer of Env"),
]
EFFECTS = [
    (FREE + r"(secure_)?getenv\s*\(", "configuration comes in by constructor"),
    (FREE + r"(open|fopen|creat|openat)\s*\(", "files come in through Env"),
    (FREE + r"(fork|vfork|execv\w*|posix_spawnp?|system|popen)\s*\(",
     "processes come in through Env"),
    (FREE + r"(socket|accept4?|getaddrinfo)\s*\(", "sockets come in through Env"),
    (r"\bstd::(thread|jthread|mutex|atomic|async|promise|future)\b",
     "one loop, one thread; locks live in transport/epoll"),
    (r"\bstd::(cout|cerr|clog)\b", "report through Log or a Result"),
    (r"\bthread_local\b", "state belongs to an object that Env reaches"),
    (r"\bthrow\b(?!\s*;)", "the framework throws nothing: return an Error"),
]
# `static` followed by a declaration that ends as a variable, and is no constant.
MUTABLE_STATIC = re.compile(
    r"(?:^|[;{}])\s*(?:inline\s+)?static\s+(?!const\b|constexpr\b|constinit\s+const\b|_assert)"
    r"(?P<rest>[^;{}()=]*?)(?P<end>[;={])", re.MULTILINE)
UNORDERED = re.compile(
    r"\bunordered_(?:flat_|node_)?(?:multi)?(?:map|set)\s*<[^;{}()]*>\s*(?P<name>\w+)\s*(?:;|=|\{)")

EFFECT_FREE = ("transport/", "protocol/", "client/", "server/", "governance/", "sim/")
# The call styles that wait on another thread, and the proxy that offers them; what a log lets other
# threads touch.
THREADED = ("client/blocking_call.", "client/proxy.h", "governance/application/thread_gate.h")


def applies(source):
    """The clock rules bind all of the framework, tests included; not the backend itself."""
    return (source.is_cpp and source.path.startswith(EFFECT_FREE)
            and not source.path.startswith("transport/epoll/") and not source.is_generated)


def is_program(source):
    return source.name == "main.cc"


# A name after a type declares something; after these words it is called.
DECLARES = re.compile(r"(?P<word>\w+|\w[*&]|>)\s+$")
NAME_AND_BRACKET = re.compile(r"(?<![\w.>:~])(?P<name>\w+)\s*\(")
BEFORE_CALL = ("return", "co_return", "co_await", "co_yield", "else", "do", "case", "throw")


def is_declaration(source, offset):
    before = DECLARES.search(source.code, max(0, offset - 100), offset)
    return bool(before) and before.group("word") not in BEFORE_CALL


def declared_names(source):
    """Functions that a file declares itself: calling one of these is no system call."""
    return {match.group("name") for match in NAME_AND_BRACKET.finditer(source.code)
            if is_declaration(source, match.start())}


def check_calls(source, own_names=frozenset()):
    """own_names: what the file or its header declares."""
    if not applies(source):
        return
    rules = [] if is_program(source) else list(CALLS)
    if not source.is_test and not is_program(source):
        rules += EFFECTS
    for pattern, why in rules:
        if "std::(thread" in pattern and source.path.startswith(THREADED):
            continue
        for match in re.finditer(pattern, source.code):
            found = match.group(0).strip()
            if found.endswith("(") and (found.rstrip("( ") in own_names
                                        or is_declaration(source, match.start())):
                continue
            yield source.finding("call", match.start(), f"{found.rstrip('(')}: {why}")


def check_statics(source):
    if not applies(source) or source.is_test:
        return
    for match in MUTABLE_STATIC.finditer(source.code):
        rest = match.group("rest")
        # A function returns something and has parentheses; `operator` has none before its name.
        if "operator" in rest or not rest.strip():
            continue
        yield source.finding("static", match.start("rest"),
                             "a mutable static is a singleton; give it to an object")


def unordered_names(source):
    return {match.group("name") for match in UNORDERED.finditer(source.code)}


def check_unordered(source, names):
    """names: variables of unordered containers declared in this file or its header."""
    if not applies(source) or source.is_test or not names:
        return
    union = "|".join(sorted(re.escape(name) for name in names))
    loops = (rf"\bfor\s*\([^;()]*:\s*[\w.>-]*?\b(?:{union})\s*\)"
             rf"|(?:\b|(?<=[.>]))(?:{union})\s*\.\s*c?begin\s*\(")
    for match in re.finditer(loops, source.code):
        yield source.finding("unordered", match.start(),
                             "the order of an unordered container is no fact; keep a sorted one or "
                             "collect and sort")
