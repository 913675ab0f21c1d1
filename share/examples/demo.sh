#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# make demo: memtop on the example worker; without a terminal, the same screens
# played from a script and printed.
build=${1:-build}
if [ -t 0 ] && [ -t 1 ] && (: <>/dev/tty) 2>/dev/null; then
	exec "$build/memtop" "$build/examples/worker"
fi
echo "no terminal here: playing share/examples/demo.play"
exec "$build/memtop" --play=share/examples/demo.play --size=100x24 "$build/examples/worker" 4000
