#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Tests wait for what they need, never for a time: no sleep anywhere, no
# process ended by its name; and workers are run.
cd "$(dirname "$0")/../.." || exit 1
bad=0
files=$(find tests -type f \( -name '*.[ch]' -o -name '*.cc' -o -name '*.sh' -o -name '*.py' \) \
	-not -path tests/lint/tests.sh -not -path 'tests/bench/*')
if grep -nE '(^|[^[:alnum:]_."-])(sleep|usleep|nanosleep|time\.sleep)[ (]' $files |
	grep -vE ':[ 	]*(/?\*|#|//)'; then
	echo "    sleeps"
	bad=1
fi
if grep -nE '\b(pkill|killall)\b' $files; then
	echo "    ends processes by name"
	bad=1
fi
for file in $(find tests -name '*.sh' -path 'tests/*/*'); do
	[ -x "$file" ] || { echo "$file: not executable, so it would not run"; bad=1; }
done
for worker in $(grep -l tally_print tests/preload/workers/*.c tests/preload/workers/*.cc); do
	name=$(basename "${worker%.*}")
	cat tests/preload/*.sh tests/preload/*.py | grep -v '^ *#' | grep -qw -- "$name" ||
		{ echo "$worker: no script of tests/preload runs it"; bad=1; }
done
exit $bad
