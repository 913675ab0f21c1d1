#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Full rings: lossless while the reader lives, counted when it stands still or
# loss was asked for, and the program goes on when memtop has died.
. tests/preload/fake.bash

FLAGS=--lazy
for worker in leak churn threads realloc; do
	faked 0 "$WORKERS/$worker"
	lossless $worker
	agrees $worker
done

# Every event is either in the ring or counted as dropped.
FLAGS="--drop --stall" faked 0 "$WORKERS/churn"
[ $(($(figure events) + $(figure dropped))) = 1000002 ] ||
	fail "events and dropped: $(figure events) and $(figure dropped)"

# Two seconds of patience, then the same.
FLAGS=--stall faked 0 "$WORKERS/churn"
[ $(($(figure events) + $(figure dropped))) = 1000002 ] ||
	fail "events and dropped: $(figure events) and $(figure dropped)"

# A thread that has no ring loses each event once, also where one hook calls another.
for how in new nothrow aligned; do
	FLAGS=--stall faked 0 "$WORKERS/ringless" $how
	[ "$(figure lost)" = 2000 ] || fail "without a ring: $how, lost $(figure lost)"
done

# A machine that stands still for as long stops the reader too: nobody loses patience.
FLAGS="--lazy --freeze" faked 0 "$WORKERS/churn"
lossless frozen
agrees frozen

FLAGS=--die faked 0 "$WORKERS/churn"
[ "$(figure state)" = 2 ] || fail "the tracer is not off: state $(figure state)"
FLAGS=--die faked 0 "$WORKERS/threads"
exit 0
