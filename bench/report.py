"""The common parts of all reports: the machine, tables, budgets."""

import os
import pathlib
import platform
import re
import resource
import subprocess
import time

from plots import number


def machine(build, versions):
    cpuinfo = pathlib.Path("/proc/cpuinfo").read_text()
    model = next((line.split(":", 1)[1].strip() for line in cpuinfo.splitlines()
                  if line.startswith("model name")), platform.machine())
    cache = dict(re.findall(r"^(\w+):\w+=(.*)$", (build / "CMakeCache.txt").read_text(),
                            re.MULTILINE))
    compiler = subprocess.run([cache["CMAKE_CXX_COMPILER"], "--version"],
                              check=True, capture_output=True, text=True).stdout.splitlines()[0]
    compiler = re.sub(r"^c\+\+", "g++", compiler)
    build_type = cache["CMAKE_BUILD_TYPE"]
    return {
        "cpu": model,
        "virtual": "hypervisor" in cpuinfo,
        "processors": len(os.sched_getaffinity(0)),
        "kernel": re.match(r"[\d.]+", platform.release())[0],
        "compiler": compiler,
        "flags": cache.get(f"CMAKE_CXX_FLAGS_{build_type.upper()}", ""),
        "libraries": versions,
    }


class Stopwatch:
    """The duration of a run, and the processor time that others used meanwhile."""

    def __init__(self):
        self.begin, self.foreign = time.monotonic(), foreign_time()

    def seconds(self):
        return round(time.monotonic() - self.begin)

    def foreign_percent(self):
        """The load by other programs, and by other guests."""
        took = time.monotonic() - self.begin
        return [round(100 * max(0, after - before) / took / os.cpu_count(), 1)
                for before, after in zip(self.foreign, foreign_time())]


def foreign_time():
    """Seconds of processor time used so far by other programs, and by other guests."""
    user, nice, system, _, _, _, _, stolen = map(
        int, pathlib.Path("/proc/stat").read_text().split()[1:9])
    own = sum(sum(resource.getrusage(who)[:2])
              for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    tick = os.sysconf("SC_CLK_TCK")
    return (user + nice + system) / tick - own, stolen / tick


def table(title, rows):
    """Prints rows of cells. The first row is the heading; the first column is left-aligned."""
    print(f"\n{title}\n")
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  " + "  ".join([row[0].ljust(widths[0])]
                               + [c.rjust(w) for c, w in zip(row[1:], widths[1:])]).rstrip())


def print_budgets(lines):
    words = {True: "met", False: "NOT MET", None: "not measured"}
    rows = [["what", "figure", "limit", "unit", ""]]
    for b in lines:
        figure = "-" if b["figure"] is None else number(b["figure"], digits=4)
        rows.append([b["what"], figure, number(b["limit"]), b["unit"], words[b["met"]]])
    table("Budgets of aldis", rows)


def print_machine(m):
    print(f"\n{m['cpu']}{' (virtual)' if m['virtual'] else ''}, {m['processors']} processors, "
          f"Linux {m['kernel']}, {m['compiler']}, {m['flags']}")
    print(", ".join(f"{name} {version}" for name, version in m["libraries"].items()))
    programs_took, guests_took = m["foreign_percent"]
    print(f"{m['seconds']} s; meanwhile other programs took {programs_took} % of this machine, "
          f"other guests {guests_took} %")
    if programs_took + guests_took > 5:
        print("That is much: measure again when the machine is idle.")
