#!/usr/bin/env python3
"""Compares the web server with others and with the limit of the machine. See README.md."""

import argparse
import json
import os
import pathlib
import platform
import re
import socket
import statistics
import subprocess
import sys
import time
import urllib.request

sys.dont_write_bytecode = True  # no __pycache__ among the sources

HERE = pathlib.Path(__file__).resolve().parent
RESULTS = HERE.parent / "results"
SERVER_PROCESSOR, CLIENT_PROCESSOR = 0, 1

# kind of request -> path, depth of the pipeline, headers
REQUESTS = {
    "plain": ("/", 1, "few"),
    "browser's headers": ("/", 1, "browser"),
    "json": ("/json", 1, "few"),
    "parameter": ("/user/ann", 1, "few"),
    "page": ("/page", 1, "few"),
    "pipelined": ("/", 16, "few"),
}
# What each server is asked. The limit gives every request the same answer, so one path is enough.
ASKED = {
    "limit": ["plain", "browser's headers", "pipelined"],
    "aldis": list(REQUESTS),
    "aldis, 3 receivers": ["plain"],
    "restinio": ["plain", "browser's headers", "json", "parameter", "pipelined"],
    "cpp-httplib": ["plain", "browser's headers", "json", "parameter"],
    "Flask, gunicorn": ["plain", "browser's headers", "json", "parameter", "page"],
}
# Of the processor time per request, over that of the limit with the same headers.
BUDGETS = {"plain": 1.20, "browser's headers": 1.30, "json": 1.30, "parameter": 1.25}


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def flask_environment(build):
    """A virtual environment with Flask and gunicorn, created on the first run."""
    folder = build / "flask"
    if not (folder / "bin" / "gunicorn").exists():
        install = f"python3 -m venv {folder} && {folder}/bin/pip install flask gunicorn"
        if os.environ.get("PACKAGES") == "no":
            sys.exit(f"Flask and gunicorn are missing. Run this once:\n  {install}")
        print(f"Installing from PyPI, into {folder}: flask gunicorn", flush=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin" / "pip", "install", "--quiet", "flask", "gunicorn"],
                       check=True)
    return folder / "bin" / "gunicorn"


def command(name, build, port):
    programs = build / "bench" / "web"
    if name == "limit":
        return [programs / "bench_web_limit", port]
    if name == "aldis":
        return [programs / "bench_web_aldis", port]
    if name == "aldis, 3 receivers":
        return [programs / "bench_web_aldis", port, "receivers"]
    if name == "restinio":
        return [programs / "bench_web_restinio", port]
    if name == "cpp-httplib":
        return [programs / "bench_web_httplib", port]
    return [flask_environment(build), "--worker-class", "gthread", "--workers", "1", "--threads",
            "8", "--log-level", "error", "--chdir", HERE / "src", "--bind", f"127.0.0.1:{port}",
            "flask_app:app"]


def processes(root):
    """The process and its descendants."""
    children = pathlib.Path(f"/proc/{root}/task/{root}/children").read_text().split()
    return [root] + [one for child in children for one in processes(int(child))]


def processor_time(root):
    """Seconds so far, of all threads of these processes that still run, in nanoseconds' steps."""
    total = 0
    for process in processes(root):
        for task in pathlib.Path(f"/proc/{process}/task").iterdir():
            try:
                total += int((task / "schedstat").read_text().split()[0])
            except FileNotFoundError:
                pass
    return total / 1e9


def resident(root):
    """Resident memory in MiB."""
    status = pathlib.Path(f"/proc/{root}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


class Server:
    def __init__(self, name, build):
        self.name, self.port = name, free_port()
        words = [str(word) for word in command(name, build, self.port)]
        self.process = subprocess.Popen(
            ["taskset", "-c", str(SERVER_PROCESSOR), *words], stderr=subprocess.DEVNULL)

    def __enter__(self):
        deadline = time.monotonic() + 30
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5) as answer:
                    body = answer.read()
                break
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise SystemExit(f"{self.name} does not answer")
                time.sleep(0.05)
        if body != b"hello blinker":
            raise SystemExit(f"{self.name} answers {body!r}")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def measure(self, kind, seconds, connections):
        path, depth, headers = REQUESTS[kind]
        before, begin = processor_time(self.process.pid), time.monotonic()
        output = subprocess.run(
            ["taskset", "-c", str(CLIENT_PROCESSOR), "wrk", "-t1", f"-c{connections}",
             f"-d{seconds}s", "--timeout", "10s", "--latency", "-s", HERE / "src" / "requests.lua",
             f"http://127.0.0.1:{self.port}{path}", "--", str(depth), headers],
            check=True, stdout=subprocess.PIPE, text=True).stdout
        passed = time.monotonic() - begin
        used = processor_time(self.process.pid) - before
        requests = int(re.search(r"(\d+) requests in", output)[1])
        if "Non-2xx" in output or "Socket errors" in output or requests == 0:
            raise SystemExit(f"{self.name}, {kind}:\n{output}")

        def latency(percent):
            number, unit = re.search(rf"{percent}%\s+([\d.]+)(us|ms|s)", output).groups()
            return float(number) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]

        return {"requests/s": requests / passed, "us/request": used * 1e6 / requests,
                "p50 ms": latency(50), "p99 ms": latency(99), "busy": used / passed,
                "requests": requests, "MiB": resident(self.process.pid)}


