"""Random templates and data, mostly well-typed so that most of them render.

A template is a tree of pieces rather than text, so that a case that fails can be made smaller.
"""

import itertools
import pathlib
import re

TEXTS = ["", "a", "Hello", "two words", "<b>bold</b>", "a & b", "it's", 'say "x"', "naïve", "日本",
         "😀", "x,y,z", "  padded ", "line\nbreak", "UPPER", "under_score-dash", "12", "-3.5", "%s",
         "{}"]
FLOATS = ["0.0", "0.5", "1.5", "-2.25", "3.14159", "100.0", "1e-07", "1e16"]
INTS = [0, 1, 2, 3, 7, -1, -5, 10, 42, 100]
NAMES = "abcdefgh"
KEYS = ["name", "k", "value", "items", "x-y", "id"]
LISTS = ["ints", "texts", "mixed", "dicts", "pairs"]
KINDS = ["int", "float", "bool", "text", "dict"] + LISTS
# Names in expressions.txt for any of several kinds.
CHOICES = {"any": KINDS, "scalar": ["int", "float", "text", "bool"],
           "number": ["int", "float", "bool"], "counted": LISTS + ["text", "dict"],
           "joined": ["ints", "texts", "mixed", "dict"]}
ITEMS = {"ints": "int", "texts": "text", "text": "text", "dicts": "dict", "dict": "text"}
LITERALS = {"int": ["0", "1", "2", "3", "5", "8", "13", "100"],
            "float": ["0.5", "1.0", "2.5", "1e3", "0.1", "3.75"],
            "bool": ["true", "false", "True"],
            "none": ["none", "nothing"],
            "missing": ["missing", "nowhere", "d4.nothing"],
            "divisor": ["2", "3", "-7", "0.5", "10", "4", "5", "1", "-1", "8", "2.5", "7", "0"],
            "tree": ["[]"]}
PLAIN = [" ", "\n", "text", "<p>", "</p>\n", "  \n  ", "\t", "a & b", "{ }", "\n\n", "é", "# ",
         "- x\n", "%"]
FILTERS = ["upper", "lower", "title", "trim", "e", "forceescape", "indent", "center(20)",
           "replace('a', 'b')", "striptags", "trim|upper", "wordwrap(8)", "truncate(10)", "safe"]
IN_LOOPS = ["{{ loop.cycle('x', '<', 3) }}", "{{ loop.changed(loop.index0 // 2) }}",
            "{{ ', ' if not loop.last }}", "{{ loop.previtem }}|{{ loop.nextitem }}"]
AGAIN = ["{{ loop(node.children) }}", "[{{ loop(node.children)|upper }}]",
         "{% if node.children %}<{{ loop(node.children) }}>{% endif %}"]


def read_expressions():
    """The productions of each kind, and the lists of words, of expressions.txt."""
    productions, words, kind = {}, {}, None
    for line in (pathlib.Path(__file__).parent / "expressions.txt").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        if header := re.fullmatch(r"\[(\w+)\]", line):
            kind = header[1]
            productions[kind] = []
        elif listed := re.fullmatch(r"\{(\w+)\}  (.*)", line):
            words.setdefault(listed[1], []).extend(listed[2].split("  "))
        else:
            count, text = re.fullmatch(r"(?:(\d+)x )?(.*)", line).groups()
            productions[kind] += [text] * int(count or 1)
    return productions, words


PRODUCTIONS, WORDS = read_expressions()


class Piece:
    """Part of a template: an expression, a statement, or a list of statements."""

    def __init__(self, kind, *parts):
        self.kind = kind
        self.parts = list(parts)

    def text(self):
        return "".join(p if isinstance(p, str) else p.text() for p in self.parts)

    def pieces(self):
        """All nested pieces, outer ones first."""
        below = [p for p in self.parts if isinstance(p, Piece)]
        return below + list(itertools.chain.from_iterable(p.pieces() for p in below))


def quoted(text):
    escapes = {"\\": "\\\\", "\n": "\\n", "'": "\\'"}
    return "'" + "".join(escapes.get(c, c) for c in text) + "'"


def comma(entries):
    return [part for n, entry in enumerate(entries) for part in ([", "] if n else []) + entry]


