#!/usr/bin/env python3
"""Runs the benchmarks, prints tables and budgets, writes JSON and plots. See README.md."""

import argparse
import json
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True  # no __pycache__ among the sources

import include_cost
import plots
import report
from plots import number

HERE = pathlib.Path(__file__).resolve().parent
SECTIONS = {"send": 201, "threads": 151, "churn": 101, "disconnect": 101, "selection": 201,
            "values": 201, "options": 101, "topics": 51, "queued": 101, "fresh": 51}


def run_json(*command):
    return json.loads(subprocess.run(
        [str(word) for word in command], check=True, stdout=subprocess.PIPE, text=True).stdout)


def with_ratio(figure):
    return f"{number(figure['ns'])} ({figure['ratio']:.2f}x)"


def in_locks(case, name, over, each=1):
    """What `name` costs more than `over`, in uncontended locks and unlocks of a mutex."""
    more = case[name]["ratio"] - (case[over]["ratio"] if over else 0)
    return more / each


def option_rows(options):
    """What, and the locks that it costs."""
    rows = [(f"{name}, for each of 8 receivers", in_locks(options["added"], name, "plain", 8))
            for name in ("when", "tracking", "times", "count_calls")]
    rows.append(("a watched send", in_locks(options["watched"], "watched", None)))
    for case, where in (("ended", ""), ("ended, two threads", ", two threads send"),
                        ("ended, two threads, 1000 sends between", ", and 1000 sends between")):
        if case in options:
            rows += [(f"{what}{where}", in_locks(options[case], name, "none"))
                     for name, what in (("disconnected afterwards", "connect, disconnect"),
                                        ("once", "connect, once met"),
                                        ("from inside", "connect, disconnect from inside"),
                                        ("expired", "connect, weak receiver expired"))]
    return rows


def print_tables(results):
    names = list(results["send"][0]["results"])
    peers = names[1:]

    rows = [["receivers"] + names]
    for case in results["send"]:
        label = str(case["receivers"]) + {"in place": ", inlined", "in function": "",
                                          "in turn": ", two signals in turn"}[case["call"]]
        rows.append([label] + [with_ratio(case["results"][n]) for n in names])
    report.table("Send: ns (ratio to the raw loop)", rows)

    if results["threads"]:
        rows = [["receivers"] + names]
        for case in results["threads"]:
            cells = []
            for name in names:
                one = case["results"].get(name)
                cells.append("not thread-safe" if one is None else
                             f"{number(one['alone']['ns'])} / {number(one['both']['ns'])}"
                             f" ({one['slowdown']:.2f}x)")
            rows.append([str(case["receivers"])] + cells)
        report.table("Send, ns per send: one thread / two threads at once (slowdown)", rows)

    rows = [["live, disconnected"] + peers]
    for case in results["churn"]:
        rows.append([f"{number(case['live'])}, the {case['disconnected']}"]
                    + [number(case["results"][n]["ns"]) for n in peers])
    report.table("Connect and disconnect: ns for the pair, nobody else sending", rows)

    rows = [["", "median", "p99", "one send"]]
    for case in results["disconnect"]:
        pause = "1 ms pause" if case["pause_ns"] else "no pause"
        for name, figure in case["results"].items():
            rows.append([f"{name}, {pause}", number(figure["disconnect"]["ns"]),
                         number(figure["disconnect"]["p99"]), number(figure["send_ns"])])
    report.table("Disconnect while another thread sends: ns for the call, and what a send cost meanwhile",
          rows)
    print("\n  Only aldis waits there for a call that is running. libsigc++: not thread-safe.")

    rows = [["senders", "raw loop", "std::unordered_map", "aldis"]]
    for case in results["selection"]:
        figures = case["results"]
        rows.append([case["case"]] + [with_ratio(figures[n]) if n in figures else "-"
                                      for n in rows[0][1:]])
    report.table("Send with from, 1 selected of 100 000 receivers: ns (ratio to calling that one)", rows)

    rows = [["8 receivers"] + names]
    for case in results["values"]:
        rows.append([case["case"]] + [with_ratio(case["results"][n]) if n in case["results"] else "-"
                                      for n in names])
    report.table("Values: ns (ratio to the raw loop)", rows)

    report.table("Options and ends of receivers, in locks and unlocks of a mutex",
                 [["", "locks"]] + [[what, number(locks)]
                                    for what, locks in option_rows(results["options"])])

    rows = [["patterns, matches", "64 topics in turn", "every topic", "naive loop",
             "connect + disconnect", "bytes a pattern"]]
    for case in results["topics"]["cases"]:
        figures = case["results"]
        rows.append([f"{number(case['patterns'])}, {case['matches']}"]
                    + [number(figures[n]["ns"]) for n in ("64 topics in turn",
                                                          "every topic, shuffled")]
                    + [number(case["naive"]["ns"]), number(figures["connect + disconnect"]["ns"]),
                       number(case["bytes"])])
    report.table("Send to a topic: ns; a pattern's connect and disconnect: ns for the pair", rows)

    named = results["topics"]["named"]
    report.table("Send, 1 receiver, of a signal in a registry: ns (ratio to an anonymous one)",
          [["", "ns"]] + [[name, with_ratio(figure)] for name, figure in named.items()])
    queued = results["queued"]
    rows = [["", "bare Asio", "aldis", "Qt Core"]]
    bare = {"bare Asio": "asio::post"}
    for what, case in (("ns per message, in bursts, on one processor", "throughput"),
                       ("  the receiver on another one", "throughput, two processors")):
        if case in queued:
            rows.append([what] + [with_ratio(queued[case][bare.get(n, n)]) for n in rows[0][1:]])
    for what, key in (("latency of one, median", "ns"), ("latency of one, p99", "p99")):
        rows.append([what] + [number(queued["latency"][bare.get(n, n)][key])
                              for n in rows[0][1:]])
    for receivers in (1, 10, 100):
        case = queued[f"async_send {receivers}"]
        rows.append([f"async_send, {receivers} coroutine receivers; a parallel group",
                     with_ratio(case["make_parallel_group"]), with_ratio(case["aldis"]), "-"])
    report.table("Queued delivery through a pool of one thread: ns", rows)

    rows = [["receivers"] + ["mutex + vector"] + peers]
    for case in results["fresh"]:
        for phase in ("together", "connect", "send", "disconnect"):
            rows.append([f"{case['receivers']}, {phase}"]
                        + [with_ratio(case[phase][n]) for n in names])
    report.table("New signals, all receivers of one: ns (ratio to a vector under a mutex)", rows)

    rows = [["", "sizeof", "construct", "first connect", "connect", "first send", "send"]]
    for name in names:
        m = results["memory"][name]
        rows.append([name, str(m["sizeof"])] + [
            f"{number(m[k]['calls'])} ({number(m[k]['bytes'])})"
            for k in ("construct", "first_connect", "connect", "first_send", "send")])
    report.table("Memory: bytes of a signal; allocations (bytes), connect and send on average", rows)

    rows = [["headers", "lines", "include, -O0", "program, -O2"]]
    for figure in results["include"].values():
        rows.append([figure["headers"], number(figure["lines"]), number(figure["include_ms"]),
                     number(figure["program_ms"])])
    report.table("Compile time: lines without blanks after the preprocessor; ms", rows)


