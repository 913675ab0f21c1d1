/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DEBUG_SEARCH_H
#define TRACER_COLLECT_DEBUG_SEARCH_H
/*
 * Where else files of modules and their debug info lie: --sysroot, --debug-path.  One
 * setting of the whole process, as DEBUGINFOD_URLS is.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct search_places {
	const char *sysroot;            /* absolute; NULL: none */
	const char *const *folders;     /* absolute, NULL-terminated; NULL: none */
	bool foreign;                   /* the modules were another machine's: what lies at their
					 * paths here counts by its build-id alone */
};

/* Before any other thread looks for a file.  What it points to stays the caller's, and in
 * place. */
void search_set(const struct search_places *search);
const struct search_places *search_get(void);
/* Whether files are looked for where they are without options. */
bool search_is_usual(void);

/* The folders of debug files as libdwfl's debuginfo_path, malloced; NULL: out of
 * memory. */
char *search_path(void);

/* Opens a file of this build-id by the links that folders of debug files have:
 * FOLDER/.build-id/01/23...SUFFIX, "" for a module's own file and ".debug" for its debug
 * info (the layout of gdb's manual, "Separate Debug Files").  Regular files only; whether
 * it is the right one is the caller's to see.  A descriptor or -1. */
int search_build_id(const uint8_t *id, size_t length, const char *suffix);

#endif
