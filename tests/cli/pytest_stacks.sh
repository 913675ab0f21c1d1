#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The pytest plugin by stacks: leaks of each call stack, filters, threads, objects, stacks in
# failures, properties in JUnit's XML, a recording of each failed test, and peaks that
# increase; with the plugin installed by pip, which pytest finds by itself.
. tests/lib.sh
python=/usr/bin/python3
$python -c 'import pytest' 2>/dev/null || skip "no pytest for $python"
export MEMTOP PYTHONPYCACHEPREFIX="$T/compiled"
cp -r share/python "$T/package"
if $python -c 'import pip, setuptools as s; assert int(s.__version__.split(".")[0]) >= 61' \
	2>/dev/null; then
	$python -m pip install -q --no-build-isolation --no-index --no-deps --target "$T/site" \
		"$T/package" >"$T/out" 2>&1 || fail "pip does not install it"
	PYTHONPATH=$T/site
else
	PYTHONPATH=$T/package PYTEST_ADDOPTS='-p pytest_memtop'
	export PYTEST_ADDOPTS
fi
export PYTHONPATH
cd "$T" || exit 1
cat >test_stacks.py <<'END'
import os
import threading
import pytest

kept = []


class Node:
    pass


def leak(size):
    kept.append(bytes(size))


def other(size):
    kept.append(bytes(size))


def by(name):
    return lambda stack: any(frame.function == name for frame in stack.frames)


@pytest.mark.limit_leaks(location_limit="4 KB")
def test_each_holds():
    leak(3000)
    other(3000)


@pytest.mark.limit_leaks(location_limit="4 KB")
def test_each_breaks():
    leak(3000)
    other(5000)


@pytest.mark.limit_leaks("4 KB", filter_fn=by("leak"))
def test_filter_holds():
    leak(3000)
    other(50000)


@pytest.mark.limit_leaks("4 KB", filter_fn=by("other"))
def test_filter_breaks():
    leak(3000)
    other(50000)


def in_thread():
    thread = threading.Thread(target=leak, args=(100000,))
    thread.start()
    thread.join()


@pytest.mark.limit_leaks("20 KB", current_thread_only=True)
def test_thread_holds():
    in_thread()


@pytest.mark.limit_leaks("20 KB")
def test_thread_breaks():
    in_thread()


@pytest.mark.limit_leaked_objects(0)
def test_objects_hold():
    assert [Node() for _ in range(10)]


@pytest.mark.limit_leaked_objects(9)
def test_objects_break():
    kept.extend([Node() for _ in range(10)])


@pytest.mark.limit_memory("10 MB")
def test_grows():
    assert bytes(int(os.environ.get("GROWS", "100000")))
END
expect 1 $python -m pytest -q --junitxml=junit.xml --memtop-most=3
printed '4 failed, 5 passed'
printed 'test_each_breaks: leak of one call stack 5033 bytes exceeded the ceiling of 4096 bytes'
printed 'test_filter_breaks: leak 50033 bytes exceeded the ceiling of 4096 bytes'
printed 'test_objects_break: 10 objects left behind exceeded the 9 that are allowed: 10 Node'
grep -qE '^  5033 B in 1 block, newest call first:$' "$T/out" || fail "no stack"
line=$(awk '/def other/ { print FNR + 1 }' test_stacks.py)
[ "$(grep -A2 '^  5033 B in 1 block' "$T/out" | grep -cE \
	"^    (other|test_each_breaks) \($T/test_stacks.py:[0-9]+\)$")" -ge 2 ] ||
	fail "no frames"
grep -q "^    other ($T/test_stacks.py:$line)$" "$T/out" || fail "the line of the stack"
[ "$(sed -n '/tests that took most memory/,/^recording/p' "$T/out" | grep -c '::test_')" -ge 3 ] ||
	fail "no table of the tests that took most"
# One stack between 16 and 256 KiB, and none above.
LC_ALL=C.UTF-8 grep -qE '^ *9[78]\.[0-9] KiB .* \|..[^ ]   \|  test_stacks.py::test_grows$' "$T/out" ||
	fail "no histogram of the stacks' sizes"
python3 - junit.xml <<'END' || fail "properties of JUnit's XML"
import sys
import xml.etree.ElementTree as tree
for case in tree.parse(sys.argv[1]).getroot().iter("testcase"):
    told = {one.get("name"): int(one.get("value")) for one in case.iter("property")}
    assert set(told) == {"memtop.peak", "memtop.left"}, (case.get("name"), told)
    if case.get("name") == "test_filter_breaks":
        assert 53066 <= told["memtop.left"] < 54000, told
END

# Of what failed a recording each, of what passed none.
expect 1 $python -m pytest -q -k 'each or grows' --memtop-recordings=recorded \
	--fail-on-increase
printed '1 failed, 2 passed'
[ "$(ls recorded)" = test_stacks.py-test_each_breaks.memtop ] || fail "recordings: $(ls recorded)"
"$MEMTOP" report --by=filename recorded/*.memtop >"$T/out" || fail "the recording"
printed test_stacks.py

# A peak above that of the last run in which the test passed; one in which it broke is none.
GROWS=200000 expect 1 $python -m pytest -q -k grows --fail-on-increase
grep -qE 'peak 0.200[0-9]+ MB increased from 0.100[0-9]+ MB in the last run' "$T/out" ||
	fail "an increase is not told"
grep -q '"test_stacks.py::test_grows": 1[0-9]\{5\}' .pytest_cache/v/memtop/peaks ||
	fail "a run that broke became the measure"
exit 0
