#!/usr/bin/python3
"""sessions.py <session_peer>: sessions that aldis and real Flask read from each other."""

import datetime
import importlib.metadata
import random
import subprocess
import sys
import uuid

try:
    import flask
    import itsdangerous
    import markupsafe
except ImportError as missing:
    print(f"Not compared: {missing}. Debian's package is python3-flask.")
    sys.exit(77)

VERSION = importlib.metadata.version("flask")
SEES_ALL = tuple(int(part) for part in VERSION.split(".")[:3]) >= (3, 1, 3)
SECRET = "dev-secret"
NOW = 1_700_000_000
LIFETIME = 31 * 24 * 3600
CASES = 2000


class FrozenSigner(itsdangerous.TimestampSigner):
    now = NOW

    def get_timestamp(self):
        return FrozenSigner.now


class Sessions(flask.sessions.SecureCookieSessionInterface):
    """Flask's own, with a clock that stands still."""

    def get_signing_serializer(self, app):
        serializer = super().get_signing_serializer(app)
        serializer.signer = FrozenSigner
        return serializer


class Peer:
    def __init__(self, program):
        self.process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"The peer ended after {words}.")
        return answer.rstrip("\n")

    def end(self):
        self.process.stdin.close()
        return self.process.wait()


def make_app():
    app = flask.Flask("kingdom")
    app.secret_key = SECRET
    app.session_interface = Sessions()

    @app.get("/")
    def index():
        flask.session["visits"] = flask.session.get("visits", 0) + 1
        flask.flash(f"visit <{flask.session['visits']}>", "counted")
        return "counted"

    return app


def some_text(source):
    letters = "abc _\"\\/<>&'\n\t\x00\x7f\u00e9\u20ac\U0001f600 t"
    return "".join(source.choices(letters, k=source.choice([0, 1, 3, 10, 60])))


def some_value(source, depth):
    kinds = [
        lambda: None,
        lambda: source.random() < 0.5,
        lambda: source.randint(-(2**63), 2**63 - 1),
        lambda: source.randint(-9, 9),
        lambda: source.uniform(-1, 1) * 10 ** source.randint(-30, 30),
        lambda: some_text(source),
        lambda: markupsafe.Markup(some_text(source)),
        lambda: source.randbytes(source.randint(0, 9)),
        lambda: uuid.UUID(int=source.getrandbits(128)),
        lambda: datetime.datetime.fromtimestamp(
            source.randint(0, 2**32), datetime.timezone.utc),
    ]
    if depth:
        def items():
            return [some_value(source, depth - 1) for _ in range(source.randint(0, 4))]
        kinds += [items, lambda: tuple(items()), lambda: some_dict(source, depth - 1)] * 2
    return source.choice(kinds)()


def some_dict(source, depth):
    tags = [" t", " b", " m", " u", " d", " di", " t__"]
    size = source.choice([0, 1, 1, 2, 5])
    return {
        source.choice(tags) if source.random() < 0.2 else some_text(source):
            some_value(source, depth)
        for _ in range(size)
    }


def check(well, what):
    if not well:
        sys.exit(what)


def random_sessions(peer, serializer):
    """What Flask signed comes back from aldis byte for byte."""
    source = random.Random(1)
    for _ in range(CASES):
        session = some_dict(source, 3)
        theirs = serializer.dumps(session)
        ours = peer.ask("sign_again", NOW, SECRET, theirs)
        check(ours == theirs, f"{session}\nFlask: {theirs}\naldis: {ours}")
        check(serializer.loads(ours) == session, f"{session} comes back as another")


def numbers(peer, serializer):
    """Python writes three numbers as names, which are not JSON."""
    theirs = serializer.dumps(
        {"a": [float("inf"), -float("inf"), float("nan")], "Infinity": "NaN \\"})
    ours = peer.ask("sign_again", NOW, SECRET, theirs)
    check(ours == theirs, f"Flask: {theirs}\naldis: {ours}")


def every_type(peer, serializer):
    """What aldis made is to Flask what it was to aldis."""
    session = serializer.loads(peer.ask("every_type", NOW, SECRET))
    expected = {
        "none": None,
        "flag": True,
        "number": -5,
        "fraction": 0.1,
        "text": "\u00e9 \U0001f600 \" \\ \n </script>",
        "markup": markupsafe.Markup("<b>"),
        "bytes": b"\0\xff",
        "id": uuid.UUID("12345678-1234-1234-1234-123456789abc"),
        "when": datetime.datetime.fromtimestamp(1_600_000_000, datetime.timezone.utc),
        "list": [1, "two", []],
        "tuple": (1, ()),
        "like a tag": {" t": "not a tuple"},
        "dict": {"b": 1, "a": {}},
    }
    check(session == expected, f"Flask reads {session}")
    for name, value in expected.items():
        check(type(session[name]) is type(value), f"{name} is a {type(session[name])}")


