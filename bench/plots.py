"""Plots the results as SVG, with only the standard library."""

import math
from xml.sax.saxutils import escape

# Okabe and Ito's colours, which the colour-blind can distinguish. Markers differ as well.
COLOURS = {
    "raw loop": "#555555",
    "aldis": "#0072B2",
    "Boost.Signals2": "#D55E00",
    "libsigc++": "#009E73",
    "Qt Core": "#CC79A7",
}
MARKERS = {
    "raw loop": "M-5,0 H5",
    "aldis": "M-4.5,0 A4.5,4.5 0 1 1 4.5,0 A4.5,4.5 0 1 1 -4.5,0 Z",
    "Boost.Signals2": "M-4,-4 H4 V4 H-4 Z",
    "libsigc++": "M0,-5.5 L5,4 H-5 Z",
    "Qt Core": "M0,-5.5 L5.5,0 L0,5.5 L-5.5,0 Z",
}
WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 84, 170, 64, 64


class _Axis:
    def __init__(self, low, high, begin, end, log):
        self.low, self.high, self.begin, self.end, self.log = low, high, begin, end, log

    def __call__(self, value):
        scale = math.log if self.log else float
        part = (scale(value) - scale(self.low)) / (scale(self.high) - scale(self.low))
        return self.begin + part * (self.end - self.begin)

    def ticks(self):
        if self.log:
            decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
            few = self.high / self.low < 1000
            all_ticks = [m * 10.0**d for d in decades for m in ((1, 2, 5) if few else (1,))]
        else:
            step = 10 ** math.floor(math.log10(self.high))
            step = next(s for s in (step / 5, step / 2, step, 2 * step) if self.high / s <= 8)
            all_ticks = [i * step for i in range(int(self.high / step) + 1)]
        return [t for t in all_ticks if self.low * 0.999 <= t <= self.high * 1.001]


def number(value, digits=3):
    if value >= 1000:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.{digits}g}"


class _Plot:
    def __init__(self, title, subtitle, height=HEIGHT, left=LEFT, right=RIGHT, top=TOP):
        self.height, self.left, self.right, self.top = height, left, WIDTH - right, top
        self.bottom = height - BOTTOM
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            f'width="{WIDTH}" height="{height}" font-family="DejaVu Sans, Verdana, sans-serif" '
            'font-size="13" fill="#222">',
            f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        ]
        self.text(16, 26, title, "start", 'font-size="16" font-weight="bold"')
        self.text(16, 46, subtitle, "start", 'font-size="12" fill="#555"')

    def text(self, x, y, words, anchor="middle", more=""):
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {more}>{escape(words)}</text>')

    def line(self, x1, y1, x2, y2, more='stroke="#e4e4e4"'):
        self.parts.append(f'<path d="M{x1:.1f},{y1:.1f} L{x2:.1f},{y2:.1f}" {more}/>')

    def x_axis(self, low, high, label, log=True, ticks=None):
        axis = _Axis(low, high, self.left, self.right, log)
        for tick in ticks or axis.ticks():
            self.line(axis(tick), self.top, axis(tick), self.bottom)
            self.text(axis(tick), self.bottom + 19, number(tick))
        self.text((self.left + self.right) / 2, self.height - 18, label)
        return axis

    def y_axis(self, low, high, label, log):
        axis = _Axis(low, high, self.bottom, self.top, log)
        for tick in axis.ticks():
            self.line(self.left, axis(tick), self.right, axis(tick))
            self.text(self.left - 8, axis(tick) + 4, number(tick), "end")
        middle = (self.top + self.bottom) / 2
        self.text(24, middle, label, "middle", f'transform="rotate(-90 24 {middle:.1f})"')
        return axis

    def marker(self, name, x, y, filled=True):
        fill = COLOURS[name] if filled and name != "raw loop" else "#fff"
        self.parts.append(f'<path transform="translate({x:.1f},{y:.1f})" d="{MARKERS[name]}" '
                          f'fill="{fill}" stroke="{COLOURS[name]}" stroke-width="2"/>')

    def lines(self, series, x, y):
        # Names stand at the ends of their lines, pushed apart where lines end close together.
        ends = sorted((y(points[-1][1]), name) for name, points in series.items())
        at = -math.inf
        for end, name in ends:
            at = max(end, at + 17)
            self.text(self.right + 12, at + 4, name, "start",
                      f'fill="{COLOURS[name]}" font-weight="bold"')
        for name, points in series.items():
            dash = ' stroke-dasharray="6 4"' if name == "raw loop" else ""
            path = " L".join(f"{x(a):.1f},{y(b):.1f}" for a, b in points)
            self.parts.append(f'<path d="M{path}" fill="none" stroke="{COLOURS[name]}" '
                              f'stroke-width="2"{dash}/>')
            for a, b in points:
                self.marker(name, x(a), y(b))

    def svg(self):
        return "\n".join([*self.parts, "</svg>"]) + "\n"


