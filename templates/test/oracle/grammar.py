"""Random templates and data, mostly well-typed so that most of them render.

A template is a tree of pieces rather than text, so that a case that fails can be made smaller.
"""

import itertools

TEXTS = ["", "a", "Hello", "two words", "<b>bold</b>", "a & b", "it's", 'say "x"', "naïve", "日本",
         "😀", "x,y,z", "  padded ", "line\nbreak", "UPPER", "under_score-dash", "12", "-3.5", "%s", "{}"]
NAMES = "abcdefgh"
KEYS = ["name", "k", "value", "items", "x-y", "id"]
LIST_KINDS = ["ints", "texts", "mixed", "dicts", "pairs"]
KINDS = ["int", "float", "bool", "text", "dict"] + LIST_KINDS


class Piece:
    """Part of a template: an expression, a statement, or a list of statements."""

    def __init__(self, kind, *parts):
        self.kind = kind
        self.parts = list(parts)

    def text(self):
        return "".join(p if isinstance(p, str) else p.text() for p in self.parts)

    def pieces(self):
        """Every piece below, outer ones first."""
        below = [p for p in self.parts if isinstance(p, Piece)]
        return below + list(itertools.chain.from_iterable(p.pieces() for p in below))


def quoted(text):
    escapes = {"\\": "\\\\", "\n": "\\n", "'": "\\'"}
    return "'" + "".join(escapes.get(c, c) for c in text) + "'"


