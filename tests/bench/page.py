#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""make bench-page: what make bench printed (standard input), put between the
markers of share/doc/PERFORMANCE.md.  Nothing is written if it holds no table."""
import re
import sys

PAGE = "share/doc/PERFORMANCE.md"
BEGIN, END = "<!-- make bench-page: begin -->\n", "<!-- make bench-page: end -->\n"


def section(text):
    """A harness's output: its name is a heading, and what is no table or note is code."""
    name, _, body = text.partition("\n")
    if "|--" not in body:
        body = "```\n%s\n```\n" % body.strip("\n")
    return "## %s\n\n%s\n" % (re.sub(r"^tests/bench/|\.(py|c)$", "", name.split("/tests/bench/")[-1]).strip(),
                              re.sub(r"\n{3,}", "\n\n", body).strip() + "\n")


def main():
    printed = sys.stdin.read()
    sys.stdout.write(printed)
    parts = re.split(r"(?m)^== ", printed)[1:]
    if "|--" not in printed:
        sys.exit("page.py: make bench printed no table; %s is as it was" % PAGE)
    with open(PAGE, encoding="utf-8") as page:
        text = page.read()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    with open(PAGE, "w", encoding="utf-8") as page:
        page.write(before + BEGIN + "\n" + "\n".join(map(section, parts)) + "\n" + END + after)


main()