def table(title, rows):
    print(f"\n{title}\n")
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  " + "  ".join([row[0].ljust(widths[0])]
                               + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]))


def print_tables(medians):
    for kind in REQUESTS:
        rows = [["", "requests/s", "us CPU/request", "over the limit", "p50 ms", "p99 ms"]]
        for name, kinds in medians.items():
            if kind not in kinds:
                continue
            one = kinds[kind]
            # wrk counts from the first of a pipeline, so its latencies say nothing there.
            times = ["-", "-"] if kind == "pipelined" else [
                f"{one['p50 ms']:.2f}", f"{one['p99 ms']:.2f}"]
            rows.append([name, f"{one['requests/s']:,.0f}", f"{one['us/request']:.2f}",
                         f"{one['over the limit']:.2f}", *times])
        table(kind, rows)


def ratios(rounds):
    """The median over the rounds of each figure, and of its ratio to the limit in the same round."""
    medians = {}
    for name, kinds in ASKED.items():
        medians[name] = {}
        for kind in kinds:
            of = "browser's headers" if kind == "browser's headers" else (
                "pipelined" if kind == "pipelined" else "plain")
            figures = [one[name][kind] for one in rounds if name in one]
            if not figures:
                continue
            entry = {key: statistics.median(figure[key] for figure in figures)
                     for key in figures[0]}
            entry["over the limit"] = statistics.median(
                one[name][kind]["us/request"] / one["limit"][of]["us/request"] for one in rounds)
            medians[name][kind] = entry
    return {name: kinds for name, kinds in medians.items() if kinds}


def print_budgets(rounds, medians, memory):
    lines = []
    aldis = medians["aldis"]
    for kind, most in BUDGETS.items():
        lines.append((f"{kind}: processor time over the limit", aldis[kind]["over the limit"], most))
    lines.append(("pipelined: limit's requests/s over aldis's",
                  statistics.median(one["limit"]["pipelined"]["requests/s"]
                                    / one["aldis"]["pipelined"]["requests/s"] for one in rounds),
                  1 / 0.6))
    lines.append(("3 receivers on each signal: time over none",
                  statistics.median(one["aldis, 3 receivers"]["plain"]["us/request"]
                                    / one["aldis"]["plain"]["us/request"] for one in rounds), 1.03))
    if memory:
        lines.append(memory_line(memory))
    print("\nbudgets\n")
    for what, figure, most in lines:
        print(f"  {'met    ' if figure <= most else 'NOT MET'}  {figure:5.2f} of {most:.2f}  {what}")
    return [{"what": what, "figure": figure, "most": most} for what, figure, most in lines]


def flat_memory(build, requests):
    """Memory in MiB after a tenth of the requests, and after all of them."""
    with Server("aldis", build) as server:
        done, before = 0, None
        while done < requests:
            figure = server.measure("pipelined", 2, 64)
            done += figure["requests"]
            if before is None and done >= requests / 10:
                before = figure["MiB"]
        return {"requests": done, "before": before, "after": resident(server.process.pid)}


def memory_line(memory):
    return (f"memory after {memory['requests']:,} requests over the first tenth",
            memory["after"] / memory["before"], 1.02)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5, help="for each measurement")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--requests", type=int, default=10_000_000, help="for memory; 0: not")
    parser.add_argument("--only", nargs="+", choices=ASKED, help="of the servers; always the limit")
    parser.add_argument("--quick", action="store_true", help="only to see that everything runs")
    parser.add_argument("--memory", action="store_true",
                        help="only memory over so many requests; fails if it is not flat")
    given = parser.parse_args()
    if given.quick:
        given.rounds, given.seconds, given.requests = 1, 1, 100_000
    if len(os.sched_getaffinity(0)) < 2:
        raise SystemExit("needs two processors: one for the server, one for the client")
    if given.memory:
        memory = flat_memory(given.build, given.requests)
        what, figure, most = memory_line(memory)
        print(f"{memory['before']:.2f} MiB, then {memory['after']:.2f} MiB; {figure:.3f} of {most}: "
              f"{what}")
        sys.exit(figure > most)
    names = [name for name in ASKED if not given.only or name in [*given.only, "limit"]]

    rounds = []
    for number in range(given.rounds):
        # Another order each round: what slows a while down does not always meet the same server.
        order = names[number % len(names):] + names[:number % len(names)]
        results = {}
        for name in order:
            with Server(name, given.build) as server:
                server.measure("plain", 1, given.connections)  # warms up
                results[name] = {kind: server.measure(kind, given.seconds, given.connections)
                                 for kind in ASKED[name]}
        rounds.append(results)
        print(f"round {number + 1} of {given.rounds}", file=sys.stderr)

    medians = ratios(rounds)
    print_tables(medians)
    report = {"machine": platform.processor() or platform.machine(),
              "kernel": platform.release(), "processors": os.cpu_count(),
              "rounds": given.rounds, "seconds": given.seconds, "connections": given.connections,
              "medians": medians}
    if set(names) >= {"aldis", "aldis, 3 receivers"}:
        memory = flat_memory(given.build, given.requests) if given.requests else None
        report["budgets"] = print_budgets(rounds, medians, memory)
    if not given.quick:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "web.json").write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
