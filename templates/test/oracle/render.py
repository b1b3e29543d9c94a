#!/usr/bin/env python3
"""Renders the cases by real Jinja2 into expected/.

render.py            writes what has changed
render.py --check    fails if a committed file is not what Jinja2 gives
"""

import argparse
import json
import pathlib
import sys
import tomllib

sys.dont_write_bytecode = True  # no __pycache__ among the sources

import jinja2

from jinja import marked, outcome

HERE = pathlib.Path(__file__).resolve().parent
KEYS = {"name", "template", "templates", "entry", "data", "options"}


def cases_of(path):
    """The cases of a group. `[simple]` is a table of name = template, with the defaults."""
    group = tomllib.loads(path.read_text())
    defaults = group.pop("defaults", {})
    cases = [{"name": name, "template": template}
             for name, template in group.pop("simple", {}).items()]
    cases += group.pop("case", [])
    if group:
        sys.exit(f"{path}: unknown tables {sorted(group)}; there are: defaults, simple, case")

    names = set()
    for case in cases:
        case = {**defaults, **case}
        if set(case) - KEYS:
            sys.exit(f"{path}: {case['name']}: unknown keys {sorted(set(case) - KEYS)}")
        if case["name"] in names:
            sys.exit(f"{path}: {case['name']}: the name is there twice")
        names.add(case["name"])
        entry = case.get("entry", "main")
        templates = dict(case.get("templates", {}))
        if "template" in case:
            templates[entry] = case["template"]
        yield {"name": case["name"], "entry": entry, "templates": templates,
               "data": marked(case.get("data", "{}")), "options": case.get("options", {})}


def rendered(path):
    cases = [{**case, "expected": outcome(case)} for case in cases_of(path)]
    return json.dumps(cases, indent=1, ensure_ascii=False) + "\n", cases


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()

    total, errors, differing = 0, 0, []
    wanted = set()
    for path in sorted((HERE / "cases").glob("*.toml")):
        text, cases = rendered(path)
        total += len(cases)
        errors += sum("error" in case["expected"] for case in cases)
        expected = HERE / "expected" / f"{path.stem}.json"
        wanted.add(expected)
        if not expected.exists() or expected.read_text() != text:
            differing.append(expected)
            if not options.check:
                expected.parent.mkdir(exist_ok=True)
                expected.write_text(text)
    for path in set((HERE / "expected").glob("*.json")) - wanted:
        differing.append(path)
        if not options.check:
            path.unlink()

    for path in differing:
        print(f"{path.relative_to(HERE)} {'is not what the cases give' if options.check else 'written'}")
    print(f"{total} cases, {errors} of them errors, by Jinja2 {jinja2.__version__}, "
          f"Python {sys.version.split()[0]}")
    return 1 if options.check and differing else 0


if __name__ == "__main__":
    sys.exit(main())
