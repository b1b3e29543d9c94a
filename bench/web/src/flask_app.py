"""The same routes in Flask."""

from flask import Flask, jsonify, render_template_string

app = Flask(__name__)
ROWS = [{"name": f"subject <{i}>", "age": i} for i in range(20)]
PAGE = """<html><head><title>{{ title }}</title></head><body><h1>{{ title }}</h1><table>
{%- for row in rows %}<tr><td>{{ row.name }}</td><td>{{ row.age }}</td></tr>{% endfor -%}
</table></body></html>"""


@app.route("/")
def index():
    return "hello blinker"


@app.route("/json")
def json():
    return jsonify(message="hello blinker", n=42, ok=True)


@app.route("/user/<name>")
def user(name):
    return "hello " + name


@app.route("/page")
def page():
    return render_template_string(PAGE, title="The kingdom", rows=ROWS)
