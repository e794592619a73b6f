"""The peers: how each is installed into a cache folder, served and called."""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
IDL = HERE / "Interop.tars"


class Unavailable(Exception):
    """A toolchain or a registry is missing: skipped, which is not passed."""


def find_tool(name, *folders):
    path = os.pathsep.join([os.environ.get("PATH", ""), *folders])
    found = shutil.which(name, path=path)
    if not found:
        raise Unavailable(f"'{name}' is not installed")
    return found


def run(command, folder, log, what=""):
    """Runs to the end; with `what`, a failure means that something outside is missing."""
    with open(log, "ab") as out:
        try:
            result = subprocess.run([str(word) for word in command], cwd=folder, stdout=out,
                                    stderr=out, stdin=subprocess.DEVNULL, timeout=600, check=False)
            failure = f"ended with {result.returncode}" if result.returncode else ""
        except subprocess.TimeoutExpired:
            failure = "took more than 600 s"
    if failure:
        message = f"{pathlib.Path(command[0]).name} {command[1]} {failure}; see {log}"
        raise Unavailable(f"{what} ({message})") if what else RuntimeError(message)


def with_lists(text, element=r"(?:unsigned )?\w+"):
    """The IDL with lists in place of fixed lengths, which C++ alone has in every form: arrays of
    `element`, and all of the others."""
    text = re.sub(rf"\b({element}) (\w+)\[\d+\]", r"vector<\1> \2", text)
    text = re.sub(r"\bstring:\d+ ", "vector<byte> ", text)
    text = re.sub(r"(\bvector<\w+>):\d+ ", r"\1 ", text)
    return re.sub(r"\bbyte \*", "vector<byte> ", text)


class Peer:
    """A peer is prepared once for given sources; later runs use what is in the cache."""

    name = ""

    def __init__(self, cache):
        self.folder = pathlib.Path(cache) / self.name
        self.log = self.folder.with_suffix(".log")

    def prepare(self):
        self.find_tools()
        sources = sorted(p for p in (HERE / self.name).rglob("*") if p.is_file())
        digest = hashlib.sha256()
        for path in [*sources, IDL, pathlib.Path(__file__)]:
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
        stamp = self.folder / ".prepared"
        if stamp.is_file() and stamp.read_text() == digest.hexdigest():
            return
        shutil.rmtree(self.folder, ignore_errors=True)  # what was removed here is to go there too
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self.log.write_bytes(b"")
        shutil.copytree(HERE / self.name, self.folder)
        self.install()
        stamp.write_text(digest.hexdigest())

    def find_tools(self):
        """Unavailable when the toolchain is not there."""

    def install(self):
        """Fills self.folder, which holds a copy of the sources."""

    def server(self):
        raise NotImplementedError

    def client(self, port, server):
        raise NotImplementedError


class Node(Peer):
    name = "node"

    def find_tools(self):
        self.node = find_tool("node")
        self.npm = find_tool("npm")

    def install(self):
        run([self.npm, "ci", "--no-audit", "--no-fund"], self.folder, self.log,
            "no npm registry in reach")

    def server(self):
        return [self.node, "--no-warnings", str(self.folder / "server.js")]

    def client(self, port, server):
        return [self.node, "--no-warnings", str(self.folder / "client.js"), str(port), server]


class Go(Peer):
    name = "go"

    def find_tools(self):
        self.go = find_tool("go", "/usr/local/go/bin")

    # What tars2go writes for an array of bytes does not compile.
    def write_idl(self):
        text = IDL.read_text(encoding="utf-8")
        text = with_lists(text, element="(?:unsigned )?byte")
        (self.folder / "Interop.tars").write_text(text, encoding="utf-8")

    def install(self):
        self.write_idl()
        missing = "no Go module proxy in reach"
        run([self.go, "mod", "download"], self.folder / "tars2go", self.log, missing)
        run([self.go, "mod", "download"], self.folder, self.log, missing)
        tool = self.folder / "bin" / "tars2go"
        run([self.go, "build", "-o", tool, "github.com/TarsCloud/TarsGo/tars/tools/tars2go"],
            self.folder / "tars2go", self.log)
        shutil.rmtree(self.folder / "gen", ignore_errors=True)
        run([tool, "-outdir=gen", "Interop.tars"], self.folder, self.log)
        for program in ("server", "client"):
            run([self.go, "build", "-o", self.folder / "bin" / program, f"./{program}"],
                self.folder, self.log)

    def server(self):
        return [str(self.folder / "bin" / "server")]

    def client(self, port, server):
        return [str(self.folder / "bin" / "client"), "-port", str(port), "-server", server]


class Java(Peer):
    name = "java"

    def find_tools(self):
        self.java = find_tool("java")
        find_tool("javac")
        self.maven = find_tool("mvn")

    # TarsJava's grammar has no unsigned integers below int, no enumerators with values and no fixed
    # lengths. On the wire they are what stands here (spec §1.3).
    def write_idl(self):
        text = with_lists(IDL.read_text(encoding="utf-8"))
        text = re.sub(r"\benum Colour .*?;", "", text)
        for ours, theirs in (("unsigned byte", "short"), ("unsigned short", "int"),
                             ("unsigned int", "long"), ("Colour", "int")):
            text = re.sub(rf"\b{ours}\b", theirs, text)
        (self.folder / "Interop.tars").write_text(text, encoding="utf-8")

    def install(self):
        self.write_idl()
        maven = [self.maven, "-B", "-q", "-ntp"]
        run([*maven, "dependency:resolve-plugins", "dependency:resolve"], self.folder, self.log,
            "no Maven repository in reach")
        run([*maven, "clean", "package"], self.folder, self.log)

    def command(self, main):
        # TarsJava reaches into the JDK, which newer ones allow only when told so.
        target = self.folder / "target"
        return [self.java, "--add-exports",
                "java.base/sun.reflect.generics.reflectiveObjects=ALL-UNNAMED", "-cp",
                f"{target}/classes:{target}/dependency/*", main]

    def server(self):
        return self.command("interop.ProbeServer")

    def client(self, port, server):
        return [*self.command("interop.ProbeClient"), str(port), server]


ALL = {peer.name: peer for peer in (Node, Go, Java)}
