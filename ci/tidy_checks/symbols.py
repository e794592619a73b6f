"""The link-time gate: what the libraries outside transport/epoll ask of the system, and what
mutable state they carry. A source check can be fooled by a library; an undefined symbol cannot."""
import pathlib
import re
import subprocess

from tidy_checks.source import Finding

EXEMPT = re.compile(r"libtarsier_(epoll|test_main)\.a$|libgtest|libgmock|bench")
BANNED = re.compile(
    r"^(clock_gettime|clock|gettimeofday|time|timespec_get|nanosleep|clock_nanosleep|usleep|sleep"
    r"|timer_create|timerfd_\w+|alarm|setitimer"
    r"|socket|socketpair|connect|accept4?|bind|listen|send(to|msg|mmsg)?|recv(from|msg|mmsg)?"
    r"|setsockopt|getaddrinfo|epoll_\w+|eventfd|poll|ppoll|select|pselect"
    r"|getrandom|getentropy|rand|rand_r|srand|random|srandom|drand48|arc4random\w*"
    r"|(secure_)?getenv|setenv|putenv"
    r"|open(at)?(64)?|creat(64)?|fopen(64)?|freopen(64)?|unlink|rename|mkdir|opendir|stat|fstat"
    r"|fork|vfork|execv\w*|posix_spawnp?|system|popen|kill|pipe2?|waitpid|syscall"
    r"|signal|sigaction|pthread_(create|cond_\w+|rwlock_\w+)|sem_\w+"
    r"|_ZNSt6chrono3_V21[23](system|steady)_clock3nowEv|_ZNSt13random_device\w*"
    r"|_ZNSt6thread\w*|_ZNSt18condition_variable\w*|_ZNSt10filesystem(?!7__cxx114path)\w*"
    r"|_ZNSt1[34]basic_(filebuf|[io]?fstream)\w*|_ZSt4(cout|cerr|clog))$")
# Data that can change while the program runs. Constants that need relocation are not state.
STATE = re.compile(r"^\.(data|bss|tbss|tdata)(?!\.rel\.ro)\b")
# Not ours or not state: Boost's constants, what instrumentation adds, the guard of a constant.
# Statics of functions (_ZZ) look the same when they are constant; calls.py reads their declaration.
# Demolition's depth is excused in ci/tidy.py.
STATE_ALLOWED = re.compile(
    r"^(_ZStL8__ioinit|DW\.ref\..*|_ZZ.*|_ZGV.*|_ZN5boost.*|_ZN7tarsier10Demolition6depth_E"
    r"|_*asan.*|__odr_asan.*|\.L.*|__llvm.*|__sancov.*|__gcov.*|__prof.*|.*\bgcov\b.*)$")
# The blocking call style waits on a condition variable by design, and nowhere else.
OBJECT_ALLOWED = {
    "blocking_call.cc.o": re.compile(r"^(pthread_cond_\w+|_ZNSt18condition_variable\w*)$"),
}


def parse_undefined(output):
    """`nm -u` of an archive -> (object, symbol)."""
    member = ""
    for line in output.splitlines():
        if line.endswith(":") and " " not in line.strip():
            member = line[:-1].strip()
        match = re.match(r"\s+[UwV]\s+(\S+)$", line)
        if match:
            yield member, match.group(1).split("@")[0]


def parse_state(output):
    """`nm -f sysv` of an archive -> (object, symbol) of everything in writable sections."""
    member = ""
    for line in output.splitlines():
        header = re.match(r"Symbols from .*\[(.*)\]:", line)
        if header:
            member = header.group(1)
        fields = [field.strip() for field in line.split("|")]
        if len(fields) == 7 and fields[3] in ("OBJECT", "TLS") and STATE.match(fields[6]):
            yield member, fields[0]


def banned_uses(undefined):
    for member, symbol in undefined:
        allowed = OBJECT_ALLOWED.get(member)
        if BANNED.match(symbol) and not (allowed and allowed.match(symbol)):
            yield member, symbol


def mutable_state(state):
    for member, symbol in state:
        if not STATE_ALLOWED.match(symbol):
            yield member, symbol


def nm(*arguments):
    return subprocess.run(["nm", *arguments], capture_output=True, text=True, check=True).stdout


def check(build_folder):
    libraries = [path for path in sorted(pathlib.Path(build_folder).rglob("libtarsier_*.a"))
                 if not EXEMPT.search(path.name)]
    if not libraries:
        yield Finding("symbol", str(build_folder), 0, "no libraries here; build them first")
    for library in libraries:
        for member, symbol in banned_uses(parse_undefined(nm("-u", str(library)))):
            yield Finding("symbol", library.name, 0,
                          f"{member} uses {symbol}; effects come in through Env")
        for member, symbol in mutable_state(parse_state(nm("-f", "sysv", str(library)))):
            yield Finding("state", library.name, 0, f"{member} holds mutable {symbol}")
