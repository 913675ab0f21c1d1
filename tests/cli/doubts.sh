#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What is no reason for doubt raises none: children that do nothing, that exec what can be
# traced, whose exec fails, forked ones that are killed before memtop has answered them, and
# helpers that end just after the first process.
. tests/lib.sh
worker=$B/tests/workers/unseen

fine() {
	expect 0 "$MEMTOP" check --max-peak=1G --report="$T/v.json" -- "$@"
	[ "$(json "$T/v.json" 'd["unfollowed"]')" = '[]' ] || fail "$*: $(cat "$T/v.json")"
}
fine "$worker" helper
fine "$worker" fine
fine "$worker" unanswered
# Nor do they count: what they allocated after the answer never was.
[ "$(json "$T/v.json" 'd["traced"]["peak"] < 1 << 20')" = True ] || fail "unanswered: $(cat "$T/v.json")"
fine bash -c 'seq 9 | sort | wc'
fine bash -c 'for i in {1..200}; do (:); (exit 1); done; true & wait'
fine make -j4 -f - all <<'END'
all: a b c d e
a b c d e:
	@echo $@ | tr a-z A-Z | cat >/dev/null; sh -c 'true; false || true'
END
cat >"$T/pools.py" <<'END'
import multiprocessing, subprocess
def double(x): return 2 * x
if __name__ == "__main__":
    for kind in "fork", "spawn", "forkserver":
        with multiprocessing.get_context(kind).Pool(2) as pool:
            assert pool.map(double, [1, 2]) == [2, 4]
    subprocess.run("echo a | cat", shell=True, stdout=subprocess.DEVNULL, check=True)
END
fine python3 "$T/pools.py"
exit 0
