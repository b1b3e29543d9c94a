#!/usr/bin/python3
"""Renders random templates with Jinja2 and with aldis, and prints those that differ.

random_cases.py --program build/dev/templates/test/oracle/aldis_templates_compare
    10 000 cases of seed 1; --count and --seed for others
random_cases.py --program ... --only 4711
    one case: what it is, what both make of it
"""

import argparse
import collections
import copy
import functools
import json
import multiprocessing
import operator
import os
import random
import re
import select
import subprocess
import sys
import time

sys.dont_write_bytecode = True  # no __pycache__ among the sources

import jinja2

import jinja
from grammar import Grammar, Piece

SECONDS = 20  # until a case counts as one that hangs
SHOWN = 5     # differences that are printed
TRIES = 400   # renders to make a case smaller
DAMAGED = 0.15  # of the templates, to compare errors


def generated(seed, number):
    """The case of this number, with the templates as trees."""
    chance = random.Random(f"{seed}/{number}")
    grammar = Grammar(chance)
    data = grammar.data()
    templates = grammar.templates()
    if chance.random() < DAMAGED:
        name = chance.choice(sorted(templates))
        templates[name] = damaged(templates[name].text(), chance)
    return {"name": f"seed {seed}, case {number}", "entry": "main", "templates": templates,
            "data": data, "options": grammar.options()}


def damaged(text, chance):
    """A template with a few tokens removed, repeated or swapped: usually invalid."""
    tokens = re.findall(r"\{[{%#][-+]?|[-+]?[}%#]\}|\w+|\s+|.", text, re.DOTALL)
    for _ in range(chance.randrange(1, 4)):
        if not tokens:
            break
        place, other = chance.randrange(len(tokens)), chance.choice(tokens)
        chance.choice([lambda: tokens.pop(place), lambda: tokens.insert(place, other),
                       lambda: tokens.__setitem__(place, other)])()
    return Piece("statements", *[Piece("token", token) for token in tokens])


def with_text(case):
    texts = {name: tree.text() for name, tree in case["templates"].items()}
    case = {**case, "templates": texts}
    return {**case, "expected": jinja.outcome(case)}


class Comparison:
    """The program that renders with aldis and compares."""

    def __init__(self, program):
        self.program = program
        self.start()

    def start(self):
        self.process = subprocess.Popen([self.program], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def got(self, case):
        """None if aldis has the same outcome for the case, else its outcome."""
        self.process.stdin.write(json.dumps(case).encode() + b"\n")
        self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], SECONDS)
        line = self.process.stdout.readline() if ready else b""
        if not line:
            self.process.kill()
            code = self.process.wait()
            self.start()
            return {"ended": f"exit code {code}" if ready else f"no answer in {SECONDS} s"}
        answer = json.loads(line.decode(errors="surrogateescape"))
        return None if answer["same"] else answer["got"]


# Differences that are documented: docs/templates-differences.md. Each is recognised by what
# happened, not by how it looks.

class Counting(jinja2.Environment):
    """Detects integers of more than 64 bits, wherever they occur."""
    sandboxed = True
    operators = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
                 "//": operator.floordiv, "%": operator.mod, "**": operator.pow}
    intercepted_binops = frozenset(operators)
    intercepted_unops = frozenset("-+")
    beyond = False

    def seen(self, value):
        if isinstance(value, int) and not -2**63 <= value < 2**63:
            Counting.beyond = True
        return value

    def call_binop(self, context, name, left, right):
        return self.seen(self.operators[name](left, right))

    def call_unop(self, context, name, argument):
        return self.seen({"-": operator.neg, "+": operator.pos}[name](argument))

    def call(self, context, function, *positional, **keywords):
        return self.seen(context.call(function, *positional, **keywords))

    def __init__(self, **options):
        super().__init__(**options)

        def noticing(function):
            @functools.wraps(function)
            def call(*positional, **keywords):
                return self.seen(function(*positional, **keywords))
            return call
        self.filters = {name: noticing(function) for name, function in self.filters.items()}


def beyond_64_bits(case, got):
    """aldis reports an integer overflow; the integers of Python grow."""
    if got.get("error", {}).get("type") != "OverflowError":
        return False
    Counting.beyond = False
    jinja.outcome(case, Counting)
    return Counting.beyond


def python_refuses(case, got):
    """A repeated keyword argument: Jinja2 accepts it, and Python's compiler rejects it. aldis
    reports a syntax error."""
    return (case["expected"].get("error", {}).get("type") == "SyntaxError"
            and got.get("error", {}).get("type") == "TemplateSyntaxError")


def line_of_with(case, got):
    """An error in a value of `with`: Jinja2 reports the line of the previous statement."""
    ours, theirs = got.get("error", {}), case["expected"].get("error", {})
    if not ours or not theirs or {**ours, "line": 0} != {**theirs, "line": 0}:
        return False
    lines = case["templates"][ours["template"]].splitlines()
    return re.search(r"\{%[-+]?\s*with\b", lines[ours["line"] - 1]) is not None


def folded(case, got):
    """An error in a constant expression, which Jinja2 evaluates at compile time, has no location
    there, or that of the tag for which Jinja2 compiles the template."""
    ours, theirs = got.get("error"), case["expected"].get("error")
    if (not ours or not theirs
            or (ours["type"], ours["message"]) != (theirs["type"], theirs["message"])):
        return False
    if theirs["template"] is None:
        return True
    line = case["templates"][theirs["template"]].splitlines()[theirs["line"] - 1]
    return (ours["template"] != theirs["template"]
            and re.search(r"\{%[-+]?\s*(include|import|from|extends)\b", line) is not None)