def budgets(results):
    """One row for each line of the budget: what, figure, limit, unit. No figure: not measured."""
    sends = {(c["receivers"], c["call"]): c["results"]["aldis"] for c in results["send"]}
    rows = [("send, nobody connected", sends[0, "in place"]["ns"], 1, "ns")]
    for receivers, limit in ((1, 1.6), (8, 1.15), (64, 1.05), (1000, 1.05)):
        rows.append((f"send, {receivers} receivers" if receivers > 1 else "send, 1 receiver",
                     sends[receivers, "in function"]["ratio"], limit, "x raw loop"))

    slowdowns = {c["receivers"]: c["results"]["aldis"]["slowdown"] for c in results["threads"]}
    for receivers in (1, 8):
        rows.append((f"two threads send, each ({receivers} receiver{'s'[:receivers - 1]})",
                     slowdowns.get(receivers), 1.2, "x one thread"))

    churn = {c["live"]: c["results"]["aldis"]["ns"] for c in results["churn"]
             if c["disconnected"] == "oldest"}
    for live, ns in churn.items():
        rows.append((f"connect + disconnect, {number(live)} live", ns, 60, "ns"))
    rows.append(("  flat: 100 000 live", churn[100_000] / churn[10], 2, "x 10 live"))

    racing = [c["results"]["aldis"]["disconnect"]["ns"] for c in results["disconnect"]
              if not c["pause_ns"]]
    rows.append(("disconnect, another thread sending", racing[0] if racing else None, 1000, "ns"))

    selection = {c["case"]: c["results"]["aldis"] for c in results["selection"]}
    for case in ("same sender", "64 senders in turn"):
        rows.append((f"send with from, 1 of 100 000 ({case})", selection[case]["ns"], 40, "ns"))
    rows.append(("  8 receivers, none selected",
                 selection["8 receivers, none selected"]["ratio"], 1.15, "x raw loop"))
    for case, limit in (("same sender", 3), ("64 senders in turn", 3), ("every sender, shuffled", 2)):
        over = next(c["results"] for c in results["selection"] if c["case"] == case)
        rows.append((f"send with from, {case}",
                     over["aldis"]["ns"] / over["std::unordered_map"]["ns"], limit,
                     "x unordered_map"))
    rows.append(("  8 receivers beside others' selected ones",
                 selection["8 receivers beside others' selected ones"]["ratio"], 1.1,
                 "x raw loop"))
    for case in results["values"]:
        limit = 1.15 if case["case"].startswith("text") else 1.5
        rows.append((case["case"], case["results"]["aldis"]["ratio"], limit, "x raw loop"))
    limits = {"when": 0.5, "tracking": 0.8, "times": 0.7, "count_calls": 1, "a watched send": 3}
    for what, locks in option_rows(results["options"]):
        if what.startswith("connect, disconnect") and "inside" not in what:
            continue  # for comparison only
        rows.append((what, locks, limits.get(what.partition(",")[0], 10), "locks"))
    topics = {round(c["patterns"], -3): c["results"]["64 topics in turn"]["ns"]
              for c in results["topics"]["cases"] if c["matches"] == 3}
    rows.append(("send to a topic, 1 000 000 patterns, 3 match", topics[1_000_000], 1000, "ns"))
    rows.append(("  flat: 1 000 000 patterns", topics[1_000_000] / topics[1_000], 3,
                 "x 1 000 patterns"))
    named = results["topics"]["named"]
    for name in ("named", "named, was watched"):
        rows.append((f"send, 1 receiver, {name}", named[name]["ratio"], 1.1, "x anonymous"))

    for what, case in (("queued delivery, a pool of one", "throughput"),
                       ("  on another processor", "throughput, two processors")):
        if case in results["queued"]:
            rows.append((what, results["queued"][case]["aldis"]["ratio"], 1.5, "x asio::post"))

    for receivers in (1, 10, 100):
        rows.append((f"async_send, {receivers} coroutines",
                     results["queued"][f"async_send {receivers}"]["aldis"]["ratio"], 1.3,
                     "x parallel group"))

    # At 2, 8 and 64 receivers.
    for phase, limits in (("together", (1.4, 2.0, 1.5)), ("connect", (1.3, 2.2, 2.2)),
                          ("send", (1.2, 1.8, 1.5)), ("disconnect", (1.5, 3, 1.2))):
        for case, limit in zip(results["fresh"], limits):
            rows.append((f"new signal, {case['receivers']} receivers, {phase}",
                         case[phase]["aldis"]["ratio"], limit, "x mutex + vector"))

    include = results["include"]["aldis"]
    rows.append(("#include <aldis/signal.hpp>", include["include_ms"], 200, "ms"))
    rows.append(("  after the preprocessor", include["lines"], 30_000, "lines"))
    rows.append(("  signal, connect, send at -O2", include["program_ms"], 300, "ms"))

    memory = results["memory"]["aldis"]
    rows.append(("sizeof(signal)", memory["sizeof"], 8, "bytes"))
    rows.append(("allocations, construct", memory["construct"]["calls"], 0, ""))
    # Blocks of receivers are allocated, now and then: a tenth of an allocation counts as none.
    rows.append(("allocations, connect (amortised)", memory["connect"]["calls"], 0.1, ""))
    rows.append(("allocations, send", memory["send"]["calls"], 0, ""))
    return [{"what": what, "figure": figure, "limit": limit, "unit": unit,
             "met": None if figure is None else figure <= limit}
            for what, figure, limit, unit in rows]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="build folder")
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "results")
    parser.add_argument("--quick", action="store_true",
                        help="few rounds: shows that it runs, its figures mean little")
    options = parser.parse_args()
    programs = options.build / "bench"

    watch = report.Stopwatch()
    results = {"machine": report.machine(options.build, run_json(programs / "aldis_bench", "versions"))}
    for section, rounds in SECTIONS.items():
        print(f"measuring: {section}", file=sys.stderr)
        results[section] = run_json(programs / "aldis_bench", section,
                                    5 if options.quick else rounds)
    print("measuring: memory, include", file=sys.stderr)
    results["memory"] = run_json(programs / "aldis_bench_memory")
    results["include"] = include_cost.measure(options.build, 1 if options.quick else 5)
    results["machine"]["seconds"] = watch.seconds()
    results["machine"]["foreign_percent"] = watch.foreign_percent()
    results["budgets"] = budgets(results)

    print_tables(results)
    report.print_budgets(results["budgets"])

    m = results["machine"]
    report.print_machine(m)

    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "bench.json").write_text(json.dumps(results, indent=1) + "\n")
    caption = f"{m['cpu']}{', virtual' if m['virtual'] else ''}; {m['compiler']}; {m['flags']}"
    for name, draw in plots.ALL.items():
        if results[name]:
            (options.out / f"{name}.svg").write_text(draw(results, caption))


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"bench: {pathlib.Path(error.cmd[0]).name} failed ({error.returncode})")
