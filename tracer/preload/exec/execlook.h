/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_EXEC_EXECLOOK_H
#define TRACER_PRELOAD_EXEC_EXECLOOK_H
/* A quick check of a file that is about to be executed. */
#include "tracer/wire/roll.h"

#define EXECLOOK_BYTES 4096u

/* Why a preloaded library can't get into the program: static, another architecture or
 * libc, set-user-ID, file capabilities, AddressSanitizer (which ends a program in which
 * its library is not the first), or a script whose interpreter is one of these.
 * ROLL_UNKNOWN if nothing speaks against it, or if the file can't be checked.  `at` is a
 * directory fd or AT_FDCWD; an empty path means `at` itself.  `buffer` is scratch memory
 * of EXECLOOK_BYTES.  Raw system calls only. */
enum roll_reason execlook_objection(int at, const char *path, char *buffer);

#endif
