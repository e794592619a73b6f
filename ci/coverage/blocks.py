"""What line counts hide: in `if (closed_) return Error(…);` the line is reached whenever the
condition is asked. gcov knows the blocks of a line; a return whose block never ran is unreached."""
import pathlib
import re
import subprocess

ROW = re.compile(r"\s*(?P<count>[^:]+):\s*(?P<line>\d+)(?::|-block)")


def parse(text):
    """Output of `gcov -a -t` -> (path, line) -> True if some instance of the line ran whole."""
    whole, path, current, clean = {}, None, None, False

    def close():
        if current is not None:
            whole[(path, current)] = whole.get((path, current), False) or clean

    for row in text.splitlines():
        match = ROW.match(row)
        if not match:
            continue
        count, number = match.group("count").strip(), int(match.group("line"))
        if number == 0:
            if ":Source:" in row:
                close()
                path, current = row.split(":Source:", 1)[1], None
        elif "-block" in row:
            # %%%%% is a block that never ran; $$$$$ one that only an exception reaches.
            if number == current and count.startswith("%"):
                clean = False
        else:
            close()
            current = None if count == "-" else number
            clean = not count.startswith(("#", "="))
    close()
    return whole


def of_build(folder, root, only):
    """Merges all objects of a build: a line ran whole if it did in any of them. `only` are the
    folders below the build folder that are asked."""
    merged = {}
    for name in only:
        for counts in sorted((pathlib.Path(folder) / name).rglob("*.gcda")):
            text = subprocess.run(
                ["gcov-12", "-a", "-t", "-r", "-s", str(root), str(counts.resolve())],
                capture_output=True, text=True, check=True, cwd=root).stdout
            for key, clean in parse(text).items():
                merged[key] = merged.get(key, False) or clean
    return merged
