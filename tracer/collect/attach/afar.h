/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_ATTACH_AFAR_H
#define TRACER_COLLECT_ATTACH_AFAR_H
/*
 * A running process from outside: what it has mapped, its memory, and where the modules
 * in it have their functions.  Nothing of it is believed: it may write what it likes
 * there.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AFAR_LIBCS 16u

/* A module of the process: from where its file is mapped first to where last, with the
 * anonymous memory that follows it (.bss).  A file that is mapped and not executed, as
 * debuggers map libc's, is none. */
struct afar_module {
	uint64_t start, end;            /* 0: it is not there */
	uint64_t text, text_end;        /* of what is executable */
};

struct afar {
	int32_t pid;
	int memory;                     /* /proc/PID/mem, for reading and writing; -1 */
	struct afar_module libc;        /* the one of the program's own namespace */
	struct afar_module loader, libdl, vdso;
	struct afar_module libcs[AFAR_LIBCS];   /* each namespace has one (dlmopen(3)) */
	unsigned libcs_length;
	struct afar_module allocator;   /* jemalloc, tcmalloc or mimalloc */
	bool musl, sanitizer;
	bool tracer;                    /* a libmemtop.so is mapped */
};

/* Opens the memory (which the kernel allows to who may trace the process) and reads the
 * list of mappings.  0 or -errno; nothing stays open then. */
int afar_open(struct afar *afar, int32_t pid);
/* Reads that list alone, which takes fewer rights; nothing is to be closed. */
int afar_list(struct afar *afar, int32_t pid);
void afar_close(struct afar *afar);

/* All of these bytes, or false.  Writing passes over what pages are protected by. */
bool afar_read(const struct afar *afar, uint64_t at, void *to, size_t bytes);
bool afar_write(const struct afar *afar, uint64_t at, const void *from, size_t bytes);

/* Where a module defines this name, by its own hash table (DT_GNU_HASH); 0: it does
 * not. */
uint64_t afar_symbol(const struct afar *afar, const struct afar_module *module,
		     const char *name);

/* Where these bytes stand first in a module's code; 0: nowhere. */
uint64_t afar_find(const struct afar *afar, const struct afar_module *module,
		   const void *bytes, size_t length);

static inline bool afar_in(const struct afar_module *module, uint64_t at)
{
	return at >= module->start && at < module->end;
}

#endif
