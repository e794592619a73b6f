#!/usr/bin/env python3
"""Measures Tarsier against the raw floor, row by row, in alternating turns.

Server and client run on the same CPU, so that 1 / rate is the whole price of a request and the
price of each side is its own CPU time. Every figure is the median of the turns; every ratio is the
median of the ratios of neighbouring turns, so that a machine that drifts takes both along. Nothing
here fails because of a figure: the exit code is 1 only when something does not run.
"""

import argparse
import json
import os
import statistics
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import machine  # noqa: E402

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BASELINE = os.path.join(SOURCE, "bench", "baseline.json")
STOLEN_SHARE_MAX = 0.01
REPEATS_MAX = 2

FLOOR, UNBATCHED, TARSIER, GRPC = "floor", "floor unbatched", "tarsier", "grpc"


class Row:
    """One workload. goals: how many times another participant's figure ours may be at most."""

    def __init__(self, name, title, unit, metric, goals, load=(), own=False, grpc=False,
                 quick=False):
        self.name, self.title, self.unit, self.metric = name, title, unit, metric
        self.goals, self.load, self.own, self.grpc, self.quick = goals, load, own, grpc, quick

    def participants(self):
        names = [FLOOR, UNBATCHED, TARSIER]
        return names + [GRPC] if self.grpc else names


def server_cpu(report):
    return report["server_cpu_us"]


def both_cpu(report):
    return report["server_cpu_us"] + report["client_cpu_us"]


def median_latency(report):
    return report["p50_us"]


def calls(connections, in_flight, payload=64):
    return ["--connections", connections, "--in-flight", in_flight, "--payload", payload]


CPU = "server CPU µs/call"
ROWS = [
    Row("1", "64 B, 1 in flight, 1 connection", CPU, server_cpu, {FLOOR: 1.10}, calls(1, 1),
        grpc=True, quick=True),
    Row("1b", "64 B, 10 in flight, 1 connection", CPU, server_cpu, {FLOOR: 1.25}, calls(1, 10)),
    Row("2", "64 B, 100 in flight, 1 connection", CPU, server_cpu,
        {FLOOR: 2.5, UNBATCHED: 0.15}, calls(1, 100), grpc=True, quick=True),
    Row("3", "64 B, 1,000 in flight, 1 connection", CPU, server_cpu,
        {FLOOR: 6, UNBATCHED: 0.14}, calls(1, 1000)),
    Row("4", "64 B, 64 connections x 1 in flight", CPU, server_cpu, {FLOOR: 1.10}, calls(64, 1),
        quick=True),
    Row("5", "4 KiB, 100 in flight, 1 connection", CPU, server_cpu, {FLOOR: 1.5},
        calls(1, 100, 4096)),
    Row("6", "64 B, own client, 1 in flight", "p50 µs", median_latency, {FLOOR: 1.20},
        calls(1, 1), own=True, grpc=True, quick=True),
    Row("7", "64 B, own client, 100 in flight", "server + client CPU µs/call", both_cpu,
        {FLOOR: 3.6}, calls(1, 100), own=True, grpc=True, quick=True),
]


