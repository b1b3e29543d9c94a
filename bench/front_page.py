#!/usr/bin/env python3
"""Prints the five rows of bench/results/bench.json for the README. `docs/check --write` inserts them."""

import json
from pathlib import Path

LIBRARIES = ["aldis", "Boost.Signals2", "libsigc++", "Qt Core"]


def case(section: list[dict], **wanted: object) -> dict:
    return next(c for c in section if all(c[k] == v for k, v in wanted.items()))["results"]


def cell(value: float | None, unit: str) -> str:
    if value is None:
        return "not supported"
    return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"


def main() -> None:
    results = json.loads((Path(__file__).parent / "results/bench.json").read_text())
    send = case(results["send"], receivers=1, call="in function")
    threads = case(results["threads"], receivers=1)
    churn = case(results["churn"], live=1000, disconnected="oldest")
    disconnect = case(results["disconnect"], pause_ns=0.0)

    rows = {
        "send to 1 receiver": ({n: send[n]["ns"] for n in LIBRARIES}, "ns"),
        "the same while another thread sends the signal too": (
            {n: threads[n]["both"]["ns"] for n in LIBRARIES if n in threads}, "ns"),
        "connect and disconnect, 1000 receivers connected": (
            {n: churn[n]["ns"] for n in LIBRARIES}, "ns"),
        "disconnect while another thread sends": (
            {n: disconnect[n]["disconnect"]["ns"] for n in LIBRARIES if n in disconnect}, "ns"),
        "compile the `#include`": (
            {n: results["include"][n]["include_ms"] for n in LIBRARIES}, "ms"),
    }
    print("| | " + " | ".join(LIBRARIES) + " |")
    print("|---" * (len(LIBRARIES) + 1) + "|")
    for what, (values, unit) in rows.items():
        print(f"| {what} | " + " | ".join(cell(values.get(n), unit) for n in LIBRARIES) + " |")


if __name__ == "__main__":
    main()