class Grammar:
    def __init__(self, random):
        self.random = random
        self.scopes = [{}]  # names and what they hold
        self.macros = {}    # names and how many parameters
        self.in_loop = False
        self.fresh = itertools.count(1)

    def chance(self, probability):
        return self.random.random() < probability

    def pick(self, choices):
        return self.random.choice(choices)

    def some(self, make, most):
        return [make() for _ in range(self.random.randrange(most + 1))]

    def names_of(self, kind):
        return [n for scope in self.scopes for n, k in scope.items() if k == kind]

    # Data

    def data_value(self, kind, depth=2):
        def value(kind):
            return self.data_value(kind, depth - 1) if depth > 0 else None

        if kind == "text":
            text = self.pick(TEXTS)
            return {"$markup": text} if self.chance(0.1) else text
        if kind == "mixed":
            values = self.some(lambda: value(self.pick(KINDS)), 3)
            return {"$tuple": values} if self.chance(0.2) else values
        return {
            "int": lambda: self.pick(INTS),
            "float": lambda: {"$float": self.pick(FLOATS)},
            "bool": lambda: self.chance(0.5),
            "ints": lambda: self.some(lambda: value("int"), 4),
            "texts": lambda: self.some(lambda: value("text"), 3),
            "pairs": lambda: self.some(lambda: [value("text"), value("int")], 3),
            "dicts": lambda: self.some(lambda: {"name": value("text"), "value": value("int")}, 3),
            "tree": lambda: self.some(lambda: {"name": self.pick(TEXTS[1:5]),
                                               "children": value("tree") or []}, 2),
            "dict": lambda: {key: value(self.pick(KINDS))
                             for key in self.random.sample(KEYS, self.random.randrange(4))},
        }[kind]()

    def data(self):
        """Data with at least one name of every kind."""
        kinds = KINDS + ["tree"] + [self.pick(KINDS) for _ in range(3)]
        values = {"nothing": None}
        for number, kind in enumerate(kinds):
            name = f"{kind[0]}{number}"
            self.scopes[0][name] = kind
            values[name] = self.data_value(kind)
        return values

    # Expressions

    def expression(self, kind, depth=3):
        """An expression that usually has this kind."""
        kind = self.pick(CHOICES.get(kind, [kind]))
        if self.chance(0.004):
            kind = self.pick(KINDS + ["missing", "none"])
        if depth <= 0 or kind not in PRODUCTIONS or self.chance(0.2):
            return self.leaf(kind)
        if self.chance(0.1):
            return Piece("expression", "(", self.tight(kind, depth - 1), " if ",
                         self.expression("bool", depth - 1), " else ",
                         self.expression(kind, depth - 1), ")")
        text, _, fallback = self.pick(PRODUCTIONS[kind]).partition(" ?? ")
        piece = Piece("expression", *self.filled(text, depth - 1))
        if fallback and self.chance(0.85) or self.chance(0.05):
            return Piece("expression", piece, "|default(", self.leaf(fallback or kind), ")")
        return piece

    def filled(self, text, depth):
        """The parts of a production."""
        parts = []
        for place in re.finditer(r"\$(\w+)([?!,]?)|@(\w+)|[^$@]+", text):
            kind, how, words = place.groups()
            if words:
                parts.append(self.pick(WORDS[words]))
            elif kind == "macro":
                parts += self.macro_call(depth)
            elif kind:
                make = {"": self.tight, "?": self.loose, "!": self.expression, ",": self.expression}
                parts.append(make[how](kind, 0 if how == "!" else depth))
            else:
                parts.append(place[0])
        return parts

    def tight(self, kind, depth):
        inner = self.expression(kind, depth)
        plain = len(inner.parts) == 1 and isinstance(inner.parts[0], str)
        return inner if plain else Piece("expression", "(", inner, ")")

    def loose(self, kind, depth):
        inner = self.expression(kind, depth)
        if self.chance(0.3) and not inner.text().startswith("not "):
            return inner
        return Piece("expression", "(", inner, ")")

    def leaf(self, kind):
        known = self.names_of(kind)
        if known and self.chance(0.6):
            return Piece("expression", self.pick(known))
        if self.in_loop and kind in ("int", "bool") and self.chance(0.3):
            return Piece("expression", "loop." + self.pick(
                ["index", "index0", "revindex", "revindex0", "length", "depth"] if kind == "int"
                else ["first", "last"]))
        return Piece("expression", *self.literal(kind))

    def literal(self, kind):
        def leaves(kinds, most=3):
            return comma(self.some(lambda: [self.leaf(self.pick(kinds))], most))

        if kind in LITERALS:
            return [self.pick(LITERALS[kind])]
        if kind == "text":
            return [quoted(self.pick(TEXTS))]
        if kind == "dict":
            return ["{", *comma(self.some(lambda: [quoted(self.pick(KEYS)), ": ",
                                                   self.leaf(self.pick(KINDS[:4]))], 2)), "}"]
        if kind == "pairs":
            return ["[", *comma(self.some(lambda: ["(", self.leaf("text"), ", ", self.leaf("int"),
                                                   ")"], 2)), "]"]
        if kind == "dicts":
            return ["[", *comma(self.some(lambda: ["{'name': ", self.leaf("text"), ", 'value': ",
                                                   self.leaf("int"), "}"], 2)), "]"]
        return ["[", *leaves([ITEMS[kind]] if kind in ITEMS else KINDS[:5]), "]"]

    def macro_call(self, depth):
        if not self.macros:
            return [self.leaf("text")]
        name = self.pick(sorted(self.macros))
        given = self.random.randrange(self.macros[name] + 1)
        arguments = [[self.expression("any", depth)] for _ in range(given)]
        if given < self.macros[name] and self.chance(0.4):
            arguments.append([f"p{self.macros[name]}=", self.expression("any", depth)])
        return [name, "(", *comma(arguments), ")"]

    # Statements

    def tag(self, *parts):
        """A statement's tag, sometimes with signs for whitespace control."""
        before, after = ((self.pick(["", "-", "+"]) if self.chance(0.2) else "") for _ in range(2))
        return ["{%" + before + " ", *parts, " " + after + "%}"]

    def printed(self, depth=None):
        before, after = ("-" if self.chance(0.08) else "" for _ in range(2))
        kind = self.pick(KINDS + ["text", "text", "int", "missing", "none"])
        depth = self.random.randrange(4) if depth is None else depth
        return Piece("statement", "{{" + before + " ", self.expression(kind, depth),
                     " " + after + "}}")

    def plain(self):
        return Piece("statement", self.pick(PLAIN))

    def body(self, depth, names=None):
        """Statements in a separate scope, in which these names are known too."""
        self.scopes.append(dict(names or {}))
        macros = dict(self.macros)
        made = [self.statement(depth) for _ in range(self.random.randrange(1, 4))]
        self.macros = macros
        self.scopes.pop()
        return Piece("statements", *made)

    def statement(self, depth):
        if depth <= 0 or self.chance(0.45):
            return self.plain() if self.chance(0.45) else self.printed()
        return Piece("statement", *self.pick([
            self.if_, self.if_, self.for_, self.for_, self.for_, self.set_, self.set_,
            self.set_block, self.with_, self.filter_, self.macro, self.call, self.namespace,
            self.autoescape, self.raw, self.comment, self.recursive_for, self.trans])(depth - 1))

    def if_(self, depth):
        parts = [*self.tag("if ", self.expression(self.pick(["bool", "any"]), 2)), self.body(depth)]
        if self.chance(0.3):
            parts += [*self.tag("elif ", self.expression("bool", 2)), self.body(depth)]
        if self.chance(0.5):
            parts += [*self.tag("else"), self.body(depth)]
        return parts + self.tag("endif")

    def for_(self, depth):
        kind = self.pick(LISTS + ["text", "dict"])
        name = self.pick(NAMES)
        names, target = {name: ITEMS.get(kind, "mixed")}, name
        iterated = [self.tight(kind, 2)]
        if kind in ("pairs", "dict") and self.chance(0.6):
            names = {name: "text", name + "2": "int" if kind == "pairs" else "mixed"}
            target = f"{name}, {name}2"
            iterated += [".items()"] if kind == "dict" else []
        head = [f"for {target} in ", *iterated]
        outer, self.in_loop = self.in_loop, False
        if self.chance(0.25):
            self.scopes.append(names)
            head += [" if ", self.tight("bool", 2)]
            self.scopes.pop()
        self.in_loop = True
        parts = [*self.tag(*head), self.body(depth, names)]
        if self.chance(0.3):
            parts.append(Piece("statement", self.pick(IN_LOOPS)))
        self.in_loop = outer
        if self.chance(0.25):
            parts += [*self.tag("else"), self.body(depth)]
        return parts + self.tag("endfor")

    def trans(self, depth):
        names = self.random.sample(["x", "y", "num"], self.random.randrange(3))
        head = [self.pick(["trans ", "trans ", "trans trimmed ", "trans 'shop' "])]
        given = [[name, "=", self.expression(self.pick(["int", "any"]), 1)] for name in names]
        known = names + self.names_of("int")[:1]

        def text():
            pieces = [self.pick(["Hello ", " 5% ", "\n  <b> ", "files", ""])]
            for name in known:
                pieces += ["{{ " + name + " }}"] if self.chance(0.6) else []
            return Piece("statement", *pieces)
        parts = [*self.tag(*head, *comma(given)), text()]
        if names and self.chance(0.4):
            counted = self.pick(["", " " + self.pick(names)])
            parts += [*self.tag("pluralize" + counted), text()]
        return parts + self.tag("endtrans")

    def recursive_for(self, depth):
        tree = self.pick(self.names_of("tree") or ["[]"])
        outer, self.in_loop = self.in_loop, True
        inner = self.body(min(depth, 1), {"node": "dict"})
        self.in_loop = outer
        otherwise = [*self.tag("else"), "leaf"] if self.chance(0.2) else []
        return [*self.tag(f"for node in {tree} recursive"), "{{ node.name }}", inner,
                self.pick(AGAIN), *otherwise, *self.tag("endfor")]

    def set_(self, depth=0):
        kind = self.pick(KINDS)
        value = self.expression(kind, 3)
        name = self.pick(NAMES)
        self.scopes[-1][name] = kind
        if self.chance(0.9):
            return self.tag(f"set {name} = ", value)
        self.scopes[-1][name + "2"] = "int"
        return self.tag(f"set {name}, {name}2 = ", self.tight(kind, 1), ", ", self.tight("int", 2))

    def set_block(self, depth):
        name = self.pick(NAMES)
        filters = self.pick(["", "", " | upper", " | trim", " | replace('a', 'o') | title"])
        inner = self.body(depth)
        self.scopes[-1][name] = "text"
        return [*self.tag(f"set {name}{filters}"), inner, *self.tag("endset")]

    def with_(self, depth):
        names = {f"w{next(self.fresh)}": kind for kind in self.some(lambda: self.pick(KINDS), 2)}
        values = [[f"{name} = ", self.expression(kind, 2)] for name, kind in names.items()]
        return [*self.tag("with ", *comma(values)), self.body(depth, names), *self.tag("endwith")]

    def filter_(self, depth):
        return [*self.tag("filter ", self.pick(FILTERS)), self.body(depth), *self.tag("endfilter")]

    def macro(self, depth):
        name = f"m{next(self.fresh)}"
        names = {f"p{n + 1}": self.pick(KINDS) for n in range(self.random.randrange(3))}
        heads = [[f"{parameter}=", self.expression(kind, 1)] for parameter, kind in names.items()]
        outer, self.in_loop = self.in_loop, False
        inner = self.body(depth, names)
        self.in_loop = outer
        rest = self.pick(["", "", "", "{{ varargs }}", "{{ kwargs }}",
                          "{{ caller() if caller else '-' }}"])
        self.macros[name] = len(names)
        return [*self.tag(f"macro {name}(", *comma(heads), ")"), inner, rest, *self.tag("endmacro")]

    def call(self, depth):
        name = f"m{next(self.fresh)}"
        return [*self.tag(f"macro {name}(p1='d')"), "[", self.printed(1),
                "{{ caller(", self.expression("int", 1), ") }}]", *self.tag("endmacro"),
                *self.tag(f"call(c='x') {name}(", self.expression("text", 1), ")"), "{{ c }}",
                self.body(depth), *self.tag("endcall")]

    def namespace(self, depth):
        name = f"ns{next(self.fresh)}"
        return [*self.tag(f"set {name} = namespace(v=", self.expression("int", 1), ")"),
                *self.tag("for i in ", self.tight("ints", 1)),
                *self.tag(f"set {name}.v = {name}.v + i"), self.body(min(depth, 1), {"i": "int"}),
                *self.tag("endfor"), f"{{{{ {name}.v }}}}"]

    def autoescape(self, depth):
        # Not by an expression: around literals that is a documented difference.
        return [*self.tag("autoescape " + self.pick(["true", "false"])), self.body(depth),
                *self.tag("endautoescape")]

    def raw(self, depth):
        return [self.pick(["{% raw %}", "{%- raw %}", "{% raw -%}"]),
                self.pick([" {{ x }} ", "{% if %}\n", "  \n", ""]),
                self.pick(["{% endraw %}", "{%- endraw %}", "{% endraw -%}"])]

    def comment(self, depth):
        return [self.pick(["{# note #}", "{#- {{ x }} #}", "{# a\nb -#}", "{##}"]),
                self.pick(["", "\n", "  "])]

    # Templates

    def page(self, depth=3):
        return Piece("statements",
                     *[self.statement(depth) for _ in range(self.random.randrange(2, 7))])

    def block(self, name, depth, with_super=True):
        scoped = " scoped" if self.chance(0.2) else ""
        parent = self.pick(["{{ super() }}", "{{ super()|upper }}", ""]) if with_super else ""
        return Piece("statement", *self.tag(f"block {name}{scoped}"), self.body(depth), parent,
                     *self.tag("endblock"))

    def templates(self):
        """Names and trees of the templates of a case; `main` is the one to render."""
        return self.pick([self.one] * 14 + [self.family] * 3 + [self.including] * 2
                         + [self.importing])()

    def one(self):
        return {"main": self.page()}

    def family(self):
        base = Piece("statements", self.page(1), self.block("one", 2, False), self.page(1),
                     self.block("two", 1, False),
                     Piece("statement", self.pick(["", "{{ self.one() }}",
                                                   "{% block three %}{% endblock %}"])))
        middle = Piece("statements", "{% extends 'base' %}", self.statement(1),
                       self.block("one", 2))
        child = Piece("statements", "{% extends '" + self.pick(["base", "middle"]) + "' %}",
                      Piece("statement", *self.set_()), self.block("one", 2), self.block("two", 1))
        return {"main": child, "middle": middle, "base": base}

    def including(self):
        part = self.page(2)
        context = self.pick(["", " without context", " with context", " ignore missing"])
        return {"main": Piece("statements", self.page(2),
                              Piece("statement", f"{{% include 'part'{context} %}}"),
                              Piece("statement", *self.tag("for a in ", self.tight("ints", 1)),
                                    "{% include 'part' %}", *self.tag("endfor")), self.page(1)),
                "part": part}

    def importing(self):
        context = self.pick(["", " with context", " without context"])
        known = self.scopes
        self.scopes = known if context == " with context" else [{}]
        library = Piece("statements", Piece("statement", *self.set_()),
                        Piece("statement", *self.macro(2)), self.plain())
        macro = max(self.macros)
        variable = max(self.scopes[-1], key=lambda name: name in NAMES)
        self.scopes = known
        return {"main": Piece(
                    "statements", Piece("statement", f"{{% import 'part' as part{context} %}}"),
                    Piece("statement",
                          f"{{% from 'part' import {macro}, {variable} as taken{context} %}}"),
                    f"{{{{ part.{macro}() }}}}{{{{ taken }}}}", self.page(2)),
                "part": library}

    def options(self):
        options = {name: True for name in ("trim_blocks", "lstrip_blocks", "keep_trailing_newline")
                   if self.chance(0.2)}
        if self.chance(0.5):
            options["autoescape"] = True
        options["extensions"] = ["i18n"]
        if self.chance(0.3):
            options["newstyle_gettext"] = True
        if self.chance(0.15):
            options["undefined"] = self.pick(["strict", "debug", "chainable"])
        return options
