/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_EXECLOOK_H
#define TRACER_PRELOAD_EXECLOOK_H
/* A quick look at a file that is about to be executed. */
#include <stdbool.h>

#define EXECLOOK_BYTES 4096u

/* False if a preloaded library can't enter the program: static, another
 * architecture or libc, set-user-ID, file capabilities, AddressSanitizer (which
 * ends a program in which its library is not the first), or a script whose
 * interpreter is one of these.  What can't be looked at counts as traceable.
 * `at` is a directory fd or AT_FDCWD; an empty path means `at` itself.
 * `buffer` is scratch of EXECLOOK_BYTES.  Raw system calls only. */
bool execlook_traceable(int at, const char *path, char *buffer);

#endif
