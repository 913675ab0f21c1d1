#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The half of check.sh that runs in its root.  The compilers and the shell are this machine's own;
# what they make is run by qemu.
set -eu
cd "$(dirname "$0")/../.."
export CXX=aarch64-linux-gnu-g++ FC=aarch64-linux-gnu-gfortran
# Tests call tools by their names.
tools=$PWD/build/cross-tools
mkdir -p "$tools"
for tool in gcc g++ objcopy objdump nm strip readelf; do
	printf '#!/bin/sh\nexec /usr/bin/aarch64-linux-gnu-%s "$@"\n' "$tool" >"$tools/$tool"
done
for tool in clang clang++; do
	printf '#!/bin/sh\nexec /usr/bin/%s --target=aarch64-linux-gnu "$@"\n' "$tool" >"$tools/$tool"
done
ln -sf gcc "$tools/cc"
chmod 755 "$tools"/*
export PATH="$tools:$PATH"
only=${1:-'^ *(unit/|golden |preload/(exact|referee|variants))'}
qemu-aarch64 --version | head -n 1
cross="CC=aarch64-linux-gnu-gcc CXX=$CXX WERROR=-Werror"
make -s -j"$(nproc)" $cross check-programs
make -s $cross run-tests ONLY="$only"
