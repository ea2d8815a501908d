#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes man pages from the comments of the public headers, so that nothing is described twice.

    manpages.py --output=DIR --version=0.1.0 HEADER...

Each function gets a page in DIR/man3 (functions that share a comment share a page), each header one
in DIR/man7.  The grammar is that of the headers themselves: a comment stands directly above what it
describes; its first sentence is the summary; a line "  Word:  text" opens a section (a capital word:
Owns, Errors, Signals, Threads, Source) or describes a parameter (a small word).  Whatever does not
fit is an error, not a page with a hole.
"""
import argparse
import dataclasses
import pathlib
import re
import sys
import textwrap

SECTIONS = {"Owns": "OWNERSHIP", "Errors": "RETURN VALUE", "Threads": "THREADS", "Signals": "SIGNAL HANDLERS",
            "Source": "STANDARDS"}
TAG = re.compile(r"  +(\w+(?:, \w+)*): +(\S.*)")
ERRNO = re.compile(r"((?:0|-E[A-Z0-9]+)(?:, -E[A-Z0-9]+)*)[.:,;]?(?: (.*))?$", re.DOTALL)
SUMMARY_MAX = 72


@dataclasses.dataclass
class Page:
    """One comment and the functions below it."""
    header: str
    names: list
    prototypes: list
    description: list  # lines
    tags: dict         # section or parameter -> text

    @property
    def summary(self):
        text = re.sub(r" \([^)]*\)", "", " ".join(" ".join(self.description).split()))
        sentence = re.split(r"(?<=\.)\s", text, maxsplit=1)[0]
        if len(sentence) > SUMMARY_MAX:
            sentence = re.split(r"(?<=.{20})[:;] ", sentence, maxsplit=1)[0]
        return sentence.rstrip(".")


def comment_lines(text):
    """The lines of a /* */ comment, without its frame."""
    body = text.strip().removeprefix("/*").removesuffix("*/")
    lines = [re.sub(r"^ \* ?", "", line).rstrip() for line in body.split("\n")]
    lines[0] = lines[0].strip()
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def parse_comment(lines, where):
    description, tags, current = [], {}, None
    for line in lines:
        match = TAG.match(line)
        if match:
            current = match[1]
            if current[0].isupper() and current not in SECTIONS:
                sys.exit(f"{where}: unknown section '{current}' (allowed: {', '.join(SECTIONS)})")
            tags[current] = match[2]
        elif current and line.startswith("   "):
            tags[current] += " " + line.strip()
        elif current and line:
            sys.exit(f"{where}: text after the section '{current}': {line}")
        else:
            description.append(line)
    if not "".join(description).strip():
        sys.exit(f"{where}: no description")
    return description, tags


def prototypes(code):
    """The public functions that a piece of code declares: {name: prototype}."""
    found = {}
    code = re.sub(r"/\*.*?\*/", "", code, flags=re.DOTALL)
    for match in re.finditer(r"^(?:CURFEW_API|static inline)\b([^;{]*)[;{]", code, re.MULTILINE):
        text = " ".join(match[1].replace("CURFEW_NODISCARD", "").split())
        found[re.match(r".*?(\w+)\(", text)[1]] = text + ";"
    return found


def parse_header(path):
    """The header's file comment, its pages, and its other declarations, verbatim."""
    text = path.read_text()
    first_end = text.index("*/") + 2
    intro = comment_lines(text[:first_end])
    guards = re.compile(r"^#(?:ifn?def CURFEW_\w+_H|define CURFEW_\w+_H|include .*)\n", re.MULTILINE)
    body = guards.sub("", text[first_end:])
    body = re.sub(r"#ifdef __cplusplus\n.*?\n#endif\n", "", body, flags=re.DOTALL).strip().removesuffix("#endif")
    pages, types, private = [], [], False
    for block in re.split(r"\n\n+", body.strip()):
        if block.startswith("/* ----"):
            private = "Implementation" in block
        if private or not block.strip():
            continue
        functions = prototypes(block)
        if not functions:
            types.append(block)
            continue
        where = f"{path.name}: {', '.join(functions)}"
        if not block.startswith("/*"):
            sys.exit(f"{where}: no comment directly above")
        comment = block[:block.index("*/") + 2]
        description, tags = parse_comment(comment_lines(comment), where)
        pages.append(Page(path.name, list(functions), list(functions.values()), description, tags))
    return intro, pages, types


