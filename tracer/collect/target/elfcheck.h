/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_TARGET_ELFCHECK_H
#define TRACER_COLLECT_TARGET_ELFCHECK_H
/* Whether an ELF file would load libmemtop.so and call it. */
#include <limits.h>

enum elf_verdict {
	ELF_TRACEABLE,
	ELF_FOREIGN,                    /* does not begin with the ELF magic */
	ELF_BROKEN,                     /* headers that make no sense */
	ELF_NO_PROGRAM,                 /* an object file or a core dump */
	ELF_BITS,                       /* 32-bit (x32 too) */
	ELF_MACHINE,                    /* another architecture */
	ELF_STATIC,                     /* no PT_INTERP: nothing is preloaded */
	ELF_MUSL,                       /* musl's loader */
	ELF_MALLOC,                     /* defines malloc itself, which is found before
					 * the preload's */
	ELF_ASAN,                       /* its first library is libasan, which allows no
					 * preload before it */
	ELF_UNREADABLE                  /* read failed (errno says why) */
};

/* Judges the file behind `fd`.  It is read with pread, so a file that changes or shrinks
 * meanwhile can do no harm.  For ELF_TRACEABLE, ELF_ASAN and ELF_MUSL, `loader` is the
 * path in PT_INTERP; else "". */
enum elf_verdict elfcheck(int fd, char loader[PATH_MAX]);

#endif
