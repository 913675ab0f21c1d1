#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Instances of GLib's types are known by their class: each block that the program tells, also
# those that almost are one; and a pointer to an instance is no pointer to the inside of its
# block, although private data precedes it.
. tests/lib.sh
. tests/cli/lib/held.sh

worker=$B/tests/workers/gobject
[ "$("$worker" </dev/null | head -n 1)" != none ] || skip "no libgobject-2.0 here"

record_held r.memtop "$worker"
# The first letter has been read.
read -r process <&4
process=$(cat "$T/first")$process
sed '/^end$/q' <&4 | sed '/^end$/d' >"$T/told"
look look
[ "$status" = 0 ] || fail "no look"
cut -d' ' -f1,2 "$T/told" | "$B/tests/cli/typed" "$process" | sed 's/ \[\] / /' | sort >"$T/found"
end_held
sed 's/ [0-9]* / /' "$T/told" | sort | diff - "$T/found" >"$T/out" || fail "other types were found"
[ "$(wc -l <"$T/found")" = 305 ] || fail "the program did not tell all"

expect 0 "$MEMTOP" report --by=type --json --limit=0 "$T/r.memtop@look"
is "[[s['count'], s['size'], s['inside_blocks']] for s in d['statistics'] if s['key'] == 'DemoLeaf']" \
	'[[100, 20800, 0]]'
is "[s['count'] for s in d['statistics'] if s['key'] in ('GObject', 'GParamInt')]" '[1, 1]'
is "[s['count'] for s in d['statistics'] if s['key'] == 'DemoLost']" '[200]'
is "[s['unreachable_blocks'] > 190 for s in d['statistics'] if s['key'] == 'DemoLost']" '[True]'
is "sum(s['unreachable_blocks'] for s in d['statistics'] if s['key'] in ('DemoNode', 'DemoSame'))" 0
