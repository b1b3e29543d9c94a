#!/usr/bin/python3
"""Compares aldis::templates with Jinja2 and kainjow's Mustache. See README.md."""

import argparse
import json
import pathlib
import random
import statistics
import subprocess
import sys
import time
from importlib import metadata

sys.dont_write_bytecode = True  # no __pycache__ among the sources

import jinja2
import markupsafe

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import report
from plots import number

ENGINES = ["Jinja2", "mustache", "aldis"]
PAGES = {"page": "page: a base and its child, 5 links, 20 rows", "table": "table: 1000 rows of 5"}
ROUND_NS = 10_000_000  # what one engine runs at a time


def variables():
    """The same data as in data.hpp."""
    return {
        "title": "Cups & saucers",
        "links": [{"href": f"/section/{i}", "caption": f"Section {i}"} for i in range(5)],
        "rows": [{"name": f"Cup <{i}> & saucer", "price": f"{i}.50"} for i in range(20)],
        "table": [[f"cell {i}.{j}" for j in range(5)] for i in range(1000)],
    }


class Jinja:
    def __init__(self, folder):
        self.environment = jinja2.Environment(loader=jinja2.FileSystemLoader(folder),
                                              autoescape=True)
        self.templates = {page: self.environment.get_template(f"{page}.html") for page in PAGES}
        self.sources = {name: (folder / f"{name}.html").read_text() for name in ["base", *PAGES]}
        self.variables = variables()

    def output(self, page):
        return self.templates[page].render(self.variables)

    def render(self, page, times):
        render, given = self.templates[page].render, self.variables
        begin = time.perf_counter_ns()
        for _ in range(times):
            render(given)
        return time.perf_counter_ns() - begin

    def compile(self, page, times):
        sources = [self.sources[name] for name in (["page", "base"] if page == "page" else [page])]
        begin = time.perf_counter_ns()
        for _ in range(times):
            for source in sources:
                self.environment.from_string(source)
        return time.perf_counter_ns() - begin


class Program:
    """An engine in the C++ program, which has several."""

    def __init__(self, process, name):
        self.process, self.name = process, name

    def ask(self, *words):
        self.process.stdin.write(" ".join(map(str, words)).encode() + b"\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def output(self, page):
        return self.process.stdout.read(self.ask("output", self.name, page)).decode()

    def render(self, page, times):
        return self.ask("render", self.name, page, times)

    def compile(self, page, times):
        return self.ask("compile", self.name, page, times)


def engines(process):
    return {"Jinja2": Jinja(HERE / "pages"),
            "mustache": Program(process, "mustache"), "aldis": Program(process, "aldis")}


def require_same_output(all_engines):
    for page in PAGES:
        outputs = {name: engine.output(page) for name, engine in all_engines.items()}
        for name in ENGINES:
            if outputs[name] != outputs["Jinja2"]:
                sys.exit(f"bench: {name} renders another {page} than Jinja2")
        print(f"{page}: {len(outputs['Jinja2'])} characters, the same from all", file=sys.stderr)


def measure(all_engines, what, page, rounds):
    """The median ns of each engine over the rounds, and its ratio to aldis."""
    run = {name: getattr(engine, what) for name, engine in all_engines.items()}
    times = {name: max(1, ROUND_NS // max(1, min(call(page, 1) for _ in range(5))))
             for name, call in run.items()}
    samples = {name: [] for name in run}
    order = list(run)
    for _ in range(rounds):
        random.shuffle(order)
        for name in order:
            samples[name].append(run[name](page, times[name]) / times[name])
    return {name: {"ns": statistics.median(values),
                   "ratio": statistics.median(v / a for v, a in zip(values, samples["aldis"]))}
            for name, values in samples.items()}


def budgets(results):
    rows = []
    for page in PAGES:
        figures = results["render"][page]
        rows.append((f"{page}: Jinja2 takes at least", figures["Jinja2"]["ratio"], 20, "x aldis"))
        rows.append((f"{page}: Mustache takes at least", figures["mustache"]["ratio"], 1,
                     "x aldis"))
    return [{"what": what, "figure": figure, "limit": limit, "unit": unit, "met": figure >= limit}
            for what, figure, limit, unit in rows]


def print_tables(results):
    for what, title in (("render", "Render"), ("compile", "Compile")):
        rows = [["", *ENGINES]]
        for page, label in PAGES.items():
            figures = results[what][page]
            rows.append([label] + [f"{number(figures[n]['ns'])} ({figures[n]['ratio']:.2f}x)"
                                   for n in ENGINES])
        report.table(f"{title}: ns (ratio to aldis)", rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="build folder")
    parser.add_argument("--out", type=pathlib.Path, default=HERE.parent / "results")
    parser.add_argument("--rounds", type=int, default=101)
    options = parser.parse_args()

    watch = report.Stopwatch()
    program = options.build / "bench/templates/aldis_bench_templates"
    speedups = "with" if hasattr(markupsafe, "_speedups") else "without"
    results = {"machine": report.machine(options.build, {
        "Jinja2": jinja2.__version__, f"MarkupSafe ({speedups} its C part)": metadata.version("markupsafe"),
        "Python": sys.version.split()[0]})}
    with subprocess.Popen([program, HERE / "pages"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        contestants = engines(process)
        require_same_output(contestants)
        for what in ("render", "compile"):
            results[what] = {}
            for page in PAGES:
                print(f"measuring: {what}, {page}", file=sys.stderr)
                results[what][page] = measure(contestants, what, page, options.rounds)
    results["machine"]["seconds"] = watch.seconds()
    results["machine"]["foreign_percent"] = watch.foreign_percent()
    results["budgets"] = budgets(results)

    print_tables(results)
    report.print_budgets(results["budgets"])
    report.print_machine(results["machine"])
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "templates.json").write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
