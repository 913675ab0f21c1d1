#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# make demo: memtop on the example worker; without a terminal, the same screens
# played from a script and printed.
build=${1:-build}
if [ -t 0 ] && [ -t 1 ] && (: <>/dev/tty) 2>/dev/null; then
	"$build/memtop" "$build/examples/worker"
	status=$?
	# 143: the program was killed when the screen was quit, as one does here.
	[ $status = 143 ] && status=0
	exit $status
fi
echo "no terminal here: playing share/examples/demo.play"
exec "$build/memtop" --play=share/examples/demo.play --size=100x24 "$build/examples/worker" 4000
