#!/usr/bin/env python3
"""Go code for an IDL file: generate.py IDL FOLDER [PATH_OF_tars2go].

The newest tars2go that the Go module proxy serves is that of TarsGo 1.1.1 (later ones are modules
of their own). The runtime of TarsGo 1.4 renamed the functions that generated code calls and swapped
one pair of results; this follows it.
"""

import pathlib
import re
import subprocess
import sys


def camel(match):
    words = match.group(2).split("_")
    return match.group(1) + "".join(word.capitalize() for word in words)


def adapt(code):
    code = re.sub(r"\b(Read|Write)_([a-z0-9_]+)", camel, code)
    code = re.sub(r"\bcodec\.(STRUCT_BEGIN|STRUCT_END|SIMPLE_LIST)\b",
                  lambda m: "codec." + "".join(w.capitalize() for w in m.group(1).split("_")), code)
    code = code.replace("Tars_invoke", "TarsInvoke")
    code = re.sub(r"err, (have|_) = _is\.SkipTo\(", r"\1, err = _is.SkipTo(", code)
    code = re.sub(r"err, (have|_), ty = _is\.SkipToNoCheck\(", r"\1, ty, err = _is.SkipToNoCheck(",
                  code)
    # The setter of a hash code went; it is a context value now.
    code = re.sub(r"// TarsSetHashCode.*\nfunc .*TarsSetHashCode\(.*\) \{\n.*\n.*\n\}\n", "", code)
    return code


def main():
    idl, folder, tool = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
    subprocess.run([tool, f"-outdir={folder}", idl], check=True)
    for path in folder.rglob("*.go"):
        path.write_text(adapt(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