class Bench:
    def __init__(self, options):
        self.options = options
        self.cpu = options.cpu
        folder = os.path.join(options.build, "bench")
        program = lambda name: os.path.join(folder, name)  # noqa: E731
        self.servers = {
            FLOOR: [program("bench_floor")],
            UNBATCHED: [program("bench_floor"), "--unbatched"],
            TARSIER: [program("bench_echo_server")],
            GRPC: [program("bench_grpc_server")],
        }
        self.load = program("bench_load")
        self.clients = {TARSIER: program("bench_echo_client"), GRPC: program("bench_grpc_client")}

    def has(self, participant, own_client=False):
        needed = [self.servers[participant][0], self.load]
        if own_client or participant == GRPC:
            needed.append(self.clients.get(participant, self.load))
        return all(map(os.path.exists, needed))

    def client_command(self, client, server, port, arguments):
        return [str(word) for word in
                [client, "--port", port, "--server", server.pid, "--warmup", self.options.warmup,
                 "--seconds", self.options.seconds, *arguments]]

    def one_turn(self, participant, client, server, arguments):
        """The report of one run; repeated while too much time was stolen from it."""
        for attempt in range(REPEATS_MAX + 1):
            begin, stolen = time.monotonic(), machine.stolen_ticks([self.cpu])
            command = self.client_command(client, server, server.ports[0], arguments)
            report = finish(machine.start_pinned(command, self.cpu))
            share = (machine.stolen_ticks([self.cpu]) - stolen) / 100 / (time.monotonic() - begin)
            report["stolen"] = share
            if report.get("errors"):
                raise RuntimeError(f"{participant}: {report['errors']} wrong replies")
            if share <= STOLEN_SHARE_MAX or attempt == REPEATS_MAX:
                return report

    def measure(self, row):
        names = [name for name in row.participants() if self.has(name, row.own)]
        servers = {name: machine.Server(self.servers[name], [self.cpu]) for name in names}
        try:
            turns = {name: [] for name in names}
            for _ in range(self.options.turns):
                for name in names:
                    own = name == GRPC or (row.own and name == TARSIER)
                    client = self.clients[name] if own else self.load
                    turns[name].append(self.one_turn(name, client, servers[name], row.load))
        finally:
            for server in servers.values():
                server.stop()
        return turns

    def idle_connections(self):
        """Row 8: user-space memory of a connection that made one call and now rests."""
        count = 900 if self.options.quick else 9000
        figures = {}
        for name in filter(self.has, [FLOOR, TARSIER]):
            server = machine.Server(self.servers[name], [self.cpu])
            try:
                command = self.client_command(self.load, server, server.ports[0],
                                              ["--idle", count])
                report = finish(machine.start_pinned(command, self.cpu))
                figures[name] = [report["kib_per_connection"]]
            finally:
                server.stop()
        return figures

    def idle_server(self):
        """Row 9: resident memory of a server that listens and has done nothing else, in MiB."""
        figures = {}
        for name in filter(self.has, [FLOOR, TARSIER, GRPC]):
            server = machine.Server(self.servers[name], [self.cpu])
            time.sleep(0.2)
            figures[name] = [machine.resident_kib(server.pid) / 1024]
            server.stop()
        return figures

    def two_loops(self):
        """Row 10: two loops in one server, each with its own generator on its own CPU, over one."""
        if not self.has(TARSIER) or (os.cpu_count() or 1) < 2:
            return {}
        arguments = calls(64, 16)
        cpus = [0, 1]
        figures = {TARSIER: []}
        server = machine.Server(self.servers[TARSIER] + ["--loops", "2"], cpus)
        try:
            for _ in range(self.options.turns):
                rates = []
                for pairs in ([0], [1], [0, 1]):
                    clients = [machine.start_pinned(
                        self.client_command(self.load, server, server.ports[i], arguments), cpus[i])
                        for i in pairs]
                    rates.append(sum(finish(client)["rate"] for client in clients))
                figures[TARSIER].append(rates[2] / ((rates[0] + rates[1]) / 2))
        finally:
            server.stop()
        return figures

    def open_loop(self):
        """Latency at a fixed rate, counted from when each call was due."""
        figures = {}
        arguments = ["--connections", 64, "--rate", self.options.rate]
        for name in filter(self.has, [FLOOR, TARSIER]):
            server = machine.Server(self.servers[name], [self.cpu])
            try:
                reports = [self.one_turn(name, self.load, server, arguments)
                           for _ in range(self.options.turns)]
            finally:
                server.stop()
            figures[name] = {key: statistics.median(report[key] for report in reports)
                             for key in ("p50_us", "p90_us", "p99_us", "p999_us", "max_us",
                                         "server_cpu_us")}
        return figures


