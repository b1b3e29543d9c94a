#!/usr/bin/env python3
"""Take the picture of the kingdom in the docs, with a real browser.

    python3 examples/web/kingdom/picture.py build/dev/examples/web/kingdom/kingdom docs/pictures

Drives headless Chromium by chromedriver: fills forms in, clicks, and writes what it then sees into
hall.png and throne.png in the folder. `make picture` builds the kingdom and does this.
"""

import argparse
import base64
import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

from visit import DEADLINE, Kingdom, Unexpected

SIZE = (1180, 800)
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
        for line in self.driver.stdout:
            if found := re.search(r"on port (\d+)", line):
                self.address = f"http://127.0.0.1:{found[1]}/session"
                break
        else:
            raise Unexpected("chromedriver did not say where it is")
        arguments = ["--headless=new", f"--window-size={SIZE[0]},{SIZE[1]}", "--hide-scrollbars"]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")  # Chromium refuses to be root otherwise
        options = {"browserName": "chrome", "goog:chromeOptions": {"args": arguments}}
        wanted = {"capabilities": {"alwaysMatch": options}}
        self.session = "/" + self.call("POST", "", wanted)["sessionId"]

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
        with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
            return json.load(answer)["value"]

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

    def text(self, css: str) -> str:
        return self.call("GET", self.find(css) + "/text")

    def picture(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.call("GET", "/screenshot")))
        print(path)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    try:
        with Kingdom(arguments.program.resolve()) as kingdom, Browser() as browser:
            browser.open(kingdom.address)
            for name, plea in PETITIONS.items():
                browser.fill("#name", name)
                browser.fill("#plea", plea)
                browser.click(".ask button")
                if name not in browser.text(".flash"):
                    raise Unexpected(f"no message for {name}, but: {browser.text('.flash')}")
            browser.click("nav button")
            browser.click("button.granted")
            browser.picture(arguments.folder / "throne.png")
            browser.open(kingdom.address)
            browser.fill("#name", "Dora")
            browser.fill("#plea", "Less rain.")
            browser.click(".ask button")
            browser.picture(arguments.folder / "hall.png")
    except (OSError, Unexpected) as error:
        print(f"picture.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
