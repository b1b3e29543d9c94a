#!/usr/bin/env python3
"""Run the examples in order, and compare their output with the expected output.

    python3 examples/tour/run.py --build build                       # the whole tour
    python3 examples/tour/run.py --build build examples/readme.cpp   # some of them
    python3 examples/tour/run.py --build build --ninja               # builds them too

An example opens with a comment: its idea, a few words about it, and the output it prints.

    // A named signal
    //
    // Every request for a name returns the same signal.
    //
    // Output:
    //     Make way!

Lines between `//[show]` and `//[/show]` are the ones worth reading. The program must print
exactly that output to stdout and exit with 0. Exit code of the tour: 0, or 1 if one did not.
A program that serves has a visit.py beside its source, which runs it and prints instead.

With --ninja the first program is built and shown, and then the others are built in the background, in
the order in which they are shown: web takes minutes, core seconds.
"""

import argparse
import difflib
import os
import re
import shutil
import subprocess
import sys
import textwrap
import threading
from dataclasses import dataclass
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent.parent
TIMEOUT = 60  # seconds; a program that hangs is a difference too

KEYWORDS = """auto bool catch char class const constexpr double else false for if int long new
namespace private public return static struct template this throw true try using void volatile
while""".split()
TOKEN = re.compile(
    r"(?P<comment>//.*)"
    r'|(?P<string>"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])\')'
    rf"|(?P<keyword>\b(?:{'|'.join(KEYWORDS)})\b)"
    r"|(?P<name>\baldis\b)"
    r"|(?P<number>\b\d[\w.]*)"
)
COLOURS = {"comment": "2", "string": "32", "keyword": "35", "name": "36", "number": "33"}


class Paint:
    """Colours for a terminal; none for a pipe, NO_COLOR or a dumb terminal."""

    def __init__(self) -> None:
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        self.on = sys.stdout.isatty() and not plain

    def __call__(self, code: str, text: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self.on and text else text

    def cpp(self, line: str) -> str:
        return TOKEN.sub(lambda found: self(COLOURS[found.lastgroup], found[0]), line)


class Malformed(Exception):
    """The example does not say what it shows or what it prints."""


@dataclass
class Example:
    source: Path
    title: str
    about: str
    output: str
    shown: str

    @property
    def name(self) -> str:
        return self.source.relative_to(EXAMPLES).with_suffix("").as_posix()


def read(source: Path) -> Example:
    lines = source.read_text(encoding="utf-8").splitlines()
    end = next((i for i, line in enumerate(lines) if not line.startswith("//")), len(lines))
    head = "\n".join(line.removeprefix("//").removeprefix(" ") for line in lines[:end])
    parts = re.fullmatch(r"(.+)\n\n((?:.+\n)+)\nOutput:\n((?:(?: {4}.*)?\n?)+)", head)
    if not parts:
        raise Malformed("the head is not: a title, some words, 'Output:' and indented lines")
    title, about, output = parts.groups()

    blocks = re.findall(r"^ *//\[show\]\n(.*?)^ *//\[/show\]$", "\n".join(lines), re.S | re.M)
    if not blocks:
        raise Malformed("nothing between //[show] and //[/show]")
    shown = "\n\n".join(textwrap.dedent(block).strip("\n") for block in blocks)
    return Example(source, title, about, textwrap.dedent(output).rstrip("\n") + "\n", shown)


def run(program: Path, visitor: Path) -> tuple[str, str, str]:
    """Its stdout, its stderr, and a description of an abnormal end."""
    command = [sys.executable, visitor, program] if visitor.exists() else [program]
    try:
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT, check=False)
        wrong = f"exit code {done.returncode}, not 0" if done.returncode else ""
        printed, errors = done.stdout, done.stderr
    except subprocess.TimeoutExpired as hung:
        wrong, printed, errors = f"did not end within {TIMEOUT} s", hung.stdout, hung.stderr
    except OSError as error:
        wrong, printed, errors = f"{error.strerror.lower()}: {program} (is it built?)", b"", b""
    return (printed or b"").decode(errors="replace"), (errors or b"").decode(errors="replace"), wrong


def component(source: Path) -> str:
    """The component that the program needs; of several, the one that takes longest to build."""
    included = re.findall(r"^#include <aldis/(\w+)", source.read_text(encoding="utf-8"), re.M)
    if source.parent.joinpath("visit.py").exists():
        return "web"
    return next((name for name in ("web", "templates", "async") if name in included), "core")


