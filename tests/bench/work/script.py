# SPDX-License-Identifier: GPL-3.0-or-later
"""Classes, dictionaries, json: script.py [ROUNDS]."""
import json
import sys


class Item:
    def __init__(self, number):
        self.number = number
        self.name = "item %d" % number
        self.parts = [number + i for i in range(4)]

    def plain(self):
        return {"number": self.number, "name": self.name, "parts": self.parts}


def table(start):
    return {item.name: item for item in map(Item, range(start, start + 500))}


def main(rounds):
    kept = []
    for turn in range(rounds):
        items = table(turn * 17)
        text = json.dumps([item.plain() for item in items.values()])
        back = json.loads(text)
        kept.append({row["name"]: sorted(row["parts"], key=lambda x: -x) for row in back})
        if len(kept) > 20:
            del kept[:10]


main(int(sys.argv[1]) if len(sys.argv) > 1 else 150)
