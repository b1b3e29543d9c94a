#!/usr/bin/python3
"""Renders the cases with Jinja2 into expected/.

render.py            writes what has changed, and the page of documented differences
render.py --check    fails if a committed file is not what Jinja2 gives
"""

import argparse
import json
import pathlib
import struct
import sys
import textwrap
import tomllib

sys.dont_write_bytecode = True  # no __pycache__ among the sources

import jinja2

from jinja import marked, outcome

HERE = pathlib.Path(__file__).resolve().parent
EXPECTED = HERE / "expected"
PAGE = HERE.parents[2] / "docs/templates-differences.md"
KEYS = {"name", "template", "templates", "entry", "data", "options"}


def cases_of(path, more_keys=()):
    """The cases of a group. `[simple]` is a table of name = template, with the defaults."""
    try:
        group = tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        sys.exit(f"{path}: {error}")
    defaults = group.pop("defaults", {})
    cases = [{"name": name, "template": template}
             for name, template in group.pop("simple", {}).items()]
    cases += group.pop("case", [])
    if group:
        sys.exit(f"{path}: unknown tables {sorted(group)}; there are: defaults, simple, case")

    allowed = KEYS | set(more_keys)
    names = set()
    for case in cases:
        case = {**defaults, **case}
        if set(case) - allowed:
            sys.exit(f"{path}: {case['name']}: unknown keys {sorted(set(case) - allowed)}; "
                     f"there are: {sorted(allowed)}")
        if case["name"] in names:
            sys.exit(f"{path}: {case['name']}: the name is there twice")
        names.add(case["name"])
        entry = case.get("entry", "main")
        templates = dict(case.get("templates", {}))
        if "template" in case:
            templates[entry] = case["template"]
        yield {"name": case["name"], "entry": entry, "templates": templates,
               "data": marked(case.get("data", "{}")), "options": case.get("options", {}),
               **{key: case[key] for key in more_keys}}


def rendered(cases):
    return [{**case, "expected": outcome(case)} for case in cases]


def as_json(cases):
    return json.dumps(cases, indent=1, ensure_ascii=False) + "\n"


def differences():
    """The documented differences, each of which must exist."""
    path = HERE / "differences.toml"
    cases = rendered(cases_of(path, ["aldis", "why"]))
    for case in cases:
        if case["aldis"] == case["expected"]:
            sys.exit(f"{path}: {case['name']}: Jinja2 gives the same")
    return cases


def catalog(path):
    """A .mo file with the messages of a .toml file."""
    source = tomllib.loads(path.read_text())
    order = {"little": "<", "big": ">"}[source["byte_order"]]
    messages = {"": source["header"].lstrip(), **source["messages"]}
    pairs = sorted((key.encode(), text.encode()) for key, text in messages.items())
    header = struct.calcsize(order + "7I")
    offset = header + 16 * len(pairs)
    texts, tables = b"", [[], []]
    for column, table in enumerate(tables):
        for pair in pairs:
            table += len(pair[column]), offset + len(texts)
            texts += pair[column] + b"\0"
    numbers = [0x950412de, 0, len(pairs), header, header + 8 * len(pairs), 0, offset]
    numbers += tables[0] + tables[1]
    return struct.pack(f"{order}{len(numbers)}I", *numbers) + texts


def write_catalogs(check):
    """Writes the catalogs, which the cases need. Returns how many were outdated."""
    differing = 0
    for path in sorted((HERE / "catalogs").glob("*.toml")):
        made, file = catalog(path), path.with_suffix(".mo")
        if file.exists() and file.read_bytes() == made:
            continue
        differing += 1
        print(f"{file.name} {'is not what its .toml gives' if check else 'written'}")
        if not check:
            file.write_bytes(made)
    return differing


def readable(outcome):
    """An outcome as a line of Markdown."""
    if "error" in outcome:
        return f"{outcome['error']['type']}: {outcome['error']['message']}"
    return f"`{outcome['text']}`" if outcome["text"] else "nothing"


def page(cases):
    """The page of differences, with these inserted between its markers."""
    begin, end = "<!-- differences.toml -->\n", "<!-- end of differences.toml -->"
    before, _, rest = PAGE.read_text().partition(begin)
    sections = [f"## {case['name']}\n\n{case['why']}\n\n"
                f"{textwrap.indent(case['templates'][case['entry']], '    ')}\n\n"
                f"- Jinja2: {readable(case['expected'])}\n- aldis: {readable(case['aldis'])}\n"
                for case in cases]
    return before + begin + "\n" + "\n".join(sections) + "\n" + end + rest.partition(end)[2]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()

    differing = write_catalogs(options.check)
    groups = {path.stem: rendered(cases_of(path))
              for path in sorted((HERE / "cases").glob("*.toml"))}
    files = {EXPECTED / f"{name}.json": as_json(cases) for name, cases in groups.items()}
    documented = differences()
    files[HERE / "differences.json"] = as_json(documented)
    files[PAGE] = page(documented)
    stale = set(EXPECTED.glob("*.json")) - set(files)

    for path, text in files.items():
        if path.exists() and path.read_text() == text:
            continue
        differing += 1
        what = "is not what the cases give" if options.check else "written"
        print(f"{path.name} {what}")
        if not options.check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
    for path in stale:
        differing += 1
        print(f"{path.name} has no cases")
        if not options.check:
            path.unlink()

    all_cases = [case for cases in groups.values() for case in cases]
    errors = sum("error" in case["expected"] for case in all_cases)
    print(f"{len(all_cases)} cases, {errors} of them errors, by Jinja2 {jinja2.__version__}, "
          f"Python {sys.version.split()[0]}")
    return 1 if options.check and differing else 0


if __name__ == "__main__":
    sys.exit(main())
