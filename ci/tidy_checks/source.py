"""Files as the checks see them: the text, and the code without comments and strings."""
import bisect
import dataclasses
import functools
import pathlib
import re

CPP_SUFFIXES = (".h", ".cc")


@dataclasses.dataclass(frozen=True)
class Finding:
    check: str
    path: str
    line: int
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.check}: {self.text}"


TOKEN = re.compile(
    r"""(?P<line_comment>//(?:[^\n\\]|\\[\s\S])*)
      | (?P<block_comment>/\*[\s\S]*?\*/)
      | (?P<raw>R"(?P<delimiter>[^()\s\\]{0,16})\([\s\S]*?\)(?P=delimiter)")
      | (?P<string>"(?:[^"\\\n]|\\[\s\S])*")
      | (?P<char>(?<![0-9a-fA-F])'(?:[^'\\\n]|\\.)+')
    """,
    re.VERBOSE,
)


def blank(match):
    """The match as blanks of the same shape, so that offsets and lines stay true."""
    text = match.group(0)
    if match.lastgroup in ("line_comment", "block_comment"):
        return re.sub(r"[^\n]", " ", text)
    # A string keeps its quotes: an empty string is still an expression.
    return '"' + re.sub(r"[^\n]", " ", text[1:-1]) + '"'


class Source:
    """One tracked file. `path` is relative to the repository root, with slashes."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.suffix = pathlib.PurePosixPath(path).suffix
        self.name = pathlib.PurePosixPath(path).name

    @property
    def is_cpp(self):
        return self.suffix in CPP_SUFFIXES

    @property
    def is_test(self):
        return (self.path.startswith("transport/contract/") or self.name.endswith(
            ("_test.cc", "_testing.h", "_testing.cc", "_contract.h", "_contract.cc")))

    @property
    def is_generated(self):
        """Golden files: what the IDL compiler writes, kept as it writes it."""
        return "/golden/" in self.path

    @functools.cached_property
    def code(self):
        """The text with comments and the insides of strings blanked."""
        return TOKEN.sub(blank, self.text)

    @functools.cached_property
    def lines(self):
        return self.text.split("\n")

    @functools.cached_property
    def _line_starts(self):
        return [0] + [match.end() for match in re.finditer("\n", self.text)]

    def line_of(self, offset):
        return bisect.bisect_right(self._line_starts, offset)

    def finding(self, check, offset, text):
        return Finding(check, self.path, self.line_of(offset), text)
