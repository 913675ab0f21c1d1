#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# suite.sh [PREFIX...]: a test suite of 200 short commands, each run by itself, under
# PREFIX where there is one.
run() {
	"$@" >/dev/null || exit 1
}
i=0
while [ $i -lt 25 ]; do
	run "$@" /bin/true
	run "$@" /bin/echo $i
	run "$@" /bin/ls /
	run "$@" /usr/bin/expr 1 + $i
	run "$@" /bin/cat "$0"
	run "$@" /usr/bin/sort "$0"
	run "$@" /bin/grep -c run "$0"
	run "$@" /usr/bin/wc "$0"
	i=$((i + 1))
done
