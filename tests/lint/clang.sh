#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# No warning from clang either (gcc builds with -Werror anyway).
cd "$(dirname "$0")/../.." || exit 1
command -v clang >/dev/null || { echo "no clang here"; exit 77; }
flags='-std=c11 -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes
	-fsyntax-only -O2 -I. -D_GNU_SOURCE'
bad=0
for room in $(find tracer views tui -type d | sort); do
	case $room in
	tracer/heap | tracer/heap/catalog | tracer/heap/live | views/* | tui/base | tui/screens) extra=-Wconversion ;;
	tracer/preload | tracer/preload/*) extra='-fPIC -fno-builtin -ftls-model=initial-exec -fexceptions' ;;
	*) extra= ;;
	esac
	for file in "$room"/*.c; do
		[ -e "$file" ] || continue
		clang $flags $extra "-DMEMTOP_VERSION=\"lint\"" "$file" || bad=1
	done
done
exit $bad