def slice_of_literal(case, got):
    """A slice of a literal without slices: undefined if Jinja2 evaluates it at compile time,
    otherwise an error in both."""
    return (got.get("error", {}).get("message", "").endswith("object is not subscriptable")
            and case["expected"].get("error") is None)


def unknown_filter_with_keywords(case, got):
    """Jinja2's replacement for an unknown filter or test takes no keywords."""
    return (re.match(r"No (filter|test) named", got.get("error", {}).get("message", ""))
            and "<locals>.t_" in case["expected"].get("error", {}).get("message", ""))


DIFFERENCES = {"integers beyond 64 bits": beyond_64_bits, "refused by Python only": python_refuses,
               "line of with": line_of_with, "folded": folded,
               "slice of a literal": slice_of_literal,
               "unknown, with keywords": unknown_filter_with_keywords}


def difference(comparison, case):
    """The outcome of aldis if it differs and the difference is not documented, with the reason."""
    expected = case["expected"].get("text", "") + str(case["expected"].get("error", ""))
    if re.search(r" at 0x[0-9a-f]+(>|&gt;)", expected):
        return None, "prints an address"
    got = comparison.got(case)
    if got is None:
        return None, "error" if "error" in case["expected"] else "text"
    for name, is_it in DIFFERENCES.items():
        if is_it(case, got):
            return None, name
    return got, "different"


def smaller(piece):
    """Possible replacements for a piece in a smaller case."""
    if piece.kind == "expression":
        inner = [p for p in piece.pieces() if p.kind == "expression"]
        return [[p] for p in inner] + [["1"], ["'a'"], ["[]"]]
    if piece.kind == "token":
        return [[]]
    inner = [p for p in piece.pieces() if p.kind == "statements"]
    return [[]] + [[p] for p in inner]


def reduced(comparison, case):
    """The smallest case found that still differs."""
    case = copy.deepcopy(case)
    tries = 0
    changed = True
    while changed and tries < TRIES:
        changed = False
        for tree in case["templates"].values():
            for piece in [tree] + tree.pieces():
                before, size = piece.parts, len(piece.text())
                for parts in smaller(piece):
                    piece.parts = parts
                    tries += 1
                    if (len(piece.text()) < size and tries < TRIES
                            and difference(comparison, with_text(case))[0] is not None):
                        before, size, changed = parts, len(piece.text()), True
                        break
                    piece.parts = before
    for name in list(case["data"]):
        less = {**case, "data": {k: v for k, v in case["data"].items() if k != name}}
        if difference(comparison, with_text(less))[0] is not None:
            case = less
    for name in list(case["options"]):
        less = {**case, "options": {k: v for k, v in case["options"].items() if k != name}}
        if difference(comparison, with_text(less))[0] is not None:
            case = less
    return case


def readable(outcome):
    if outcome is None:
        return "the same"
    return outcome.get("text", json.dumps(outcome, ensure_ascii=False))


def report(case, got):
    lines = [case["name"]]
    for name, text in case["templates"].items():
        lines += [f"---- {name}", text]
    lines += ["---- data", json.dumps(case["data"], ensure_ascii=False),
              "---- options", json.dumps(case["options"]),
              "---- Jinja2 gives", readable(case["expected"]), "---- aldis gives", readable(got)]
    return "\n".join(lines)


def part_of(job):
    """Compares some cases. Returns counts and reports of those that differ."""
    program, seed, numbers, shown = job
    comparison = Comparison(program)
    counts, reports = collections.Counter(), []
    for number in numbers:
        case = generated(seed, number)
        got, how = difference(comparison, with_text(case))
        counts[how] += 1
        if got is not None and len(reports) < shown:
            small = with_text(reduced(comparison, case))
            reports.append(report(small, difference(comparison, small)[0]))
    comparison.process.stdin.close()
    comparison.process.wait()
    return counts, reports


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="aldis_templates_compare")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--only", type=int, help="the number of one case")
    parser.add_argument("--shown", type=int, default=SHOWN, help="differences to print")
    options = parser.parse_args()

    if options.only is not None:
        case = with_text(generated(options.seed, options.only))
        print(report(case, difference(Comparison(options.program), case)[0]))
        return 0

    sys.stdout.reconfigure(errors="backslashreplace")  # what aldis gives may be wrong in any way
    begin = time.monotonic()
    workers = len(os.sched_getaffinity(0))
    jobs = [(options.program, options.seed, range(first, options.count, workers * 8), options.shown)
            for first in range(workers * 8)]
    counts, reports = collections.Counter(), []
    with multiprocessing.Pool(workers) as pool:
        for some, more in pool.imap_unordered(part_of, jobs):
            counts += some
            reports += more

    for text in reports[:options.shown]:
        print(text, end="\n\n")
    seconds = round(time.monotonic() - begin)
    print(f"{sum(counts.values())} cases of seed {options.seed} in {seconds} s, "
          f"Jinja2 {jinja2.__version__}: "
          + ", ".join(f"{count} {how}" for how, count in sorted(counts.items())))
    return 1 if counts["different"] else 0


if __name__ == "__main__":
    sys.exit(main())
