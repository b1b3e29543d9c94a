"""Renders a case with Jinja2: the environment, the data, the result."""

import contextlib
import datetime
import gettext
import json
import pathlib
import sys
import warnings

import jinja2
import jinja2.ext
import jinja2.sandbox
import markupsafe

REQUIRED = (pathlib.Path(__file__).resolve().parent / "requirements.txt").read_text()
if f"Jinja2=={jinja2.__version__}\n" not in REQUIRED:
    sys.exit(f"This is Jinja2 {jinja2.__version__}, not the one of requirements.txt: "
             "run this by templates/test/oracle/python")

# Python's compiler has opinions on the code that Jinja2 makes: "perhaps you missed a comma?"
warnings.simplefilter("ignore", SyntaxWarning)

# The C++ side builds the same values from the same marks; see case.hpp.
MARKS = {
    "$markup": markupsafe.Markup,
    "$tuple": tuple,
    "$float": float,
    "$object": lambda attributes: Object(**attributes),
}
UNDEFINED = {
    "default": jinja2.Undefined,
    "strict": jinja2.StrictUndefined,
    "debug": jinja2.DebugUndefined,
    "chainable": jinja2.ChainableUndefined,
}
EXTENSIONS = {"do": "jinja2.ext.do", "loopcontrols": "jinja2.ext.loopcontrols",
              "i18n": "jinja2.ext.i18n", "debug": "jinja2.ext.debug"}
# Options of the case, not of an environment: the style of gettext, a catalog of catalogs/ or none,
# Jinja's policy ext.i18n.trimmed.
I18N = {"newstyle_gettext", "catalog", "i18n_trimmed"}
CATALOGS = pathlib.Path(__file__).resolve().parent / "catalogs"
OPTIONS = {
    "block_start_string", "block_end_string", "variable_start_string", "variable_end_string",
    "comment_start_string", "comment_end_string", "line_statement_prefix", "line_comment_prefix",
    "trim_blocks", "lstrip_blocks", "newline_sequence", "keep_trailing_newline",
    "autoescape", "undefined", "extensions",
}


class Object:
    """An object with attributes, but without items and methods."""

    def __init__(self, **attributes):
        self.__dict__.update(attributes)


# Messages name the type of an object as they name Python's own.
Object.__module__ = "builtins"
Object.__name__ = "thing"


def marked(text):
    """Data from JSON, with marks. Floats become marks too, so that their digits are read exactly."""
    return json.loads(text, parse_float=lambda digits: {"$float": digits})


def read_data(text):
    """The data of a case from JSON, with the marks replaced by their values."""
    def replace(pairs):
        if len(pairs) == 1 and pairs[0][0] in MARKS:
            return MARKS[pairs[0][0]](pairs[0][1])
        return dict(pairs)
    return json.loads(text, object_pairs_hook=replace)


def environment(options, templates, kind=jinja2.Environment):
    unknown = set(options) - OPTIONS - I18N
    if unknown:
        raise ValueError(f"no option {sorted(unknown)}; there are: {sorted(OPTIONS | I18N)}")
    i18n = {name: options[name] for name in I18N if name in options}
    options = {name: options[name] for name in options if name not in I18N}
    translated = "i18n" in options.get("extensions", [])
    if options.get("autoescape") == "by_extension":
        # As Flask does it.
        options["autoescape"] = lambda name: (
            name is None or name.endswith((".html", ".htm", ".xml", ".xhtml", ".svg")))
    options["undefined"] = UNDEFINED[options.get("undefined", "default")]
    options["extensions"] = [EXTENSIONS[name] for name in options.get("extensions", [])]

    def load(name):
        # A file name makes Jinja tell the template of every frame of an exception.
        return (templates[name], name, lambda: True) if name in templates else None
    made = kind(loader=jinja2.FunctionLoader(load), **options)
    if translated:
        made.policies["ext.i18n.trimmed"] = i18n.get("i18n_trimmed", False)
        made.install_gettext_translations(translations(i18n.get("catalog")),
                                          newstyle=i18n.get("newstyle_gettext", False))
    return made


def translations(catalog):
    if catalog is None:
        return gettext.NullTranslations()
    with (CATALOGS / f"{catalog}.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


class Generation(jinja2.ext.Extension):
    """Collects the generations as transformers does."""

    tags = {"generation"}

    def __init__(self, environment):
        super().__init__(environment)
        environment.generation = self
        self.blocks = self.spans = None

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("note"), [], [], body).set_lineno(line)

    def note(self, caller):
        text = caller()
        begin = len("".join(self.blocks))
        self.spans.append((begin, begin + len(text)))
        return text

    @contextlib.contextmanager
    def noted(self):
        self.blocks, self.spans = [], []
        yield self.blocks, self.spans


def chat_environment():
    """The environment of transformers' apply_chat_template."""
    def raise_exception(message):
        raise jinja2.TemplateError(message)

    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators,
                          sort_keys=sort_keys)

    def strftime_now(format):
        return datetime.datetime(2024, 7, 6, 9, 5, 3).strftime(format)

    made = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])
    made.filters["tojson"] = tojson
    made.globals["raise_exception"] = raise_exception
    made.globals["strftime_now"] = strftime_now
    return made


def chat(case):
    """The text of a chat, and the parts that an assistant said."""
    env = chat_environment()
    env.loader = jinja2.FunctionLoader(
        lambda name: (case["templates"][name], name, lambda: True))
    template = env.get_template(case["entry"])
    with env.generation.noted() as (blocks, spans):
        for block in template.generate(read_data(json.dumps(case["data"]))):
            blocks.append(block)
    text = "".join(blocks)
    return {"text": text, "assistant": [text[begin:end] for begin, end in spans]}


def place(error, templates):
    """The template and the line that Jinja2 reports for an error."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        return error.name, error.lineno
    found = None, None
    frame = error.__traceback__
    while frame:
        if frame.tb_frame.f_code.co_filename in templates:
            found = frame.tb_frame.f_code.co_filename, frame.tb_lineno
        frame = frame.tb_next
    return found


def outcome(case, kind=jinja2.Environment):
    """{"text": ...}, for a chat also "assistant", or {"error": {"type", "message", "template", "line"}} of a case."""
    templates = case["templates"]
    try:
        if case.get("options") == {"chat": True}:
            return chat(case)
        env = environment(case.get("options", {}), templates, kind)
        text = env.get_template(case["entry"]).render(read_data(json.dumps(case["data"])))
        return {"text": text}
    except Exception as error:  # whatever a template raises is the result
        template, line = place(error, templates)
        message = error.message if isinstance(error, jinja2.TemplateError) else str(error)
        return {"error": {"type": type(error).__name__, "message": message,
                          "template": template, "line": line}}
