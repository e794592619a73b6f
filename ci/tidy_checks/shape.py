"""Lengths and the other things that can be counted: files, functions, columns, headers, CMake."""
import ast
import re

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100

COUNTED = (".h", ".cc", ".py", ".sh", ".cmake", ".js", ".go", ".java")
CONTAINER = re.compile(r"\b(namespace|class|struct|union|enum|concept|extern)\b")
TEMPLATE = re.compile(r"\btemplate\s*<(?:[^<>]|<[^<>]*>)*>")
NOT_FUNCTION = re.compile(r"=\s*$|\brequires\s*$")
# Lines of the machine that wrote them; the demo's messages name none.
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:work|root|home/\w+)/|\.\./shared\b|/tmp/bash_jobs")
TODO = re.compile(r"\b(TODO|FIXME|XXX)\b(?!\(\w[\w .-]*\): \S)")


def check_lengths(source):
    if source.is_generated or not source.path.endswith(COUNTED) and source.name != "dev":
        return
    count = len(source.text.splitlines())
    if count > FILE_LINES_MAX:
        yield source.finding("length", 0, f"{count} lines; at most {FILE_LINES_MAX}: split it")
    for number, line in enumerate(source.lines, 1):
        if len(line) > COLUMNS_MAX and "http" not in line:
            offset = source._line_starts[number - 1]
            yield source.finding("columns", offset, f"{len(line)} columns; at most {COLUMNS_MAX}")


def cpp_functions(source):
    """(first line, last line) of every outermost function body, by matching braces."""
    code = re.sub(r"^[ \t]*#(?:[^\n\\]|\\\n)*", lambda m: re.sub(r"[^\n]", " ", m.group(0)),
                  source.code, flags=re.MULTILINE)
    stack, head, function_depth, start = [], 0, None, 0
    for match in re.finditer(r"[{};]", code):
        char, at = match.group(0), match.start()
        if char == "{":
            before = code[head:at]
            stack.append(at)
            if function_depth is None:
                container = CONTAINER.search(TEMPLATE.sub("", before))
                container = container and not before.rstrip().endswith(")")
                if "(" in before and not container and not NOT_FUNCTION.search(before):
                    function_depth = len(stack)
                    start = head + len(before) - len(before.lstrip())
        elif char == "}" and stack:
            stack.pop()
            if function_depth is not None and len(stack) < function_depth:
                yield source.line_of(start), source.line_of(at)
                function_depth = None
        head = at + 1


def python_functions(source):
    for node in ast.walk(ast.parse(source.text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno


def check_functions(source):
    if source.is_generated:
        return
    if source.is_cpp:
        functions = cpp_functions(source)
    elif source.suffix == ".py":
        functions = python_functions(source)
    else:
        return
    for first, last in functions:
        if last - first + 1 > FUNCTION_LINES_MAX:
            yield source.finding("function", source._line_starts[first - 1],
                                 f"{last - first + 1} lines; at most {FUNCTION_LINES_MAX}")


def check_header(source):
    if source.suffix != ".h":
        return
    if not re.match(r"\s*#pragma once\b", source.code):
        yield source.finding("header", 0, "#pragma once comes before any code")
    # Indented, it stands in a function and reaches nobody else.
    for match in re.finditer(r"^using\s+namespace\b", source.code, re.MULTILINE):
        yield source.finding("header", match.start(), "no `using namespace` in a header")


def check_cmake(source):
    if source.name != "CMakeLists.txt" and source.suffix != ".cmake":
        return
    code = re.sub(r"#[^\n]*", lambda m: " " * len(m.group(0)), source.text)
    for match in re.finditer(r"\bfile\s*\(\s*GLOB|\baux_source_directory\b", code):
        yield source.finding("cmake", match.start(), "name every source; no globs")


def check_listed(source, cmake_text):
    """Every translation unit is in a CMake list: a test that is never built cannot fail."""
    if source.suffix != ".cc" or source.is_generated:
        return
    stem = re.escape(source.name.removesuffix(".cc"))
    if not re.search(rf"(?<![\w.]){stem}\.cc\b|\bforeach\([^)]*\b{stem}\b", cmake_text):
        yield source.finding("cmake", 0, "no CMakeLists.txt names this file")


def check_text(source):
    for match in MACHINE_PATHS.finditer(source.text):
        yield source.finding("path", match.start(),
                             f"{match.group(0)} is a path of one machine; name it relatively")
    for match in TODO.finditer(source.text):
        yield source.finding("todo", match.start(), "TODO(owner): reason — or do it")
