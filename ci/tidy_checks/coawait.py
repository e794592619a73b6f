"""The compiler trap (ARCHITECTURE.md): g++ 12 destroys some temporaries of a co_await expression
twice. So no braces and no lambda introducer inside the statement of a co_await, and no structured
binding of its result."""
import re

CO_AWAIT = re.compile(r"\bco_await\b")
OPEN, CLOSE = "([{", ")]}"
# What stands before the brace of a block rather than of an initializer.
BLOCK_BEFORE = re.compile(
    r"(?:^|[;{}):]|\b(?:else|do|try|const|noexcept|override|final|mutable)|->[\s\w:<>,*&]+)\s*$")
LAMBDA = re.compile(r"(?:^|[(,={&|?:;<>!+]|\b(?:return|co_return|co_await|co_yield))\s*$")
RULE = "name it first, then co_await the name (ARCHITECTURE.md, the compiler trap)"


def statement_start(code, offset):
    """Backwards to the start of the statement, over balanced brackets; a brace that opens an
    initializer belongs to the statement, one that opens a block ends it."""
    depth = 0
    for i in range(offset - 1, -1, -1):
        char = code[i]
        if char in ")]":
            depth += 1
        elif char in "([":
            depth = max(0, depth - 1)
        elif char == ";" and depth == 0:
            return i + 1
        elif char == "}" and depth == 0:
            return i + 1
        elif char == "{" and BLOCK_BEFORE.search(code[max(0, i - 200):i]):
            return i + 1
    return 0


def statement_end(code, offset):
    """Forwards to the end of the expression: its semicolon, or the bracket that closes around
    it (a condition)."""
    depth = 0
    for i in range(offset, len(code)):
        char = code[i]
        if char in OPEN:
            depth += 1
        elif char in CLOSE:
            depth -= 1
            if depth < 0:
                return i
        elif char == ";" and depth == 0:
            return i
    return len(code)


def check(source):
    if not source.is_cpp:
        return
    code = source.code
    for match in CO_AWAIT.finditer(code):
        line_start = code.rfind("\n", 0, match.start()) + 1
        if code[line_start:match.start()].lstrip().startswith("#"):
            continue
        start = statement_start(code, match.start())
        end = statement_end(code, match.start())
        text = code[start:end]
        if re.match(r"\s*(?:const\s+)?auto\s*&{0,2}\s*\[", text):
            yield source.finding("co_await", match.start(), "no structured binding of a co_await: "
                                 "name the result, then take it apart")
            continue
        brace = text.find("{")
        if brace >= 0:
            yield source.finding("co_await", start + brace, f"a brace inside: {RULE}")
            continue
        for bracket in re.finditer(r"\[", text):
            before = text[:bracket.start()]
            if text[bracket.start():].startswith("[[") or before.endswith("["):
                continue  # an attribute
            if LAMBDA.search(before):
                yield source.finding("co_await", start + bracket.start(),
                                     f"a lambda inside: {RULE}")
                break
