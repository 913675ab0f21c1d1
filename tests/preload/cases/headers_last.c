/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Program headers at the end of the file, as BOLT and some linkers leave them (rustc's libLLVM).
 *	gcc -g -O1 -shared -fPIC -DLIB headers_last.c -o libheaders.so && python3 headers_last.py libheaders.so
 *	gcc -g -O1 headers_last.c -o headers_last -L. -lheaders -Wl,-rpath,'$ORIGIN'
 * Expected: 77 B under inner, outer, main.
 */
#include <stdlib.h>
#ifdef LIB
__attribute__((noinline)) void *inner(void) { void *p = malloc(77); __asm__ volatile("" : : "r"(p)); return p; }
__attribute__((noinline)) void *outer(void) { void *p = inner(); __asm__ volatile("" : : "r"(p)); return p; }
#else
void *outer(void);
int main(void) { outer(); return 0; }
#endif
