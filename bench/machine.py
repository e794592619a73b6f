"""The machine a bench runs on: what it is, who stole time, and processes pinned to a CPU."""

import os
import signal
import subprocess
import sys


def stolen_ticks(cpus):
    """Ticks (1/100 s) that the hypervisor took from these CPUs since boot."""
    total = 0
    with open("/proc/stat", encoding="ascii") as stat:
        for line in stat:
            fields = line.split()
            if fields[0] in {f"cpu{cpu}" for cpu in cpus}:
                total += int(fields[8])
    return total


def _cpu_name():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        for line in info:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return os.uname().machine


def _cache_value(build, name):
    try:
        with open(os.path.join(build, "CMakeCache.txt"), encoding="utf-8") as cache:
            for line in cache:
                if line.startswith(name + ":"):
                    return line.split("=", 1)[1].strip()
    except OSError:
        pass
    return ""


def _output(command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def describe(build, cpus):
    """Everything that a figure depends on besides the code."""
    compiler = _cache_value(build, "CMAKE_CXX_COMPILER")
    kind = _cache_value(build, "CMAKE_BUILD_TYPE")
    flags = _cache_value(build, "CMAKE_CXX_FLAGS_" + kind.upper())
    source = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    commit = _output(["git", "-C", source, "rev-parse", "--short=12", "HEAD"]) or "unknown"
    if _output(["git", "-C", source, "status", "--porcelain", "--untracked-files=no"]):
        commit += "+changes"
    return {
        "machine": f"{_cpu_name()}, {os.cpu_count()} CPUs",
        "kernel": os.uname().release,
        "compiler": (_output([compiler, "--version"]).splitlines() or ["unknown"])[0],
        "flags": " ".join(filter(None, [kind, flags])),
        "pinning": "server and client on CPU " + ", ".join(map(str, cpus)),
        "commit": commit,
        "load": "%.2f" % os.getloadavg()[0],
    }


def _die_with_parent():
    import ctypes

    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Spinners:
    """A process per CPU that only runs when nothing else wants to (SCHED_IDLE).

    It keeps a virtual CPU from halting, which would cost more than what is measured.
    """

    def __init__(self, cpus):
        self._processes = []
        for cpu in cpus:
            code = (
                "import os\n"
                f"os.sched_setaffinity(0, [{cpu}])\n"
                "os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))\n"
                "while True: pass\n"
            )
            self._processes.append(
                subprocess.Popen([sys.executable, "-c", code], preexec_fn=_die_with_parent)
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self._processes:
            process.kill()
            process.wait()


class Server:
    """A server program pinned to CPUs, and the ports it said it listens on."""

    def __init__(self, command, cpus):
        def prepare():
            _die_with_parent()
            os.sched_setaffinity(0, cpus)

        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, preexec_fn=prepare
        )
        words = self.process.stdout.readline().split()
        if len(words) < 2 or words[0] != "listening":
            self.stop()
            raise RuntimeError(f"{command[0]} did not say 'listening <port>' but: {words}")
        self.ports = [int(word) for word in words[1:]]
        self.pid = self.process.pid

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0


def start_pinned(command, cpu):
    def prepare():
        _die_with_parent()
        os.sched_setaffinity(0, [cpu])

    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=prepare)