def escape(text):
    glyphs = {"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti"}
    return "".join(glyphs.get(character, character) for character in text)


class Writer:
    """Turns plain comment text into roff."""

    def __init__(self, functions, version):
        self.functions = functions
        self.version = version

    def inline(self, text, parameters=()):
        """Functions become bold references; parameters and `quoted` words italic."""
        def word(match):
            quoted, name = match[1], match[2]
            if quoted:
                return f"\\fI{escape(quoted)}\\fP"
            if name in self.functions:
                return f"\\fB{name}\\fP(3)"
            return f"\\fI{name}\\fP" if name in parameters else name
        pieces, last = [], 0
        for match in re.finditer(r"`([^`]+)`|(\b[a-z_0-9]+\b)", text):
            pieces += [escape(text[last:match.start()]), word(match)]
            last = match.end()
        out = "".join(pieces) + escape(text[last:])
        return "\n".join(("\\&" if line[:1] in ".'" else "") + line for line in textwrap.wrap(
            out, 90, break_long_words=False, break_on_hyphens=False))

    @staticmethod
    def code(lines):
        text = escape(re.sub(r" +\\\n", r" \\\n", textwrap.dedent("\n".join(lines))))
        return [".PP", ".RS 4", ".EX", *("\\&" + line for line in text.split("\n")), ".EE", ".RE"]

    def prose(self, lines, parameters=()):
        """Paragraphs, "- " lists and indented code of a comment."""
        out = []
        for paragraph in re.split(r"\n\s*\n", "\n".join(lines).strip("\n")):
            rows = paragraph.split("\n")
            if rows[0].startswith("    "):
                out += self.code(rows)
                continue
            out.append(".PP")
            for part in re.split(r"\n(?=  - |[A-Z][a-z ]+: )", paragraph):
                bullet = re.match(r" *- (.*)", part, re.DOTALL)
                field = re.match(r"([A-Z][a-z]+(?: [a-z]+)?): +(.*)", part, re.DOTALL)
                text = bullet[1] if bullet else part
                if bullet:
                    out.append(".IP \\(bu 2")
                elif field:
                    out += [".TP", f".B {field[1]}"]
                    text = field[2]
                out.append(self.inline(" ".join(text.split()), parameters))
        return out[1:] if out[:1] == [".PP"] else out

    def errors(self, text, parameters):
        items = [ERRNO.match(item) for item in re.split(r"(?<=[;.,]) +(?=-E[A-Z]+)(?<!, )", text)]
        if not all(items):
            return [self.inline(text, parameters)]
        out, rest = [], ""
        for item in items:
            meaning, *sentences = re.split(r"(?<=\.) +(?=[A-Z*])", item[2] or "see errno(3)")
            rest = " ".join([rest, *sentences])
            out += [".TP", f".B {escape(item[1])}", self.inline(meaning.rstrip(";."), parameters)]
        return out + ([".PP", self.inline(rest.strip(), parameters)] if rest.strip() else [])

    def title(self, name, section):
        return [f'.\\" Generated from the headers by cmake/manpages.py: edit those.',
                f'.TH {escape(name)} {section} "" "curfew {self.version}" "Curfew"']

    def function_page(self, page):
        parameters = set(re.findall(r"(\w+)(?:\[\])?[,)]", " ".join(page.prototypes))) - {"void"}
        out = self.title(page.names[0], 3)
        out += [".SH NAME", escape(", ".join(page.names)) + " \\- " + self.inline(page.summary).replace("\n", " ")]
        if page.header != "debt.h":
            out += [".SH LIBRARY", "libcurfew (\\fB\\-lcurfew\\fP)"]
        out += [".SH SYNOPSIS", f".B #include <curfew/{page.header}>"]
        for prototype in page.prototypes:
            out += [".PP", ".nf"]
            unbroken = re.sub(r"(?<!,) ", "\N{NO-BREAK SPACE}", prototype)  # break after commas only
            lines = textwrap.wrap(unbroken, 78, subsequent_indent="        ", break_long_words=False)
            out += [f"\\fB{escape(line)}\\fP".replace("\N{NO-BREAK SPACE}", " ") for line in lines]
            out += [".fi"]
        out += [".SH DESCRIPTION", *self.prose(page.description, parameters)]
        for tag, text in page.tags.items():
            if tag not in SECTIONS:
                out += [".TP", f".I {escape(tag)}", self.inline(text, parameters)]
        for tag, section in SECTIONS.items():
            if tag in page.tags:
                out += [f".SH {section}"]
                text = page.tags[tag]
                if tag == "Signals":
                    text = text.replace("safe", "Async-signal-safe", 1)
                out += self.errors(text, parameters) if tag == "Errors" else [self.inline(text, parameters)]
        if "Signals" not in page.tags:
            out += [".SH SIGNAL HANDLERS", "Not to be called from a signal handler."]
        out += [".SH SEE ALSO", f".BR curfew\\-{page.header.removesuffix('.h')} (7)"]
        return "\n".join(out) + "\n"

    def header_page(self, name, intro, pages, types, others=()):
        summary, rest = intro_parts(intro)
        out = self.title(page_of(name), 7)
        out += [".SH NAME", escape(page_of(name)) + " \\- " + self.inline(summary).replace("\n", " ")]
        out += [".SH SYNOPSIS", f".B #include <curfew/{name}.h>"]
        if "".join(rest).strip():
            out += [".SH DESCRIPTION", *self.prose(rest)]
        if pages:
            out += [".SH FUNCTIONS"]
            for page in pages:
                for function in page.names:
                    out += [".TP", f".BR {function} (3)", self.inline(page.summary)]
        if types:
            out += [".SH TYPES AND CONSTANTS"]
            for block in types:
                out += self.code(block.split("\n"))
        if others:
            out += [".SH SEE ALSO", *(f".BR {escape(other)} (7)" for other in others)]
        return "\n".join(out) + "\n"


