#!/usr/bin/env python3
"""Take the picture of the kingdom in the docs, with a real browser.

    python3 examples/web/kingdom/picture.py build/dev/examples/web/kingdom/kingdom kingdom.png

Drives headless Chromium by chromedriver: fills forms in, clicks, and writes what it then sees into
the file. `make picture` builds the kingdom and does this.
"""

import argparse
import base64
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from visit import DEADLINE, Kingdom, Unexpected

SIZE = "1180,1060"
PETITIONS = {
    "Ann": "A well for the village, so that nobody has to walk to the river.",
    "Bob": "Permission to sing in the market square.\nOn Sundays only!",
    "Cecily": "A bridge that is wider than two cows.",
}


class Browser:
    """Headless Chromium, by the WebDriver protocol."""

    def __init__(self) -> None:
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.session = ""
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise

    def _start(self) -> None:
        for line in self.driver.stdout:
            if found := re.search(r"successfully on port (\d+)", line):
                self.address = f"http://127.0.0.1:{found[1]}/session"
                break
        else:
            raise Unexpected("chromedriver did not say where it is")
        arguments = ["--headless=new", f"--window-size={SIZE}", "--hide-scrollbars"]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")  # Chromium refuses to be root otherwise
        options = {"browserName": "chrome", "goog:chromeOptions": {"args": arguments}}
        wanted = {"capabilities": {"alwaysMatch": options}}
        self.session = "/" + self.call("POST", "", wanted)["sessionId"]
        # What is looked for may be on the page that comes: it is waited for.
        self.call("POST", "/timeouts", {"implicit": DEADLINE * 1000})

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *_: object) -> None:
        if self.session:
            self.call("DELETE", "")
        self.driver.terminate()
        self.driver.wait()

    def call(self, method: str, path: str, sent: dict | None = None) -> dict:
        data = json.dumps(sent or {}).encode() if method == "POST" else None
        request = urllib.request.Request(self.address + self.session + path, data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            with error:
                raise Unexpected(f"{path}: {json.load(error)['value']['message']}") from error

    def open(self, url: str) -> None:
        self.call("POST", "/url", {"url": url})

    def find(self, css: str) -> str:
        found = self.call("POST", "/element", {"using": "css selector", "value": css})
        return "/element/" + next(iter(found.values()))

    def fill(self, css: str, text: str) -> None:
        field = self.find(css)
        self.call("POST", field + "/clear")
        self.call("POST", field + "/value", {"text": text})

    def click(self, css: str) -> None:
        self.call("POST", self.find(css) + "/click")

    def read(self, message: str) -> None:
        path = f"//p[contains(@class, 'flash')][contains(., '{message}')]"
        self.call("POST", "/element", {"using": "xpath", "value": path})

    def picture(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.call("GET", "/screenshot")))
        print(path)


def present(browser: Browser, name: str, plea: str) -> None:
    browser.fill("#name", name)
    browser.fill("#plea", plea)
    browser.click(".ask button")
    browser.read(f"in the book, {name}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program", type=Path)
    parser.add_argument("picture", type=Path)
    arguments = parser.parse_args()
    try:
        with Kingdom(arguments.program.resolve()) as kingdom, Browser() as browser:
            browser.open(kingdom.address)
            for name, plea in PETITIONS.items():
                present(browser, name, plea)
            browser.click("nav button")
            browser.read("You wear the crown")
            browser.click("button.granted")
            browser.read("is granted")
            browser.open(kingdom.address)
            present(browser, "Dora", "Less rain.")
            browser.picture(arguments.picture)
    except (OSError, Unexpected) as error:
        print(f"picture.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
