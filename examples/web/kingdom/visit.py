#!/usr/bin/env python3
"""Start the kingdom on a free port, visit it as a browser would, and stop it.

    python3 examples/web/kingdom/visit.py build/dev/examples/web/kingdom/kingdom

Prints every request with its answer, the signals that were sent meanwhile, in order, with the number
of receivers where any heard it, and what the audit wrote. Exit code: 0, or 1 if the kingdom did
not do as a visitor may expect.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from pathlib import Path

DEADLINE = 50  # seconds for all of it
WIDTH = 73


class Unexpected(Exception):
    """The kingdom did something else than it should."""


class Page(HTMLParser):
    """The forms of a page, by their action, and the text of some of its elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self.flashes: list[str] = []
        self._form: dict[str, str] = {}
        self._in_flash = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._form = self.forms.setdefault(given["action"] or "", {})
        elif tag in ("input", "textarea"):
            self._form[given["name"] or ""] = given.get("value") or ""
        elif tag == "p" and (given.get("class") or "").startswith("flash"):
            self._in_flash = True
            self.flashes.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_flash = self._in_flash and tag != "p"

    def handle_data(self, data: str) -> None:
        if self._in_flash:
            self.flashes[-1] += data


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """Redirects are followed one by one, to be shown."""

    def redirect_request(self, *_: object) -> None:
        return None


class Kingdom:
    """The program, running; and a visitor with a cookie jar."""

    def __init__(self, program: Path) -> None:
        environment = os.environ | {"KINGDOM_HERALD": "true"}
        self.process = subprocess.Popen(
            [program, "run", "--port", "0"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        # When it hangs, its pipes end with it, and so does whoever reads from them.
        self.deadline = threading.Timer(DEADLINE, self.process.kill)
        self.deadline.start()
        try:
            self.address = self._address()
        except BaseException:
            self.__exit__()
            raise
        # Nobody reads the access log, but somebody must, or it fills its pipe.
        threading.Thread(target=self.process.stderr.read, daemon=True).start()
        self.visitor = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(CookieJar()), NoRedirects
        )

    def __enter__(self) -> "Kingdom":
        return self

    def __exit__(self, *_: object) -> None:
        self.deadline.cancel()
        self.process.kill()
        self.process.wait()

    def _address(self) -> str:
        told = ""
        for line in self.process.stderr:
            told += line
            if found := re.search(r"Running on (http://\S+)", line):
                return found[1]
        raise Unexpected(f"the kingdom did not say where it is, but:\n{told}")

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> "Answer":
        data = urllib.parse.urlencode(form or {}).encode() if method == "POST" else None
        request = urllib.request.Request(self.address + path, data, method=method)
        try:
            response = self.visitor.open(request, timeout=DEADLINE)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            return Answer(response.status, response.headers, response.read().decode())

    def heard(self) -> tuple[list[str], list[str]]:
        """The signals of one request, and the lines of the audit among them."""
        signals: list[str] = []
        audit: list[str] = []
        for line in self.process.stdout:
            line = line.rstrip("\n")
            if line.startswith("{"):
                audit.append(line)
                continue
            name, _, receivers = line.partition(": ")
            signals.append(name if receivers == "0" else f"{name}({receivers})")
            if name == "appcontext-popped":
                return signals, audit
        raise Unexpected("the kingdom ended in the middle of a request")

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait()


class Answer:
    def __init__(self, status: int, headers: object, body: str) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.is_page = headers.get_content_type() == "text/html"
        self.page = Page(body if self.is_page else "")


def tell(kingdom: Kingdom, what: str, answer: Answer) -> None:
    print(f"{what} -> {answer.status} {answer.headers.get('Location', '')}".rstrip())
    signals, audit = kingdom.heard()
    print(textwrap.fill(" ".join(signals), WIDTH, initial_indent="  ", subsequent_indent="  ",
                        break_on_hyphens=False))
    for line in audit:
        print("  " + line)
    for message in answer.page.flashes:
        print("  page:", message)
    for line in [] if answer.is_page else answer.body.splitlines():
        print("  " + line)


def get(kingdom: Kingdom, path: str, expect: int = 200) -> Answer:
    answer = kingdom.ask("GET", path)
    tell(kingdom, f"GET {path}", answer)
    if answer.status != expect:
        raise Unexpected(f"GET {path} should be {expect}, and is {answer.status}:\n{answer.body}")
    return answer


def submit(kingdom: Kingdom, page: Page, action: str, fill: dict[str, str]) -> Answer:
    """Fills the form of a page in and sends it; then goes where the answer leads."""
    if action not in page.forms:
        raise Unexpected(f"no form leads to {action}; there are: {', '.join(page.forms)}")
    form = page.forms[action]
    if unknown := fill.keys() - form.keys():
        raise Unexpected(f"the form has no {', '.join(unknown)}; it has: {', '.join(form)}")
    form = form | fill
    answer = kingdom.ask("POST", action, form)
    tell(kingdom, f"POST {action}" + "".join(f" {name}={form[name]!r}" for name in form), answer)
    if answer.status != 303:
        raise Unexpected(f"POST {action} should lead on, and is {answer.status}:\n{answer.body}")
    return get(kingdom, answer.headers["Location"])


def visit(kingdom: Kingdom) -> None:
    hall = get(kingdom, "/")
    hall = submit(kingdom, hall.page, "/petitions", {"name": "Ann", "plea": "A well"})
    if hall.page.forms["/petitions"]["name"] != "Ann":
        raise Unexpected("the form does not remember who asked")
    get(kingdom, "/throne/", expect=403)
    throne = submit(kingdom, hall.page, "/crown/take", {})
    submit(kingdom, throne.page, "/throne/1/granted", {})
    get(kingdom, "/petitions.json")
    get(kingdom, "/metrics")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program", type=Path)
    program = parser.parse_args().program.resolve()
    try:
        with Kingdom(program) as kingdom:
            visit(kingdom)
            ended = kingdom.stop()
            print("SIGTERM ->", f"exit code {ended}" if ended >= 0 else f"signal {-ended}")
            return 1 if ended else 0
    except (OSError, Unexpected) as error:
        print(f"{program.name}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
