# SPDX-License-Identifier: GPL-3.0-or-later
"""json.dumps and json.loads of 3,000 small dictionaries, again and again: the heap fills
and empties.  loop.py [ROUNDS]."""
import json
import sys


def main(rounds):
    rows = [{"id": i, "name": "row %d" % i, "tags": [i % 7, i % 11]} for i in range(3000)]
    for _ in range(rounds):
        if json.loads(json.dumps(rows))[-1]["id"] != 2999:
            sys.exit(1)


main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