def _around(values):
    """Adds a margin on a logarithmic axis."""
    return min(values) / 1.25, max(values) * 1.25


def _tint(colour):
    """The colour, mixed with white."""
    return "#" + "".join(f"{(int(colour[i:i + 2], 16) + 255) // 2:02X}" for i in (1, 3, 5))


def send(results, machine):
    cases = [c for c in results["send"] if c["call"] == "in function" and c["receivers"] > 0]
    series = {name: [(c["receivers"], c["results"][name]["ns"] / c["receivers"]) for c in cases]
              for name in cases[0]["results"]}
    plot = _Plot("Cost of a send, per receiver", machine)
    x = plot.x_axis(1, 1000, "receivers of the signal", ticks=[c["receivers"] for c in cases])
    y = plot.y_axis(*_around([b for p in series.values() for _, b in p]),
                    "ns per receiver (lower is better)", log=True)
    plot.lines(series, x, y)
    return plot.svg()


def threads(results, machine):
    case = next(c for c in results["threads"] if c["receivers"] == 1)["results"]
    plot = _Plot("One thread sends, then two send the same signal (1 receiver)", machine,
                 height=168 + 46 * len(case), left=140, right=40, top=92)
    values = [v[k]["ns"] for v in case.values() for k in ("alone", "both")]
    x = plot.x_axis(min(values) / 1.6, max(values) * 1.9,
                    "ns per send and thread (lower is better)")
    for row, (name, value) in enumerate(case.items()):
        y = plot.top + 30 + 46 * row
        one, two = value["alone"]["ns"], value["both"]["ns"]
        plot.text(plot.left - 12, y + 4, name, "end", f'fill="{COLOURS[name]}" font-weight="bold"')
        plot.line(x(one), y, x(two), y, f'stroke="{COLOURS[name]}" stroke-width="2"')
        for ns, filled in ((one, False), (two, True)):
            plot.parts.append(f'<circle cx="{x(ns):.1f}" cy="{y:.1f}" r="6" stroke-width="2" '
                              f'stroke="{COLOURS[name]}" '
                              f'fill="{COLOURS[name] if filled else "#fff"}"/>')
        if two > 1.5 * one:
            plot.text(x(one), y - 11, number(one))
            plot.text(x(two), y - 11, number(two))
        else:
            plot.text(x(max(one, two)) + 14, y + 4, f"{number(one)} → {number(two)}", "start")
    for count, at, fill in (("one thread", 146, "#fff"), ("two threads", 256, "#555")):
        plot.parts.append(f'<circle cx="{at}" cy="74" r="6" stroke="#555" '
                          f'stroke-width="2" fill="{fill}"/>')
        plot.text(at + 12, 78, count, "start", 'font-size="12"')
    return plot.svg()


def churn(results, machine):
    cases = [c for c in results["churn"] if c["disconnected"] == "oldest"]
    series = {name: [(c["live"], c["results"][name]["ns"]) for c in cases]
              for name in cases[0]["results"]}
    plot = _Plot("Connect one receiver, disconnect the oldest", machine)
    x = plot.x_axis(8, 125_000, "receivers connected meanwhile", ticks=[c["live"] for c in cases])
    highest = max(b for p in series.values() for _, b in p)
    y = plot.y_axis(0, highest * 1.12, "ns for the pair (lower is better)", log=False)
    plot.lines(series, x, y)
    return plot.svg()


def include(results, machine):
    case = {name: v for name, v in results["include"].items() if name in COLOURS}
    plot = _Plot("What including it costs a compile", machine,
                 height=168 + 62 * len(case), left=200, right=60, top=92)
    x = plot.x_axis(0, max(v["program_ms"] for v in case.values()) * 1.1,
                    "ms of compiler time (lower is better)", log=False)
    for row, (name, value) in enumerate(case.items()):
        y = plot.top + 10 + 62 * row
        plot.text(plot.left - 12, y + 16, name, "end",
                  f'fill="{COLOURS[name]}" font-weight="bold"')
        plot.text(plot.left - 12, y + 34, f"{number(value['lines'])} lines", "end",
                  'font-size="12" fill="#555"')
        for part, fill, at in (("include_ms", COLOURS[name], y),
                               ("program_ms", _tint(COLOURS[name]), y + 22)):
            plot.parts.append(
                f'<rect x="{plot.left}" y="{at:.1f}" width="{x(value[part]) - plot.left:.1f}" '
                f'height="19" fill="{fill}"/>')
            plot.text(x(value[part]) + 6, at + 14, number(value[part]), "start")
    for words, at, fill in (("#include alone, -O0", 200, "#444444"),
                            ("minimal program, -O2", 370, _tint("#444444"))):
        plot.parts.append(f'<rect x="{at}" y="68" width="14" height="12" fill="{fill}"/>')
        plot.text(at + 20, 79, words, "start", 'font-size="12"')
    return plot.svg()


ALL = {"send": send, "threads": threads, "churn": churn, "include": include}
