/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Gaps between the LOAD segments, as /usr/bin/make, bc, lsof, ctags and node have them.
 *	gcc -g -O1 -Wl,-z,max-page-size=0x200000 segments.c -o segments
 * Expected: one block of 77 B with six frames (inner, outer, main, two of libc, _start).
 */
#include <stdlib.h>
__attribute__((noinline)) void *inner(void) { void *p = malloc(77); __asm__ volatile("" : : "r"(p)); return p; }
__attribute__((noinline)) void *outer(void) { void *p = inner(); __asm__ volatile("" : : "r"(p)); return p; }
__attribute__((section("zz_extra,\"ax\",@progbits#"), noinline)) void stub(void) { __asm__ volatile(""); }
int main(void) { outer(); stub(); return 0; }