class Grammar:
    def __init__(self, random):
        self.random = random
        self.scopes = [{}]   # names and what they hold
        self.macros = {}     # names and how many parameters
        self.in_loop = False
        self.fresh = itertools.count(1)

    # Choices

    def chance(self, probability):
        return self.random.random() < probability

    def pick(self, choices):
        return self.random.choice(choices)

    def names_of(self, kind):
        return [n for scope in self.scopes for n, k in scope.items() if k == kind]

    # Data

    def data_value(self, kind, depth=2):
        r = self.random
        if kind == "int":
            return self.pick([0, 1, 2, 3, 7, -1, -5, 10, 42, 100])
        if kind == "float":
            return {"$float": self.pick(["0.0", "0.5", "1.5", "-2.25", "3.14159", "100.0", "1e-07", "1e16"])}
        if kind == "bool":
            return self.chance(0.5)
        if kind == "text":
            text = self.pick(TEXTS)
            return {"$markup": text} if self.chance(0.1) else text
        if kind == "ints":
            return [self.data_value("int") for _ in range(r.randrange(5))]
        if kind == "texts":
            return [self.data_value("text") for _ in range(r.randrange(4))]
        if kind == "mixed":
            values = [self.data_value(self.pick(KINDS), depth - 1) if depth > 0 else None
                      for _ in range(r.randrange(4))]
            return {"$tuple": values} if self.chance(0.2) else values
        if kind == "pairs":
            return [[self.data_value("text"), self.data_value("int")] for _ in range(r.randrange(4))]
        if kind == "dicts":
            return [{"name": self.data_value("text"), "value": self.data_value("int")}
                    for _ in range(r.randrange(4))]
        if kind == "tree":
            return [{"name": self.pick(TEXTS[1:5]),
                     "children": self.data_value("tree", depth - 1) if depth > 0 else []}
                    for _ in range(r.randrange(1, 3))]
        if kind == "dict":
            return {key: self.data_value(self.pick(KINDS), depth - 1) if depth > 0 else 1
                    for key in r.sample(KEYS, r.randrange(4))}
        raise ValueError(kind)

    def data(self):
        """Data with a name for every kind, and some more."""
        kinds = KINDS + ["tree"] + [self.pick(KINDS) for _ in range(3)]
        values = {}
        for number, kind in enumerate(kinds):
            name = f"{kind[0]}{number}"
            self.scopes[0][name] = kind
            values[name] = self.data_value(kind)
        values["nothing"] = None
        return values

    # Expressions

    def expression(self, kind, depth=3):
        """An expression that is, mostly, of this kind."""
        if self.chance(0.004):
            kind = self.pick(KINDS + ["missing", "none"])
        if depth <= 0 or self.chance(0.2):
            return self.leaf(kind)
        made = getattr(self, "any_" + kind, self.leaf_of(kind))(depth - 1)
        piece = Piece("expression", *made)
        if self.chance(0.1):
            other = self.expression(kind, depth - 1)
            condition = self.expression("bool", depth - 1)
            if self.chance(0.9):
                piece = Piece("expression", "(", piece, ")")
            return Piece("expression", "(", piece, " if ", condition, " else ", other, ")")
        if self.chance(0.05):
            return Piece("expression", piece, "|default(", self.leaf(kind), ")")
        return piece

    def leaf_of(self, kind):
        return lambda depth: [self.leaf(kind)]

    def leaf(self, kind):
        known = self.names_of(kind)
        if known and self.chance(0.6):
            return Piece("expression", self.pick(known))
        if self.in_loop and kind in ("int", "bool") and self.chance(0.3):
            return Piece("expression", "loop." + self.pick(
                ["index", "index0", "revindex", "revindex0", "length", "depth"] if kind == "int"
                else ["first", "last"]))
        return Piece("expression", *self.literal(kind))

    def literal(self, kind, depth=1):
        r = self.random
        if kind == "int":
            return [str(self.pick([0, 1, 2, 3, 5, 8, 13, 100]))]
        if kind == "float":
            return [self.pick(["0.5", "1.0", "2.5", "1e3", "0.1", "3.75"])]
        if kind == "bool":
            return [self.pick(["true", "false", "True"])]
        if kind == "none":
            return [self.pick(["none", "nothing"])]
        if kind == "missing":
            return [self.pick(["missing", "nowhere", "d4.nothing"])]
        if kind == "text":
            return [quoted(self.pick(TEXTS))]
        if kind == "dict":
            entries = [[quoted(self.pick(KEYS)), ": ", self.expression(self.pick(KINDS[:4]), depth)]
                       for _ in range(r.randrange(3))]
            return ["{", *self.comma(entries), "}"]
        item = {"ints": "int", "texts": "text", "dicts": "dict"}.get(kind)
        if kind == "pairs":
            entries = [["(", self.expression("text", 0), ", ", self.expression("int", 0), ")"]
                       for _ in range(r.randrange(3))]
        else:
            entries = [[self.expression(item or self.pick(KINDS[:5]), depth - 1)]
                       for _ in range(r.randrange(4))]
        if kind == "tree":
            return ["[]"]
        if kind == "dicts":
            entries = [["{'name': ", self.expression("text", 0), ", 'value': ", self.expression("int", 0), "}"]
                       for _ in range(r.randrange(3))]
        return ["[", *self.comma(entries), "]"]

    @staticmethod
    def comma(entries):
        return [part for n, entry in enumerate(entries) for part in (([", "] if n else []) + entry)]

    def e(self, kind, depth):
        """As expression, in brackets when it has to bind tightly."""
        inner = self.expression(kind, depth)
        plain = len(inner.parts) == 1 and isinstance(inner.parts[0], str)
        return inner if plain else Piece("expression", "(", inner, ")")

    def loose(self, kind, depth):
        """As e, and sometimes without the brackets, so that precedence decides."""
        inner = self.expression(kind, depth)
        if self.chance(0.3) and not inner.text().startswith("not "):
            return inner
        return Piece("expression", "(", inner, ")")

    def some(self, *parts, kind):
        """What may be missing, mostly with a default."""
        piece = Piece("expression", *parts)
        return [piece, "|default(", self.leaf(kind), ")"] if self.chance(0.85) else [piece]

    def divisor(self, kind, depth):
        """Mostly not zero."""
        return self.e(kind, depth) if self.chance(0.05) else Piece(
            "expression", self.pick(["2", "3", "-7", "0.5", "10"]))

    def binary(self, operators, kind, depth):
        return [self.loose(kind, depth), " ", self.pick(operators), " ", self.loose(kind, depth)]

    def any_int(self, depth):
        e = self.e
        return self.pick([
            lambda: self.binary(["+", "-", "*"], "int", depth),
            lambda: [self.loose("int", depth), self.pick([" // ", " % "]), self.divisor("int", depth)],
            lambda: self.binary(["+", "-", "*"], self.pick(["int", "bool"]), depth),
            lambda: [e("int", depth), " ** ", self.pick(["0", "1", "2", "3"])],
            lambda: ["-", e("int", depth)],
            lambda: [e(self.pick(LIST_KINDS + ["text", "dict"]), depth), "|length"],
            lambda: [e("ints", depth), "|sum"],
            lambda: self.some(e("ints", depth), "|", self.pick(["first", "last", "max", "min"]), kind="int"),
            lambda: self.some(e("ints", depth), "[", self.expression("int", 0), "]", kind="int"),
            lambda: [e(self.pick(["float", "text", "int", "bool"]), depth), "|int"],
            lambda: [e("int", depth), "|abs"],
            lambda: [e("text", depth), ".", self.pick(["count", "find", "rfind"]), "(", quoted(self.pick("ab o")), ")"],
            lambda: [e("dicts", depth), "|map(attribute='value')|sum"],
            lambda: [e("dicts", depth), "|sum(attribute='value')"],
            lambda: [e("text", depth), "|wordcount"],
            lambda: [e("int", depth), "|round|int"],
        ])()

    def any_float(self, depth):
        e = self.e
        return self.pick([
            lambda: self.binary(["+", "-", "*"], "float", depth),
            lambda: [self.loose("float", depth), self.pick([" / ", " // ", " % "]), self.divisor("float", depth)],
            lambda: [e("int", depth), " / ", self.divisor("int", depth)],
            lambda: [e("float", depth), "|round", self.pick(["", "(1)", "(2)", "(1, 'floor')", "(0, 'ceil')"])],
            lambda: ["-", e("float", depth)],
            lambda: [e(self.pick(["int", "text"]), depth), "|float"],
            lambda: [e("float", depth), "|abs ** ", self.pick(["2", "0.5", "0", "3"])],
        ])()

    def any_bool(self, depth):
        e, x = self.e, self.loose
        number = self.pick(["int", "float", "bool"])
        same = self.pick(["int", "text", "float", "ints", "texts"])
        return self.pick([
            lambda: self.binary(["==", "!=", "<", "<=", ">", ">="], number, depth),
            lambda: self.binary(["==", "!=", "<", ">="], same, depth),
            lambda: [e(self.pick(KINDS), depth), self.pick([" == ", " != "]), e(self.pick(KINDS), depth)],
            lambda: [e("int", depth), " < ", e("int", depth), self.pick([" < ", " <= ", " == "]), e("int", depth)],
            lambda: [x("bool", depth), self.pick([" and ", " or "]), x("bool", depth)],
            lambda: ["not ", x("bool", depth)],
            lambda: [x(self.pick(KINDS), depth), self.pick([" and ", " or "]), x(self.pick(KINDS), depth)],
            lambda: [e("int", depth), self.pick([" in ", " not in "]), e("ints", depth)],
            lambda: [e("text", depth), self.pick([" in ", " not in "]), e(self.pick(["text", "texts", "dict"]), depth)],
            lambda: [e(self.pick(KINDS + ["missing", "none"]), depth), self.pick([" is ", " is not "]), self.pick(
                ["defined", "undefined", "none", "number", "integer", "float", "string", "mapping", "sequence",
                 "iterable", "boolean", "true", "false", "callable", "escaped"])],
            lambda: [e("int", depth), " is ", self.pick(["odd", "even", "divisibleby 3", "divisibleby(2)", "gt 2", "eq(1)"])],
            lambda: [e("text", depth), " is ", self.pick(["lower", "upper"])],
            lambda: [e("text", depth), ".", self.pick(["startswith('a')", "endswith('d')", "isdigit()", "isupper()",
                                                      "islower()", "isalpha()", "istitle()", "isspace()"])],
        ])()

    def any_text(self, depth):
        e, x = self.e, self.loose
        filters = lambda: [e("text", depth), "|", self.pick([
            "upper", "lower", "title", "capitalize", "trim", "e", "escape", "safe", "string", "forceescape",
            "striptags", "reverse", "urlencode", "indent", "center(9)", "truncate(5)", "truncate(8, true)",
            "truncate(6, true, '…', 0)", "wordwrap(5)", "indent(2, true)", "trim('a')", "pprint",
            "wordwrap(4, false)", "tojson", "urlize"])]
        methods = lambda: [e("text", depth), ".", self.pick([
            "upper()", "lower()", "title()", "capitalize()", "swapcase()", "strip()", "lstrip()", "replace('a', '<')",
            "center(8, '*')", "ljust(6)", "rjust(5, '0')", "zfill(4)", "partition('o')[2]", "removeprefix('a')",
            "rsplit(' ')[0]", "expandtabs()"])]
        return self.pick([
            filters, filters, filters, methods, methods,
            lambda: [x("text", depth), " ~ ", x(self.pick(KINDS + ["none", "missing"]), depth)],
            lambda: [x("text", depth), " + ", x("text", depth)],
            lambda: [e("text", depth), "|replace(", self.expression("text", 0), ", ", self.expression("text", 0), ")"],
            lambda: [e(self.pick(["ints", "texts", "mixed", "dict"]), depth), "|join", self.pick(["", "(', ')", "('<')", "('&'|safe)"])],
            lambda: [e("dicts", depth), "|join(', ', attribute='name')"],
            lambda: self.some(e("texts", depth), "|", self.pick(["first", "last", "min", "max"]), kind="text"),
            lambda: self.some(e("text", depth), self.pick(["[0]", "[-1]", "[5]", "|first", "|last"]), kind="text"),
            lambda: [e("text", depth), "[", self.pick(["1:", ":2", "::-1", "1:-1", "::2", "-3:"]), "]"],
            lambda: [e("text", depth), " * ", self.pick(["0", "1", "2", "3"])],
            lambda: [quoted(self.pick(["%s", "<%s>", "%5s|", "%-4s|", "%r", "%.2s"])), " % ", e(self.pick(["int", "text", "float", "bool"]), depth)],
            lambda: [quoted(self.pick(["%d", "%05d", "%+d", "%x", "%o", "%.2f", "%e", "%g", "%5.1f"])), " % ", e("int", depth)],
            lambda: [quoted(self.pick(["%s-%s", "%s %r"])), " % (", self.expression("text", depth), ", ", self.expression("int", depth), ")"],
            lambda: [quoted(self.pick(["%s", "<%s>", "%.3s"])), self.pick(["", "|safe"]), "|format(", self.expression("text", depth), ")"],
            lambda: [quoted(self.pick(["{}", "{!r}", "[{:>6}]", "{:<4}|", "{0}{0}"])), ".format(", self.expression("text", depth), ")"],
            lambda: [quoted(self.pick(["{}", "{:5}", "{:+}", "{:,}", "{:x}", "{:03d}"])), ".format(", self.expression("int", depth), ")"],
            lambda: [quoted(self.pick(["{}", "{:.2f}", "{:8.3f}", "{:e}", "{:g}", "{:.1%}"])), ".format(", self.expression("float", depth), ")"],
            lambda: [quoted(self.pick([", ", "", "<"])), ".join(", self.expression("texts", depth), ")"],
            lambda: [e(self.pick(["int", "float", "bool", "mixed", "ints", "dict"]), depth), "|", self.pick(["string", "tojson", "pprint", "e"])],
            lambda: [e("dict", depth), "|", self.pick(["xmlattr", "urlencode", "tojson(2)"])],
            lambda: [e("int", depth), "|filesizeformat", self.pick(["", "(true)"])],
            lambda: [e("dicts", depth), "|map(attribute='name')|", self.pick(["join", "join('+')", "map('upper')|join"])],
            lambda: self.macro_call(depth),
        ])()

    def macro_call(self, depth):
        if not self.macros:
            return [self.expression("text", depth)]
        name = self.pick(sorted(self.macros))
        given = self.random.randrange(self.macros[name] + 1)
        arguments = [[self.expression(self.pick(KINDS), depth)] for _ in range(given)]
        if given < self.macros[name] and self.chance(0.4):
            arguments.append([f"p{self.macros[name]}=", self.expression(self.pick(KINDS), depth)])
        return [name, "(", *self.comma(arguments), ")"]

    def any_list(self, kind, depth):
        e = self.e
        return self.pick([
            lambda: self.literal(kind, depth),
            lambda: [e(kind, depth), "[", self.pick(["1:", ":2", "::-1", ":-1", "::2", "-2:"]), "]"],
            lambda: [e(kind, depth), "|", self.pick(["list", "reverse|list", "select|list", "reject|list"])],
            lambda: [e(kind, depth), " + ", e(kind, depth)],
            lambda: [e(kind, depth), " * ", self.pick(["0", "1", "2"])],
        ])()

    def any_ints(self, depth):
        e = self.e
        return self.pick([
            lambda: self.any_list("ints", depth),
            lambda: ["range(", self.pick(["0", "1", "3", "2, 5", "5, 0, -2", "0, 9, 4"]), ")|list"],
            lambda: [e("ints", depth), "|", self.pick([
                "sort", "sort(reverse=true)", "unique|list", "select('odd')|list", "reject('even')|list",
                "map('abs')|list", "select('gt', 1)|list", "select('divisibleby', 2)|list", "map('int')|list"])],
            lambda: [e("texts", depth), "|map('length')|list"],
            lambda: [e("dicts", depth), "|map(attribute='value')|list"],
        ])()

    def any_texts(self, depth):
        e = self.e
        return self.pick([
            lambda: self.any_list("texts", depth),
            lambda: [e("text", depth), ".", self.pick(["split()", "split(',')", "splitlines()", "split('a', 1)", "rsplit(none, 1)"])],
            lambda: [e("text", depth), "|list"],
            lambda: [e("dict", depth), ".keys()|list"],
            lambda: [e("texts", depth), "|", self.pick([
                "sort", "sort(case_sensitive=true)", "unique|list", "map('upper')|list", "map('trim')|list",
                "map('replace', 'a', 'b')|list", "select('string')|list", "reject('equalto', 'a')|list", "map('e')|list"])],
            lambda: [e("ints", depth), "|map('string')|list"],
            lambda: [e("dicts", depth), "|map(attribute='name')|list"],
        ])()

    def any_mixed(self, depth):
        e = self.e
        return self.pick([
            lambda: self.any_list("mixed", depth),
            lambda: [e(self.pick(LIST_KINDS), depth), "|", self.pick(["batch(2)|list", "batch(2, 0)|list", "slice(2)|list", "list"])],
            lambda: [e("dict", depth), self.pick([".values()|list", ".items()|list", "|items|list", "|list"])],
            lambda: ["(", self.expression(self.pick(KINDS), depth), ", ", self.expression(self.pick(KINDS), depth), ")"],
        ])()

    def any_pairs(self, depth):
        e = self.e
        return self.pick([
            lambda: self.any_list("pairs", depth),
            lambda: [e("pairs", depth), "|", self.pick(["sort", "sort(attribute=1)", "sort(attribute='0', reverse=true)"])],
            lambda: [e("dicts", depth), "|groupby('", self.pick(["name", "value"]), "')|list"],
        ])()

    def any_dicts(self, depth):
        e = self.e
        return self.pick([
            lambda: self.any_list("dicts", depth),
            lambda: [e("dicts", depth), "|", self.pick([
                "sort(attribute='value')", "sort(attribute='name')", "sort(attribute='value,name', reverse=true)",
                "selectattr('value')|list", "rejectattr('name')|list", "selectattr('value', 'gt', 2)|list",
                "selectattr('name', 'defined')|list", "unique(attribute='name')|list"])],
        ])()

    def any_dict(self, depth):
        e = self.e
        return self.pick([
            lambda: self.literal("dict", depth),
            lambda: ["dict(", self.expression("dict", depth), ", k=", self.expression("int", depth), ")"],
            lambda: self.some(e("dicts", depth), "|first", kind="dict"),
            lambda: [e("dict", depth), ".copy()"],
        ])()

    def any_missing(self, depth):
        return [self.e("dict", depth), self.pick([".nothing", "['nothing']", ".name", "['k']", ".get('id')"])]

    # Statements

    def tag(self, *parts):
        """A statement's tag, now and then with signs for whitespace."""
        before = self.pick(["", "", "", "-", "+"]) if self.chance(0.3) else ""
        after = self.pick(["", "", "", "-", "+"]) if self.chance(0.3) else ""
        return ["{%" + before + " ", *parts, " " + after + "%}"]

    def printed(self, depth=None):
        depth = self.random.randrange(4) if depth is None else depth
        before = "-" if self.chance(0.08) else ""
        after = "-" if self.chance(0.08) else ""
        kind = self.pick(KINDS + ["text", "text", "int", "missing", "none"])
        return Piece("statement", "{{" + before + " ", self.expression(kind, depth), " " + after + "}}")

    def plain(self):
        return Piece("statement", self.pick([
            " ", "\n", "text", "<p>", "</p>\n", "  \n  ", "\t", "a & b", "{ }", "\n\n", "é", "# ", "- x\n", "%"]))

    def body(self, depth, names=None):
        """Statements in a scope of their own, where these names are known too."""
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
            self.if_, self.if_, self.for_, self.for_, self.for_, self.set_, self.set_, self.set_block, self.with_,
            self.filter_, self.macro, self.call, self.namespace, self.autoescape, self.raw, self.comment,
            self.recursive_for])(depth - 1))

    def if_(self, depth):
        parts = [*self.tag("if ", self.expression(self.pick(["bool", "bool"] + KINDS), 2)), self.body(depth)]
        if self.chance(0.3):
            parts += [*self.tag("elif ", self.expression("bool", 2)), self.body(depth)]
        if self.chance(0.5):
            parts += [*self.tag("else"), self.body(depth)]
        return parts + self.tag("endif")

    def for_(self, depth):
        kind = self.pick(LIST_KINDS + ["text", "dict"])
        item = {"ints": "int", "texts": "text", "text": "text", "dicts": "dict", "dict": "text"}.get(kind, "mixed")
        name = self.pick(NAMES)
        names, target = {name: item}, name
        iterated = self.expression(kind, 2)
        if kind == "pairs" and self.chance(0.7):
            names, target = {name: "text", name + "2": "int"}, f"{name}, {name}2"
        elif kind == "dict" and self.chance(0.5):
            names, target = {name: "text", name + "2": "mixed"}, f"{name}, {name}2"
            iterated = Piece("expression", self.e("dict", 2), ".items()")
        head = [f"for {target} in ", Piece("expression", "(", iterated, ")") if self.chance(0.3) else self.e(kind, 2)
                if target == name else iterated]
        outer, self.in_loop = self.in_loop, False
        if self.chance(0.25):
            self.scopes.append(names)
            head += [" if ", self.e("bool", 2)]
            self.scopes.pop()
        self.in_loop = True
        parts = [*self.tag(*head), self.body(depth, names)]
        if self.chance(0.3):
            parts.append(Piece("statement", self.pick([
                "{{ loop.cycle('x', '<', 3) }}", "{{ loop.changed(loop.index0 // 2) }}",
                "{{ ', ' if not loop.last }}", "{{ loop.previtem }}|{{ loop.nextitem }}"])))
        self.in_loop = outer
        if self.chance(0.25):
            parts += [*self.tag("else"), self.body(depth)]
        return parts + self.tag("endfor")

    def recursive_for(self, depth):
        tree = self.pick(self.names_of("tree") or ["[]"])
        outer, self.in_loop = self.in_loop, True
        inner = self.body(min(depth, 1), {"node": "dict"})
        self.in_loop = outer
        return [*self.tag(f"for node in {tree} recursive"), "{{ node.name }}", inner,
                self.pick(["{{ loop(node.children) }}", "{% if node.children %}<{{ loop(node.children) }}>{% endif %}",
                           "[{{ loop(node.children)|upper }}]"]),
                *(self.tag("else") + ["leaf"] if self.chance(0.2) else []), *self.tag("endfor")]

    def set_(self, depth):
        kind = self.pick(KINDS)
        value = self.expression(kind, 3)
        name = self.pick(NAMES)
        if self.chance(0.1):
            other = self.expression("int", 2)
            self.scopes[-1].update({name: kind, name + "2": "int"})
            return self.tag(f"set {name}, {name}2 = ", self.e(kind, 1), ", ", other)
        self.scopes[-1][name] = kind
        return self.tag(f"set {name} = ", value)

    def set_block(self, depth):
        name = self.pick(NAMES)
        filters = self.pick(["", "", " | upper", " | trim", " | replace('a', 'o') | title"])
        inner = self.body(depth)
        self.scopes[-1][name] = "text"
        return [*self.tag(f"set {name}{filters}"), inner, *self.tag("endset")]

    def with_(self, depth):
        kinds = [self.pick(KINDS) for _ in range(self.random.randrange(3))]
        names = {f"w{next(self.fresh)}": kind for kind in kinds}
        values = [[f"{name} = ", self.expression(kind, 2)] for name, kind in names.items()]
        return [*self.tag("with ", *self.comma(values)), self.body(depth, names), *self.tag("endwith")]

    def filter_(self, depth):
        return [*self.tag("filter " + self.pick([
            "upper", "lower", "title", "trim", "e", "forceescape", "indent", "center(20)", "replace('a', 'b')",
            "striptags", "trim|upper", "wordwrap(8)", "truncate(10)", "safe"])), self.body(depth), *self.tag("endfilter")]

    def macro(self, depth):
        name = f"m{next(self.fresh)}"
        parameters = self.random.randrange(3)
        heads, names = [], {}
        for number in range(1, parameters + 1):
            kind = self.pick(KINDS)
            names[f"p{number}"] = kind
            heads.append([f"p{number}=", self.expression(kind, 1)])
        outer, self.in_loop = self.in_loop, False
        inner = self.body(depth, names)
        self.in_loop = outer
        rest = self.pick(["", "", "", "{{ varargs }}", "{{ kwargs }}", "{{ caller() if caller else '-' }}"])
        self.macros[name] = parameters
        return [*self.tag(f"macro {name}(", *self.comma(heads), ")"), inner, rest, *self.tag("endmacro")]

    def call(self, depth):
        name = f"m{next(self.fresh)}"
        return [*self.tag(f"macro {name}(p1='d')"), "[", self.printed(1), "{{ caller(", self.expression("int", 1), ") }}]",
                *self.tag("endmacro"), *self.tag(f"call(c='x') {name}(", self.expression("text", 1), ")"), "{{ c }}",
                self.body(depth), *self.tag("endcall")]

    def namespace(self, depth):
        name = f"ns{next(self.fresh)}"
        return [*self.tag(f"set {name} = namespace(v=", self.expression("int", 1), ")"),
                *self.tag("for i in ", self.e("ints", 1)), *self.tag(f"set {name}.v = {name}.v + i"),
                self.body(min(depth, 1), {"i": "int"}), *self.tag("endfor"), f"{{{{ {name}.v }}}}"]

    def autoescape(self, depth):
        return [*self.tag("autoescape " + self.pick(["true", "false", "b2"])), self.body(depth),
                *self.tag("endautoescape")]

    def raw(self, depth):
        return [self.pick(["{% raw %}", "{%- raw %}", "{% raw -%}"]), self.pick([" {{ x }} ", "{% if %}\n", "  \n", ""]),
                self.pick(["{% endraw %}", "{%- endraw %}", "{% endraw -%}"])]

    def comment(self, depth):
        return [self.pick(["{# note #}", "{#- {{ x }} #}", "{# a\nb -#}", "{##}"]), self.pick(["", "\n", "  "])]

    # Templates

    def page(self, depth=3):
        return Piece("statements", *[self.statement(depth) for _ in range(self.random.randrange(2, 7))])

    def block(self, name, depth, super_=False):
        scoped = " scoped" if self.chance(0.2) else ""
        tail = [self.pick(["{{ super() }}", "{{ super()|upper }}"])] if super_ and self.chance(0.5) else []
        return Piece("statement", *self.tag(f"block {name}{scoped}"), self.body(depth), *tail, *self.tag("endblock"))

    def templates(self):
        """Names and trees of the templates of a case; `main` is the one to render."""
        form = self.random.random()
        if form < 0.7:
            return {"main": self.page()}
        if form < 0.85:
            base = Piece("statements", self.page(1), self.block("one", 2), self.page(1), self.block("two", 1),
                         Piece("statement", self.pick(["", "{{ self.one() }}", "{% block three %}{% endblock %}"])))
            middle = Piece("statements", "{% extends 'base' %}", self.statement(1), self.block("one", 2, True))
            child = Piece("statements", "{% extends '" + self.pick(["base", "middle"]) + "' %}",
                          Piece("statement", *self.set_(1)), self.block("one", 2, True), self.block("two", 1, True))
            return {"main": child, "middle": middle, "base": base}
        if form < 0.93:
            part = self.page(2)
            tail = self.pick(["", " without context", " with context", " ignore missing"])
            return {"main": Piece("statements", self.page(2), Piece("statement", f"{{% include 'part'{tail} %}}"),
                                  Piece("statement", *self.tag("for a in ", self.e("ints", 1)), "{% include 'part' %}",
                                        *self.tag("endfor")), self.page(1)),
                    "part": part}
        context = self.pick(["", " with context", " without context"])
        known = self.scopes
        self.scopes = known if context == " with context" else [{}]
        library = Piece("statements", Piece("statement", *self.set_(1)), Piece("statement", *self.macro(2)), self.plain())
        name = max(self.macros)
        top = max(self.scopes[-1], key=lambda n: n in NAMES)
        self.scopes = known
        return {"main": Piece("statements", Piece("statement", f"{{% import 'part' as part{context} %}}"),
                              Piece("statement", f"{{% from 'part' import {name}, {top} as taken{context} %}}"),
                              "{{ part." + name + "() }}{{ taken }}", self.page(2)),
                "part": library}

    def options(self):
        options = {}
        for name in ("trim_blocks", "lstrip_blocks", "keep_trailing_newline"):
            if self.chance(0.2):
                options[name] = True
        if self.chance(0.5):
            options["autoescape"] = True
        if self.chance(0.15):
            options["undefined"] = self.pick(["strict", "debug", "chainable"])
        return options