def rejected(peer, serializer):
    """Both reject what is too old, from the future, changed, or signed by another secret."""
    cookie = serializer.dumps({"user": "ana"})
    other = itsdangerous.URLSafeTimedSerializer(SECRET, salt="cookie-session").dumps({"user": "ana"})
    changed = ("A" if cookie[0] != "A" else "B") + cookie[1:]
    for at, secret, given in [
        (NOW, SECRET, cookie), (NOW + LIFETIME, SECRET, cookie),
        (NOW + LIFETIME + 1, SECRET, cookie), (NOW - 1, SECRET, cookie),
        (NOW, "another", cookie), (NOW, SECRET, changed), (NOW, SECRET, other),
    ]:
        app = make_app()
        app.secret_key = secret
        FrozenSigner.now = at
        try:
            app.session_interface.get_signing_serializer(app).loads(given, max_age=LIFETIME)
            theirs = True
        except itsdangerous.BadData:
            theirs = False
        FrozenSigner.now = NOW
        ours = peer.ask("sign_again", at, secret, given) != "none"
        check(ours == theirs, f"{given} at {at}: Flask says {theirs}, aldis {ours}")


def visits_of_both(peer, app):
    """A browser that goes from one to the other counts on, and gets the same cookies."""
    cookie = None
    for number in range(1, 9):
        headers = {"Cookie": f"session={cookie}"} if cookie else {}
        client = app.test_client(use_cookies=False)
        theirs = client.get("/", headers=headers).headers["Set-Cookie"]
        ours = peer.ask("visit", NOW, SECRET, cookie or "none")
        check(ours == theirs, f"visit {number}\nFlask: {theirs}\naldis: {ours}")
        cookie = ours.removeprefix("session=").partition(";")[0]
    session = app.session_interface.get_signing_serializer(app).loads(cookie)
    check(session["visits"] == 8 and len(session["_flashes"]) == 8, f"at the end {session}")


WAYS = {
    "nothing": lambda s: None,
    "session": lambda s: s._get_current_object() and None,
    "item": lambda s: s["v"] if s else None,
    "get": lambda s: s.get("v"),
    "get_missing": lambda s: s.get("x"),
    "contains": lambda s: "v" in s,
    "size": lambda s: len(s),
    "empty": lambda s: bool(s),
    "all": lambda s: list(s.items()),
    "is_permanent": lambda s: s.permanent,
    "is_new": lambda s: s.new,
    "is_modified": lambda s: s.modified,
    "flashed": lambda s: flask.get_flashed_messages(),
    "template": lambda s: flask.render_template_string("{{ session.v }}"),
    "template_contains": lambda s: flask.render_template_string("{{ 'v' in session }}"),
    "template_permanent": lambda s: flask.render_template_string("{{ session.permanent }}"),
    "template_flashed": lambda s: flask.render_template_string("{{ get_flashed_messages() }}"),
    "template_without": lambda s: flask.render_template_string("{{ request.path }}"),
    "set": lambda s: s.__setitem__("v", 2),
    "modify": lambda s: setattr(s, "modified", True),
    "clear": lambda s: s.clear(),
    "pop": lambda s: s.pop("v", None),
    "pop_missing": lambda s: s.pop("x", None),
    "set_permanent": lambda s: setattr(s, "permanent", True),
    "unset_permanent": lambda s: setattr(s, "permanent", False),
    "flash": lambda s: flask.flash("hello"),
}


def touched(way, start):
    """Vary and Set-Cookie of a page of Flask that touches the session so."""
    app = flask.Flask("kingdom")
    app.secret_key = SECRET
    app.add_url_rule("/", "index", lambda: (WAYS[way](flask.session), "")[1])
    client = app.test_client()
    if start:
        with client.session_transaction() as session:
            session.update(start)
    headers = client.get("/").headers
    cookie = headers.get("Set-Cookie")
    return headers.get("Vary", "-"), (
        "-" if not cookie else "deleted" if "Max-Age=0" in cookie else "set")


def accesses(peer):
    """Cookies and Vary are set whenever Flask sets them."""
    starts = [{}, {"v": 1}, {"v": 1, "_permanent": True}]
    for way in WAYS:
        ours = [tuple(each.split()) for each in peer.ask("touch", way).split("|")]
        theirs = [touched(way, start) for start in starts]
        for our, their in zip(ours, theirs, strict=True):
            # Before 3.1.3 Flask did not see all of them (CVE-2026-27205).
            seen = our[0] == their[0] or (their[0] == "-" and not SEES_ALL)
            check(seen and our[1] == their[1], f"{way}\nFlask: {theirs}\naldis: {ours}")


def main():
    peer = Peer(sys.argv[1])
    app = make_app()
    with app.app_context():
        serializer = app.session_interface.get_signing_serializer(app)
        random_sessions(peer, serializer)
        numbers(peer, serializer)
        every_type(peer, serializer)
        rejected(peer, serializer)
    visits_of_both(peer, app)
    accesses(peer)
    check(peer.end() == 0, "The peer did not end well.")
    print(f"{CASES} sessions as Flask {VERSION} has them")


main()
