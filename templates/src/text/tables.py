#!/usr/bin/env python3
"""Writes unicode_tables.cpp and html_entities.cpp, beside this file, from Python's own tables.

    tables.py           writes them
    tables.py --check   says whether they are what it would write; 77 if this Python cannot tell

Python is the source because its text methods are what templates must agree with.
"""

import html.entities
import pathlib
import sys
import unicodedata

UNICODE = "14.0.0"  # Python 3.11, which Debian 12 has
FOLDER = pathlib.Path(__file__).parent
BLOCK = 128

FLAGS = {
    "alpha": str.isalpha,
    "decimal": str.isdecimal,
    "digit": str.isdigit,
    "numeric": str.isnumeric,
    "space": str.isspace,
    "printable": str.isprintable,
    "upper": str.isupper,
    "lower": str.islower,
    "title": lambda c: unicodedata.category(c) == "Lt",
    # What lower() skips when it looks for the end of a word, where a capital sigma differs.
    "case_ignorable": lambda c: ("A" + c + "Σ").lower()[-1] == "ς"
    and ("1" + c + "Σ").lower()[-1] == "σ",
    "identifier_start": str.isidentifier,
    "identifier_part": lambda c: ("a" + c).isidentifier(),
}


def lines(values, width=96):
    """The values as rows of an initializer."""
    row, rows = "", []
    for value in values:
        text = f"{value}, "
        if len(row) + len(text) > width:
            rows.append(row.rstrip())
            row = ""
        row += text
    return "\n".join("    " + r for r in rows + [row.rstrip()] if r)


class Mappings:
    """Mappings to several characters, as indices into a common array."""

    def __init__(self):
        self.sequences = []
        self.offsets = {}

    def change(self, character, mapped):
        if len(mapped) == 1:
            return ord(mapped) - ord(character)
        if mapped not in self.offsets:
            self.offsets[mapped] = len(self.sequences)
            self.sequences += [ord(c) for c in mapped]
        return (1 << 24) + (self.offsets[mapped] << 2) + len(mapped)


def unicode_tables():
    mappings = Mappings()
    records, record_indices, of_character = [], {}, []
    for code in range(sys.maxunicode + 1):
        c = chr(code)
        record = (
            mappings.change(c, c.upper()),
            mappings.change(c, c.lower()),
            mappings.change(c, c.title()),
            mappings.change(c, c.casefold()),
            sum(1 << i for i, holds in enumerate(FLAGS.values()) if holds(c)),
            unicodedata.decimal(c, 0),
        )
        if record not in record_indices:
            record_indices[record] = len(records)
            records.append(record)
        of_character.append(record_indices[record])

    blocks, block_indices, of_block = [], {}, []
    for start in range(0, len(of_character), BLOCK):
        block = tuple(of_character[start : start + BLOCK])
        if block not in block_indices:
            block_indices[block] = len(blocks) // BLOCK
            blocks += block
        of_block.append(block_indices[block])

    return f"""// Written by tables.py from Unicode {UNICODE}.
#include "unicode_tables.hpp"

// clang-format off
namespace aldis::templates::detail {{

const character_record character_records[] = {{
{lines("{" + ", ".join(map(str, r)) + "}" for r in records)}
}};

const std::uint16_t character_blocks[] = {{
{lines(of_block)}
}};

const std::uint16_t records_in_blocks[] = {{
{lines(blocks)}
}};

const char32_t case_sequences[] = {{
{lines(hex(c) for c in mappings.sequences)}
}};

}}  // namespace aldis::templates::detail
"""


def html_entities():
    def cxx_text(text):
        # One escape for each byte, and no hex digit after it that it could swallow.
        return '"' + "".join(f"\\{byte:03o}" for byte in text.encode()) + '"'

    rows = (
        f'{{"{name}", {cxx_text(text)}}}' for name, text in sorted(html.entities.html5.items())
    )
    return f"""// Written by tables.py from Python's table of HTML 5.
#include "html_entities.hpp"

// clang-format off
namespace aldis::templates::detail {{

const html_entity html_entities[] = {{
{lines(rows)}
}};

const std::size_t html_entity_count = sizeof html_entities / sizeof *html_entities;

}}  // namespace aldis::templates::detail
"""


def main():
    if unicodedata.unidata_version != UNICODE:
        print(f"Python with Unicode {UNICODE} is needed; this one has {unicodedata.unidata_version}")
        return 77
    result = 0
    for name, text in {"unicode_tables.cpp": unicode_tables(), "html_entities.cpp": html_entities()}.items():
        file = FOLDER / name
        if "--check" not in sys.argv[1:]:
            file.write_text(text)
        elif not file.exists() or file.read_text() != text:
            print(f"{name} is not what {pathlib.Path(__file__).name} writes")
            result = 1
    return result


if __name__ == "__main__":
    sys.exit(main())
