"""The cost at compile time: lines after preprocessing, and the compiler's time."""

import json
import pathlib
import re
import shlex
import statistics
import subprocess
import time

PROGRAMS = {
    "nothing": "nothing",
    "std::function": "std_function",
    "aldis": "aldis",
    "Boost.Signals2": "boost_signals2",
    "libsigc++": "libsigcpp",
    "Qt Core": "qt",
}


def _flags(command):
    """The compiler and its include directories; optimization and warnings are set here."""
    words = shlex.split(command)
    kept = [words[0], "-std=c++20"]
    for word, following in zip(words[1:], words[2:] + [""]):
        if word.startswith(("-I", "-D", "-fPI")):
            kept.append(word)
        elif word == "-isystem":
            kept += [word, following]
    return kept


def _timed(command, source, text=None):
    """Seconds for compiling, without linking; the result is discarded."""
    begin = time.perf_counter()
    subprocess.run(
        [*command, "-x", "c++", "-c", "-o", "/dev/null", source],
        input=text, text=True, check=True)
    return time.perf_counter() - begin


def measure(build, rounds):
    here = pathlib.Path(__file__).parent / "minimal"
    commands = {
        pathlib.Path(entry["file"]): (entry["command"], entry["directory"])
        for entry in json.loads((build / "compile_commands.json").read_text())
    }
    programs = {}
    for name, stem in PROGRAMS.items():
        source = here / f"{stem}.cpp"
        flags = _flags(commands[source.resolve()][0])
        include = "\n".join(re.findall(r"^#include <.*>$", source.read_text(), re.MULTILINE)) + "\n"
        preprocessed = subprocess.run(
            [*flags, "-E", "-x", "c++", "-"],
            input=include, text=True, check=True, capture_output=True).stdout
        lines = sum(1 for line in preprocessed.splitlines()
                    if line.strip() and not line.startswith("#"))
        programs[name] = {"source": source, "flags": flags, "include": include, "lines": lines,
                          "include_ms": [], "program_ms": []}

    for _ in range(rounds):
        for program in programs.values():
            program["include_ms"].append(
                1e3 * _timed([*program["flags"], "-O0"], "-", program["include"]))
            program["program_ms"].append(
                1e3 * _timed([*program["flags"], "-O2"], str(program["source"])))

    return {
        name: {"headers": ", ".join(re.findall("<(.*)>", program["include"])),
               "lines": program["lines"],
               "include_ms": round(statistics.median(program["include_ms"]), 1),
               "program_ms": round(statistics.median(program["program_ms"]), 1)}
        for name, program in programs.items()
    }