def finish(process):
    output, _ = process.communicate(timeout=120)
    if process.returncode != 0:
        raise RuntimeError(f"{process.args[0]} ended with {process.returncode}")
    return json.loads(output.splitlines()[-1])


def median(values):
    return statistics.median(values)


def spread(values):
    """Half the distance between the extremes, as a share of the median."""
    middle = median(values)
    return (max(values) - min(values)) / 2 / middle if middle else 0.0


def row_result(row, turns):
    result = {"name": row.name, "title": row.title, "unit": row.unit, "figures": {}, "ratios": {}}
    for name, reports in turns.items():
        values = [row.metric(report) for report in reports]
        result["figures"][name] = {
            "median": median(values), "spread": spread(values), "turns": values,
            "rate": median([report["rate"] for report in reports]),
            "p99_us": median([report["p99_us"] for report in reports]),
            "stolen": max(report["stolen"] for report in reports),
        }
    for other, goal in row.goals.items():
        if TARSIER in turns and other in turns:
            ratios = [row.metric(ours) / row.metric(theirs)
                      for ours, theirs in zip(turns[TARSIER], turns[other])]
            result["ratios"][other] = {"median": median(ratios), "spread": spread(ratios),
                                       "goal": goal, "met": median(ratios) <= goal}
    return result


def plain_result(name, title, unit, figures, goal, at_least=False):
    """A row whose goal is a figure of ours and not a ratio."""
    result = {"name": name, "title": title, "unit": unit, "figures": {}, "ratios": {}}
    for participant, values in figures.items():
        result["figures"][participant] = {"median": median(values), "spread": spread(values),
                                          "turns": values}
    if TARSIER in figures:
        ours = median(figures[TARSIER])
        result["ratios"]["figure"] = {
            "median": ours, "spread": spread(figures[TARSIER]), "goal": goal,
            "met": ours >= goal if at_least else ours <= goal, "at_least": at_least}
    return result


def number(value):
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value >= 1 else f"{value:.3f}"


HEADER = (f"{'row':<4}{'workload':<37}{'floor':>8}{'unbatched':>11}{'tarsier':>9}{'gRPC':>8}"
          f"   ratio to floor, spread, goal")


def print_row(result):
    cells = []
    for name, width in ((FLOOR, 8), (UNBATCHED, 11), (TARSIER, 9), (GRPC, 8)):
        figure = result["figures"].get(name)
        cells.append(f"{number(figure['median']) if figure else '–':>{width}}")
    notes = []
    for other, ratio in result["ratios"].items():
        sign = "≥" if ratio.get("at_least") else "≤"
        what = {FLOOR: "×", UNBATCHED: "× unbatched", "figure": ""}[other]
        notes.append(f"{ratio['median']:.2f} ±{ratio['spread']:.0%} ({sign} {ratio['goal']}{what})"
                     f" {'met' if ratio['met'] else 'MISSED'}")
    if any(f.get("stolen", 0) > STOLEN_SHARE_MAX for f in result["figures"].values()):
        notes.append("time was stolen")
    print(f"{result['name']:<4}{result['title']:<37}{''.join(cells)}   {'; '.join(notes)}",
          flush=True)


def print_open_loop(figures, rate):
    if not figures:
        return
    print(f"\nopen loop, 64 B, 64 connections, {rate:,.0f} calls/s; µs from when a call was due")
    for name, figure in figures.items():
        print(f"    {name:<10}" + "  ".join(
            f"{key[:-3]} {number(figure[key])}" for key in
            ("p50_us", "p90_us", "p99_us", "p999_us", "max_us")))


