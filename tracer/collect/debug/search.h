/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DEBUG_SEARCH_H
#define TRACER_COLLECT_DEBUG_SEARCH_H
/*
 * Where else files of modules and their debug info may be: --sysroot, --debug-path.  One
 * setting for the whole process, as DEBUGINFOD_URLS is.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct search_places {
	const char *sysroot;            /* absolute; NULL: none */
	const char *const *folders;     /* absolute, NULL-terminated; NULL: none */
	bool foreign;                   /* the modules are of another machine: files at
					 * their paths here count only if their build-id
					 * is right */
};

/* Call it before any other thread looks for a file.  What it points to still belongs to
 * the caller and must stay valid. */
void search_set(const struct search_places *search);
const struct search_places *search_get(void);
/* Whether files are looked for only where they are without these options. */
bool search_is_usual(void);

/* The folders of debug files as libdwfl's debuginfo_path, malloced; NULL: out of
 * memory. */
char *search_path(void);

/* Opens a file with this build-id by the links that folders of debug files have:
 * FOLDER/.build-id/01/23...SUFFIX, "" for a module's own file and ".debug" for its debug
 * info (the layout is in gdb's manual, "Separate Debug Files").  Opens regular files
 * only; the caller checks whether it is the right one.  A descriptor or -1. */
int search_build_id(const uint8_t *id, size_t length, const char *suffix);

#endif