def page_of(stem):
    """The page of section 7 that describes a header."""
    return "libcurfew" if stem == "curfew" else f"curfew-{stem}"


def intro_parts(intro):
    """Splits "SPDX..., FILE.h -- summary." from the rest of a file comment."""
    text = "\n".join(intro)
    match = re.search(r"^\w+\.h -- (.*?)(?:\n\s*\n|\Z)(.*)", text, re.MULTILINE | re.DOTALL)
    return " ".join(match[1].split()).rstrip("."), match[2].split("\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("headers", nargs="+", type=pathlib.Path)
    args = parser.parse_args()

    parsed = {path: parse_header(path) for path in args.headers}
    functions = {name for _, pages, _ in parsed.values() for page in pages for name in page.names}
    writer = Writer(functions, args.version)
    for section in ("man3", "man7"):
        (args.output / section).mkdir(parents=True, exist_ok=True)
        for old in (args.output / section).iterdir():
            old.unlink()  # A function that was renamed must not keep its old page.
    others = [page_of(path.stem) for path in args.headers if path.stem != "curfew"]
    for path, (intro, pages, types) in parsed.items():
        for page in pages:
            (args.output / "man3" / f"{page.names[0]}.3").write_text(writer.function_page(page))
            for alias in page.names[1:]:
                (args.output / "man3" / f"{alias}.3").write_text(f".so man3/{page.names[0]}.3\n")
        (args.output / "man7" / f"{page_of(path.stem)}.7").write_text(
            writer.header_page(path.stem, intro, pages, types, others if path.stem == "curfew" else ()))


if __name__ == "__main__":
    main()
