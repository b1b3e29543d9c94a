#!/usr/bin/env python3
"""What run.py --ninja builds, and when: with programs and a ninja that only pretend."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import run

SOURCES = [
    run.EXAMPLES / "tour" / name
    for name in ("01_named_signal.cpp", "08_answers.cpp", "16_topics.cpp", "21_stream.cpp")
]
CORE = "aldis_examples_tour_"


class Building(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.build = self.folder / "build"
        self.asked = self.folder / "asked"

    def program(self, path: Path, script: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def tour(self, ninja: str) -> subprocess.CompletedProcess:
        self.program(self.folder / "bin" / "ninja", f'echo "$@" >>"{self.asked}"\n{ninja}')
        for source in SOURCES:
            example = run.read(source)
            self.program(
                self.build / "examples" / example.name,
                f"echo {example.name} >>'{self.asked}'\ncat <<'EOF'\n{example.output}EOF",
            )
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return subprocess.run(
            [sys.executable, run.__file__, "--quiet", "--ninja", "--build", self.build, *SOURCES],
            env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    def test_the_first_program_is_built_by_itself_and_async_after_core(self) -> None:
        done = self.tour("true")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = self.asked.read_text(encoding="utf-8").splitlines()
        builds = [line.removeprefix(f"-C {self.build} ") for line in lines if line[0] == "-"]
        self.assertEqual(
            builds, [f"{CORE}01_named_signal", f"{CORE}08_answers {CORE}16_topics", f"{CORE}21_stream"]
        )

    def test_the_first_program_runs_while_the_others_are_built(self) -> None:
        # The second build ends when the first program has run; or not at all, and the tour fails.
        wait = f"until grep -q ^tour/01 '{self.asked}'; do sleep 0.01; done"
        done = self.tour(f'case "$*" in *08_answers*) {wait} ;; esac')
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_build_that_fails_ends_the_tour_with_its_log(self) -> None:
        done = self.tour('case "$*" in *08_answers*) echo "a broken line"; exit 1 ;; esac')
        self.assertEqual(done.returncode, 1)
        self.assertIn("a broken line", done.stderr)
        ran = self.asked.read_text(encoding="utf-8")
        self.assertIn("tour/01_named_signal", ran)
        self.assertNotIn("\ntour/08_answers", ran)
        self.assertNotIn("21_stream", ran)


if __name__ == "__main__":
    unittest.main()
