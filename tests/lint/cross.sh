#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The tracer and the pure rooms compile for aarch64 too, with warnings as errors: they need no
# more than libc's headers, which come with the cross compiler.
cd "$(dirname "$0")/../.." || exit 1
cc=${CROSS_CC:-aarch64-linux-gnu-gcc}
command -v "$cc" >/dev/null || { echo "no $cc here, so nothing was compiled for aarch64"; exit 77; }
files=$(ls tracer/preload/*/*.c tracer/machine/aarch64/process/*.c tracer/{ground,heap}/*.c \
	tracer/{ground,heap,look}/*/*.c views/*/*.c)
printf '%s\n' "$files" | xargs -P 2 -n 16 "$cc" -std=c11 -Wall -Wextra -Werror -Wshadow \
	-Wstrict-prototypes -Wmissing-prototypes -O1 -I. -D_GNU_SOURCE -DMEMTOP_VERSION='""' \
	-fsyntax-only || exit 1
echo "$(printf '%s\n' "$files" | wc -l) files compile for aarch64"
