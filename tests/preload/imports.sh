#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What libmemtop.so takes from others and gives to them: no more than the
# allow-list, no more than the hooked names and the API, nothing but libc and
# the loader behind it.
. tests/lib.sh
library=$B/libmemtop.so

nm -D --undefined-only "$library" | awk '{ sub(/@.*/, "", $NF); print $NF }' |
	sort -u >"$T/imports"
grep -v '^#' tests/preload/imports.allow | sort -u >"$T/allowed"
extra=$(comm -23 "$T/imports" "$T/allowed")
[ -z "$extra" ] || fail "imports that are not allowed: $extra"

nm -D --defined-only "$library" | awk '{ print $NF }' | sort -u >"$T/exports"
{ sed -n 's/^HOOK(\([^,]*\),.*/\1/p' tracer/preload/behind/hooks.def &&
	printf 'memtop_abi_1\nmemtop_door_1\n'; } |
	sort -u >"$T/hooks"
diff "$T/hooks" "$T/exports" >"$T/out" || fail "exports are not the hooks"

needed=$(readelf -d "$library" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | sort | tr '\n' ' ')
# Before glibc 2.34 two parts of libc are libraries of their own.
needed=$(echo "$needed" | sed 's/libdl.so.2 //; s/libpthread.so.0 //')
[ "$needed" = "ld-linux-x86-64.so.2 libc.so.6 " ] || fail "needs $needed"
readelf -d "$library" | grep -q TEXTREL && fail "text relocations"
nm "$library" | grep -q __tls_get_addr && fail "__tls_get_addr: not initial-exec"
exit 0