def compare(results, baseline_path):
    """Reports against an earlier run: ratios, as figures of another machine say little."""
    try:
        with open(baseline_path, encoding="utf-8") as file:
            baseline = {row["name"]: row for row in json.load(file)["rows"]}
    except (OSError, ValueError, KeyError):
        print("\nno baseline to compare with (bench/baseline.json)")
        return
    print("\nagainst bench/baseline.json (ratios; reported, never failed)")
    for result in results:
        for other, ratio in result["ratios"].items():
            before = baseline.get(result["name"], {}).get("ratios", {}).get(other)
            if before and before["median"]:
                change = ratio["median"] / before["median"] - 1
                noise = max(ratio["spread"], before["spread"], 0.03)
                mark = "" if abs(change) <= noise else "   <-- more than the spread"
                print(f"    {result['name']:<4}{other:<16}{before['median']:>7.2f} → "
                      f"{ratio['median']:>6.2f}   {change:+.0%}{mark}")


def parse_arguments():
    parser = argparse.ArgumentParser(
        description="Measure Tarsier against the raw floor (and gRPC, when it was built).")
    parser.add_argument("--quick", action="store_true", help="fewer rows and shorter turns")
    parser.add_argument("--build", default=os.path.join(SOURCE, "build", "release"),
                        help="build directory with the bench programs (build/release)")
    parser.add_argument("--rows", default="", help="only these, for example 1,2,7,open")
    parser.add_argument("--turns", type=int, help="default 5, quick 3")
    parser.add_argument("--seconds", type=float, help="of a turn; default 1, quick 0.3")
    parser.add_argument("--warmup", type=float, default=0.2, help="seconds before each turn")
    parser.add_argument("--cpu", type=int, default=(os.cpu_count() or 1) - 1,
                        help="CPU that server and client share (default: the last)")
    parser.add_argument("--rate", type=float, default=20000, help="calls per second, open loop")
    parser.add_argument("--json", default="", help="where to write (default: BUILD/bench.json)")
    parser.add_argument("--update-baseline", action="store_true",
                        help="write this run to bench/baseline.json")
    options = parser.parse_args()
    options.turns = options.turns or (3 if options.quick else 5)
    options.seconds = options.seconds or (0.3 if options.quick else 1.0)
    options.wanted = [name for name in options.rows.split(",") if name]
    return options


def main():
    options = parse_arguments()
    bench = Bench(options)
    if not bench.has(FLOOR):
        print(f"bench: {bench.load} is missing; build it: cmake --preset release && "
              "cmake --build --preset release", file=sys.stderr)
        return 1
    cpus = sorted({0, options.cpu}) if (os.cpu_count() or 1) < 3 else [options.cpu]
    about = machine.describe(options.build, [options.cpu])
    for key, value in about.items():
        print(f"{key:<9} {value}")
    print(f"turns     {options.turns} × {options.seconds} s, alternating; "
          "median ± half the range\n")
    print(HEADER)

    def wanted(name, quick=True):
        return name in options.wanted if options.wanted else quick or not options.quick

    results, open_loop = [], {}
    with machine.Spinners(cpus):
        for row in ROWS:
            if wanted(row.name, row.quick):
                results.append(row_result(row, bench.measure(row)))
                print_row(results[-1])
        for name, title, unit, measure, goal, at_least in (
                ("8", "idle connection, user space, KiB", "KiB", bench.idle_connections, 1, False),
                ("9", "resident memory, idle server, MiB", "MiB", bench.idle_server, 6, False),
                ("10", "two loops over one, 64 x 16 in flight", "×", bench.two_loops, 1.8, True)):
            if wanted(name, name != "10"):
                results.append(plain_result(name, title, unit, measure(), goal, at_least))
                print_row(results[-1])
        if wanted("open"):
            open_loop = bench.open_loop()
            print_open_loop(open_loop, options.rate)
    compare(results, BASELINE)
    report = {"about": about, "turns": options.turns, "seconds": options.seconds,
              "rows": results, "open_loop": open_loop}
    target = options.json or os.path.join(options.build, "bench.json")
    for path in [target] + ([BASELINE] if options.update_baseline else []):
        with open(path, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1, ensure_ascii=False)
            file.write("\n")
    print(f"\nwritten: {os.path.relpath(target)}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (RuntimeError, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
