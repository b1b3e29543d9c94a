"""What real Jinja2 makes of a case: the environment, the data, the result."""

import json
import warnings

import jinja2
import markupsafe

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
EXTENSIONS = {"do": "jinja2.ext.do", "loopcontrols": "jinja2.ext.loopcontrols"}
OPTIONS = {
    "block_start_string", "block_end_string", "variable_start_string", "variable_end_string",
    "comment_start_string", "comment_end_string", "line_statement_prefix", "line_comment_prefix",
    "trim_blocks", "lstrip_blocks", "newline_sequence", "keep_trailing_newline",
    "autoescape", "undefined", "extensions",
}


class Object:
    """Has attributes, and neither items nor methods."""

    def __init__(self, **attributes):
        self.__dict__.update(attributes)


# Messages name the type of an object as they name Python's own.
Object.__module__ = "builtins"
Object.__name__ = "thing"


def marked(text):
    """Data from JSON, with marks; floats become one, for they are digits to be read exactly."""
    return json.loads(text, parse_float=lambda digits: {"$float": digits})


def read_data(text):
    """The data of a case from JSON, the marks replaced by what JSON cannot say."""
    def replace(pairs):
        if len(pairs) == 1 and pairs[0][0] in MARKS:
            return MARKS[pairs[0][0]](pairs[0][1])
        return dict(pairs)
    return json.loads(text, object_pairs_hook=replace)


def environment(options, templates, kind=jinja2.Environment):
    unknown = set(options) - OPTIONS
    if unknown:
        raise ValueError(f"no option {sorted(unknown)}; there are: {sorted(OPTIONS)}")
    options = dict(options)
    if options.get("autoescape") == "by_extension":
        # As Flask does it.
        options["autoescape"] = lambda name: (
            name is None or name.endswith((".html", ".htm", ".xml", ".xhtml", ".svg")))
    options["undefined"] = UNDEFINED[options.get("undefined", "default")]
    options["extensions"] = [EXTENSIONS[name] for name in options.get("extensions", [])]

    def load(name):
        # A file name makes Jinja tell the template of every frame of an exception.
        return (templates[name], name, lambda: True) if name in templates else None
    return kind(loader=jinja2.FunctionLoader(load), **options)


def place(error, templates):
    """The template and the line that Jinja names for an error."""
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
    """{"text": ...} or {"error": {"type", "message", "template", "line"}} of a case."""
    templates = case["templates"]
    try:
        env = environment(case.get("options", {}), templates, kind)
        text = env.get_template(case["entry"]).render(read_data(json.dumps(case["data"])))
        return {"text": text}
    except Exception as error:  # whatever a template raises is the result
        template, line = place(error, templates)
        message = error.message if isinstance(error, jinja2.TemplateError) else str(error)
        return {"error": {"type": type(error).__name__, "message": message,
                          "template": template, "line": line}}
