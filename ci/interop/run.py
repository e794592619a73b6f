#!/usr/bin/env python3
"""Calls between Tarsier and other implementations of TARS, in both directions.

Each program is a process of its own; a server says "listening PORT" on its first line, a client
says "ok CASE", "skip CASE: why" or "FAIL CASE: why" for each case. Peers are installed into
build/interop, never into the source tree. A peer whose toolchain or registry is missing is skipped,
which is not passed. The last line counts the cases.
"""

import argparse
import ctypes
import os
import pathlib
import signal
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import peers  # noqa: E402

SOURCE = peers.HERE.parent.parent
START_SECONDS = 30
CLIENT_SECONDS = 180
STOP_SECONDS = 20


class Tarsier:
    """Our own programs, built by CMake (targets interop_server and interop_client)."""

    name = "tarsier"

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def prepare(self):
        for program in ("interop_server", "interop_client"):
            if not (self.folder / program).is_file():
                raise RuntimeError(f"{self.folder / program} is missing: build the targets "
                                   "interop_server and interop_client")

    def server(self):
        return [str(self.folder / "interop_server")]

    def client(self, port, server):
        return [str(self.folder / "interop_client"), str(port), server]


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Server:
    def __init__(self, peer):
        self.process = subprocess.Popen(
            peer.server(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            errors="replace", preexec_fn=die_with_parent)
        self.lines = []
        self.port = None
        self.listening = threading.Event()
        self.readers = [threading.Thread(target=self.read, args=(stream,), daemon=True)
                        for stream in (self.process.stdout, self.process.stderr)]
        for reader in self.readers:
            reader.start()
        if not self.listening.wait(START_SECONDS) or self.port is None:
            self.process.kill()
            self.process.wait()
            raise RuntimeError(f"the server of {peer.name} does not listen: "
                               + " / ".join(self.lines[-5:]))

    def read(self, stream):
        for line in stream:
            words = line.split()
            if self.port is None and len(words) == 2 and words[0] == "listening":
                self.port = int(words[1])
                self.listening.set()
            self.lines.append(line.rstrip())
        if stream is self.process.stdout:
            self.listening.set()  # it ended without a port

    def stop(self, ending):
        """The exit status, after a request to end unless it is `ending`; None: it was killed."""
        if not ending and self.process.poll() is None:
            self.process.terminate()
        try:
            status = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            status = None
        for reader in self.readers:
            reader.join(5)
        return status


class Report:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def direction(self, client, server, verbose):
        title = f"{client.name} → {server.name}"
        try:
            serving = Server(server)
        except RuntimeError as error:
            self.failed += 1
            print(f"  FAIL {title}: {error}")
            return
        command = client.client(serving.port, server.name)
        try:
            result = subprocess.run(command, capture_output=True, text=True, errors="replace",
                                    timeout=CLIENT_SECONDS, check=False,
                                    preexec_fn=die_with_parent)
            output, errors, status = result.stdout, result.stderr, result.returncode
        except subprocess.TimeoutExpired as error:
            output = (error.stdout or b"").decode(errors="replace")
            errors, status = f"no end within {CLIENT_SECONDS} s", None
        lines = output.splitlines()
        passed = sum(line.startswith("ok ") for line in lines)
        failures = [line for line in lines if line.startswith("FAIL ")]
        absent = sum(line.startswith("skip ") for line in lines)
        if status != 0 and not failures:
            failures.append(f"FAIL the client ended with {status}: {errors[-1500:]}")
        if passed == 0:
            failures.append("FAIL not one case passed")
        ended = serving.stop("ok graceful close" in lines)
        if server.name == "tarsier":
            if ended == 0:
                passed += 1
            else:
                failures.append(f"FAIL our server ended with {ended}: "
                                + "\n".join(serving.lines[-30:]))
        self.passed += passed
        self.failed += len(failures)
        note = f", {absent} not applicable" if absent else ""
        print(f"interop {title:<18} {passed} ok, {len(failures)} failed{note}", flush=True)
        shown = lines + [line for line in failures if line not in lines] if verbose else failures
        for line in shown:
            print(f"  {line}")

    def skip(self, name, why):
        self.skipped += 1
        print(f"interop {name:<18} skipped: {why}", flush=True)


def parse_arguments():
    parser = argparse.ArgumentParser(
        description="Calls between Tarsier and other TARS implementations, in both directions.",
        epilog="Exit codes: 0 all passed or skipped, 1 something failed, 2 wrong usage.")
    parser.add_argument("--only", default=",".join(peers.ALL), metavar="PEER,…",
                        help="some of: " + ", ".join(peers.ALL))
    parser.add_argument("--programs", default=str(SOURCE / "build" / "dev" / "ci" / "interop"),
                        help="folder of interop_server and interop_client (build/dev/ci/interop)")
    parser.add_argument("--cache", default=str(SOURCE / "build" / "interop"),
                        help="where peers are installed (build/interop)")
    parser.add_argument("--peers", action="store_true",
                        help="the peers among themselves, without Tarsier: are they right?")
    parser.add_argument("--verbose", action="store_true", help="every case, not only failures")
    options = parser.parse_args()
    options.names = [name for name in options.only.split(",") if name]
    unknown = [name for name in options.names if name not in peers.ALL]
    if unknown or not options.names:
        parser.error(f"--only takes some of {','.join(peers.ALL)}, not '{options.only}'")
    return options


def main():
    options = parse_arguments()
    report = Report()
    present = []
    os.makedirs(options.cache, exist_ok=True)
    for name in options.names:
        peer = peers.ALL[name](options.cache)
        try:
            peer.prepare()
            present.append(peer)
        except peers.Unavailable as error:
            report.skip(name, str(error))
        except RuntimeError as error:
            report.failed += 1
            print(f"  FAIL {name}: {error}")
    if options.peers:
        pairs = [(client, server) for client in present for server in present]
    else:
        ours = Tarsier(options.programs)
        if present:
            ours.prepare()
        pairs = [(ours, ours)] if present else []
        pairs += [pair for peer in present for pair in ((peer, ours), (ours, peer))]
    for client, server in pairs:
        report.direction(client, server, options.verbose)
    skipped = f", {report.skipped} skipped" if report.skipped else ""
    print(f"{report.passed} passed, {report.failed} failed{skipped}")
    return 1 if report.failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as error:
        print(f"interop: {error}\n0 passed, 1 failed", file=sys.stderr)
        sys.exit(1)