class Builder(threading.Thread):
    """Builds the programs with Ninja in the background, while others are shown."""

    def __init__(self, build: Path, sources: list[Path]) -> None:
        super().__init__(daemon=True)
        self.build = build
        self.log = build.parent / f"{build.name}-tour.log"
        self.steps: list[list[Path]] = []
        for source in sources:
            # The first has a step of its own, so that it need not wait for any other.
            if len(self.steps) < 2 or component(self.steps[-1][0]) != component(source):
                self.steps.append([])
            self.steps[-1].append(source)
        self.finished = {source: threading.Event() for source in sources}
        self.unbuilt: set[Path] = set()
        self.lock = threading.Lock()
        self.stopped = False
        self.ninja: subprocess.Popen | None = None

    def run(self) -> None:
        for step in self.steps:
            if self.unbuilt or not self.make(step):
                self.unbuilt.update(step)
            for source in step:
                self.finished[source].set()

    def make(self, step: list[Path]) -> bool:
        paths = [source.relative_to(EXAMPLES.parent).with_suffix("").as_posix() for source in step]
        targets = ["aldis_" + path.replace("/", "_") for path in paths]
        with self.log.open("w", encoding="utf-8") as log:
            with self.lock:
                if self.stopped:
                    return False
                self.ninja = subprocess.Popen(
                    ["ninja", "-C", self.build, *targets], stdout=log, stderr=subprocess.STDOUT
                )
            return self.ninja.wait() == 0

    def wait(self, source: Path) -> None:
        """Waits until the program is built. Ends the tour if the build fails."""
        if not self.finished[source].is_set():
            print(f"Building {component(source)} ...", file=sys.stderr, flush=True)
        self.finished[source].wait()
        if source in self.unbuilt:
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
            sys.exit("\n".join([*lines[-60:], f"The build failed; the whole log is {self.log}."]))

    def stop(self) -> None:
        with self.lock:
            self.stopped = True
            if self.ninja:
                self.ninja.terminate()
        self.join()


def difference(example: Example, printed: str, paint: Paint) -> list[str]:
    marks = {"-": "31", "+": "32", "@": "36"}
    diff = difflib.unified_diff(
        example.output.splitlines(),
        printed.splitlines(),
        f"written in {example.source.relative_to(EXAMPLES.parent)}",
        "printed by the program",
        lineterm="",
    )
    lines = [paint(marks.get(line[0], "0"), line) for line in diff]
    if not lines and printed != example.output:
        lines = ["the two differ only in how lines end"]
    return lines


def show(example: Example, number: int, paint: Paint) -> None:
    print(paint("1;33", f"{number:2}"), "", paint("1", example.title))
    width = min(shutil.get_terminal_size().columns, 100)
    indent = {"initial_indent": "    ", "subsequent_indent": "    "}
    print(textwrap.fill(example.about, width, **indent), end="\n\n")
    for line in example.shown.splitlines():
        print(f"    {paint.cpp(line)}".rstrip())
    print()


def visit(source: Path, build: Path, number: int, quiet: bool, paint: Paint) -> bool:
    try:
        example = read(source)
    except Malformed as error:
        print(paint("1;31", f"{source.relative_to(EXAMPLES.parent)}: {error}"))
        return False

    if not quiet:
        show(example, number, paint)
    printed, errors, wrong = run(build / "examples" / example.name, source.parent / "visit.py")
    if not quiet:
        for line in printed.splitlines():
            print("   ", paint("2", "|"), line)
        print()

    differs = difference(example, printed, paint) if printed or not wrong else []
    if not (differs or wrong):
        return True
    print(paint("1;31", f"{example.name}: {wrong or 'printed something else'}"))
    print(*differs, *errors.splitlines(), "", sep="\n")
    return False


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the examples, compare what they print.")
    parser.add_argument("--build", type=Path, default=Path("build"), help="the build directory")
    parser.add_argument("--ninja", action="store_true", help="build the programs first, with ninja")
    parser.add_argument("--quiet", action="store_true", help="print only what differs")
    parser.add_argument("sources", nargs="*", type=Path, help="default: the whole tour")
    arguments = parser.parse_args()

    paint = Paint()
    build = arguments.build.resolve()
    sources = [source.resolve() for source in arguments.sources]
    if not sources:
        sources = sorted((EXAMPLES / "tour").glob("[0-9]*.cpp"))
        sources.append(EXAMPLES / "web/kingdom/kingdom.cpp")
    for source in sources:
        if not (source.is_file() and source.is_relative_to(EXAMPLES)):
            parser.error(f"not an example: {source}")

    builder = Builder(build, sources) if arguments.ninja else None
    if builder:
        builder.start()
    failed = []
    try:
        for number, source in enumerate(sources, 1):
            if builder:
                builder.wait(source)
            if not visit(source, build, number, arguments.quiet, paint):
                failed.append(source)
            sys.stdout.flush()
    except BrokenPipeError:  # `run.py | head` ends quietly
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    finally:
        if builder:
            builder.stop()

    if failed:
        print(paint("1;31", f"{len(failed)} of {len(sources)} not as their source says:"))
        print(*(f"  {source.relative_to(EXAMPLES.parent)}" for source in failed), sep="\n")
    elif not arguments.quiet:
        print(paint("32", f"{len(sources)} of {len(sources)} printed what their source says."))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
