#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What is wrong on the command line is told in one sentence, status 2.
. tests/lib.sh

refused 2 'no program given' "$MEMTOP"
refused 2 'no program given' "$MEMTOP" --
refused 2 'no program given' "$MEMTOP" record --quiet
refused 2 '--no-such: no such option' "$MEMTOP" --no-such ./w
refused 2 'did you mean --nframe?' "$MEMTOP" record --nframes=3 ./w
refused 2 '--nframe=0' "$MEMTOP" --nframe=0 ./w
refused 2 '--output: needs a value' "$MEMTOP" record -o
refused 2 '--by: not an option of record' "$MEMTOP" record --by=lineno ./w
refused 2 '--filter=' "$MEMTOP" record '--filter=size >' /bin/true
refused 2 'report: needs one recording' "$MEMTOP" report
refused 2 'report: needs one recording' "$MEMTOP" report a b
refused 2 'no moment stands behind the @' "$MEMTOP" report a@
refused 2 'no moment stands behind the @' "$MEMTOP" diff a@ a@1
refused 2 'diff: needs two moments' "$MEMTOP" diff a
refused 2 'open: needs one recording' "$MEMTOP" open
refused 2 'export: needs one recording' "$MEMTOP" export --format=csv
refused 2 'export: needs --format=F' "$MEMTOP" export a.memtop
refused 2 'ctl: needs PID' "$MEMTOP" ctl
refused 2 'ctl: needs PID' "$MEMTOP" ctl 1 dance
refused 2 'ctl: needs PID' "$MEMTOP" ctl 1 mark
refused 2 'not a process id' "$MEMTOP" ctl zero stop
refused 2 'no such command' "$MEMTOP" help dance
refused 2 "attach: needs one process id" "$MEMTOP" attach
refused 2 "attach: ./w: not a process id" "$MEMTOP" attach ./w
refused 2 "attach: needs one process id" "$MEMTOP" attach 1 2
refused 2 "--attach=./w: expected a process id" "$MEMTOP" record --attach=./w
refused 2 "record: --attach=1 records that process and takes no program" "$MEMTOP" record --attach=1 ./w
refused 2 "standby: no program given" "$MEMTOP" standby
refused 2 '--sample=64X: expected off or a size' "$MEMTOP" record --sample=64X ./w
refused 2 '--snapshot-at=peak: expected a rule: every TIME' "$MEMTOP" --snapshot-at=peak ./w
refused 2 'check: --snapshot-at and --heap-at need -o FILE' "$MEMTOP" check --snapshot-at='at 5s' ./w
MEMTOP_OPTIONS="--nframe='3" refused 2 'MEMTOP_OPTIONS: a quote' "$MEMTOP" record ./w
MEMTOP_OPTIONS=--odd refused 2 'MEMTOP_OPTIONS: --odd' "$MEMTOP" record ./w

# A control byte in a word never reaches the terminal.
run "$MEMTOP" report "$(printf '\033[31m')"
[ "$(tr -d '[:print:]\n' <"$T/err" | wc -c)" = 0 ] || fail "a control byte in a message"

refused 127 'no-such' "$MEMTOP" report "$T/no-such.memtop"
echo text >"$T/text"
refused 125 'text' "$MEMTOP" report "$T/text"
