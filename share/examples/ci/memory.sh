#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs a test suite under memtop's limits, as a step of CI:
#
#	MAX_PEAK=256M MAX_EXIT=64K memory.sh COMMAND [ARG...]
#
# leaves memory.xml (JUnit), memory.md (a summary in Markdown) and memory.memtop (the
# recording) here.  The exit status is the command's own if it failed, 99 if only a limit
# was broken, 125 if the figures are not complete.
# With baseline.memtop, the recording of an earlier run, the peak and what is left at the
# end may grow by MAX_GROWTH (5%) at most; tests/known-leaks lists what no limit counts.
set -- -- "$@"
[ -e tests/known-leaks ] && set -- --suppress=tests/known-leaks "$@"
[ -e baseline.memtop ] && set -- --baseline=baseline.memtop --max-growth="${MAX_GROWTH:-5%}" "$@"
[ -n "${MAX_EXIT-}" ] && set -- --max-exit="$MAX_EXIT" "$@"
[ -n "${MAX_PEAK-}" ] && set -- --max-peak="$MAX_PEAK" "$@"
exec memtop check --report=memory.xml --report=memory.md --force -o memory.memtop "$@"
