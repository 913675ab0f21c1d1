#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What was built or recorded by accident is not tracked: of files that are no text there are
# only the fuzzers' inputs.
cd "$(dirname "$0")/../.." || exit 1
git rev-parse --git-dir >/dev/null 2>&1 || { echo "no repository here"; exit 77; }
binary=$(git ls-files | while read -r file; do
	[ ! -s "$file" ] || grep -qI . "$file" || echo "$file"
done | grep -v '^tests/fuzz/corpus/')
[ -z "$binary" ] || { printf '%s: no text\n' $binary; exit 1; }
