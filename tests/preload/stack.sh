#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The stack half of libmemtop.so in a program of its own: known call chains
# against libgcc's unwinder and libunwind, with both ways of finding modules.
set -eu
CC=${CC:-gcc}
CXX=${CXX:-g++}
dir=$(mktemp -d "${TMPDIR:-/tmp}/stack.XXXXXX")
trap 'rm -rf "$dir"' EXIT

flags="-std=c11 -O2 -g -I. -D_GNU_SOURCE -Wall -Wextra -Werror -fomit-frame-pointer"
library="-fPIC -fno-builtin -fno-stack-protector -fno-omit-frame-pointer
	-ftls-model=initial-exec -fexceptions -fvisibility=hidden"
for source in tracer/preload/{base,segment,unwind,referee}/*.c; do
	$CC $flags $library -c -o "$dir/$(basename "$source" .c).o" "$source"
done
$CC $flags -c -fno-omit-frame-pointer -o "$dir/harness.o" tests/preload/stack/harness.c
$CC $flags -mavx2 -fno-optimize-sibling-calls -c -o "$dir/cases.o" tests/preload/stack/cases.c
$CXX -O2 -g -I. -c -o "$dir/throw.o" tests/preload/stack/throw.cc
$CXX -o "$dir/cases" "$dir"/*.o -lpthread -ldl
$CC $flags -fPIC -shared -DPAD=1 -o "$dir/one.so" tests/preload/stack/plugin.c
$CC $flags -fPIC -shared -DPAD=3 -o "$dir/two.so" tests/preload/stack/plugin.c

"$dir/cases" "$dir/one.so" "$dir/two.so"
"$dir/cases" "$dir/one.so" "$dir/two.so" maps
"$dir/cases" "$dir/one.so" "$dir/two.so" full

# The memory of the last stack against none, with and without anchors.
rm "$dir/cases.o" "$dir/throw.o"
$CC $flags -fno-pie -c -o "$dir/memory.o" tests/preload/stack/memory.c
$CC -o "$dir/memory" "$dir"/*.o -no-pie -lpthread -ldl
"$dir/memory"
"$dir/memory" 20
"$dir/memory" 64
"$dir/memory" 0 3000

# Alone: rules out of damaged bytes, and the tables under eight threads.
$CC $flags -fsanitize=address,undefined -fno-sanitize-recover=all -o "$dir/corrupt" \
	tests/preload/stack/corrupt.c tracer/preload/unwind/cfi.c tracer/preload/unwind/cfi_row.c
"$dir/corrupt"
$CC $flags -fsanitize=thread -o "$dir/race" \
	tests/preload/stack/race.c tracer/preload/{base,segment}/*.c -lpthread
TSAN_OPTIONS=halt_on_error=1 "$dir/race"
