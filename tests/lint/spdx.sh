#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every source says its licence in its first lines: MIT for what enters other
# people's processes, GPL for the rest.  Nothing unfinished is left.
cd "$(dirname "$0")/../.." || exit 1
bad=0
sources() {
	find tracer views tui tests share .ci -type f \
		\( -name '*.[chS]' -o -name '*.cc' -o -name '*.def' -o -name '*.sh' -o -name '*.py' \
		-o -path .ci/run \) -not -path '*/fuzz/corpus/*' | sort
}
for file in $(sources); do
	case $file in
	tracer/wire/* | tracer/preload/* | share/include/*) want=MIT ;;
	*) want=GPL-3.0-or-later ;;
	esac
	head -n 3 "$file" | grep -q "SPDX-License-Identifier: $want\( \*/\)\?$" ||
		{ echo "$file: no line 'SPDX-License-Identifier: $want' at its top"; bad=1; }
done
if sources | grep -v '^tests/lint/spdx.sh$' | xargs grep -nwE 'TODO|FIXME|XXX'; then
	echo "    is unfinished"
	bad=1
fi
exit $bad
