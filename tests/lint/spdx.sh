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
sources | xargs awk 'FNR == 1 { if (want && !found) miss()
	file = FILENAME; found = 0; want = "GPL-3.0-or-later"
	if (file ~ /^(tracer\/machine|tracer\/wire|tracer\/preload|tracer\/ground\/shared|share\/include|share\/python)\//) want = "MIT"
	if (file ~ /^tracer\/machine\/[a-z0-9_]*\/process\//) want = "GPL-3.0-or-later" }
FNR <= 3 && $0 ~ "SPDX-License-Identifier: " want "( \\*/)?$" { found = 1 }
function miss() {
	print file ": no line \047SPDX-License-Identifier: " want "\047 at its top"; bad = 1 }
END { if (want && !found) miss(); exit bad }' || bad=1
if sources | grep -v '^tests/lint/spdx.sh$' | xargs grep -nwE 'TODO|FIXME|XXX'; then
	echo "    is unfinished"
	bad=1
fi
exit $bad
