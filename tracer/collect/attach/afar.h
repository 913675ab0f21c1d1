/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_ATTACH_AFAR_H
#define TRACER_COLLECT_ATTACH_AFAR_H
/*
 * A running process seen from outside: what it has mapped, its memory, and where the
 * modules in it have their functions.  Nothing that is read there is trusted, since the
 * process may write what it likes.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AFAR_LIBCS 16u

/* A module of the process, from its file's first mapping to the last, with the anonymous
 * memory that follows it (.bss).  A file that is mapped but not executable does not
 * count: debuggers map libc's like that. */
struct afar_module {
	uint64_t start, end;            /* 0: there is no such module */
	uint64_t text, text_end;        /* of its executable part */
};

struct afar {
	int32_t pid;
	int memory;                     /* /proc/PID/mem, for reading and writing; -1 */
	struct afar_module libc;        /* the libc of the program's own namespace */
	struct afar_module loader, libdl, vdso;
	struct afar_module libpthread;  /* before glibc 2.34 libc's calls are there once more */
	struct afar_module libcs[AFAR_LIBCS];   /* each namespace has one (dlmopen(3)) */
	unsigned libcs_length;
	struct afar_module allocator;   /* jemalloc, tcmalloc or mimalloc */
	struct afar_module own;         /* a libmemtop.so */
	bool musl, sanitizer;
	bool tracer;                    /* a libmemtop.so is mapped */
};

/* Opens the memory, which the kernel allows to whoever may trace the process, and reads
 * the list of mappings.  0, or -errno with nothing left open. */
int afar_open(struct afar *afar, int32_t pid);
/* Reads only that list, which takes fewer rights; there is nothing to close. */
int afar_list(struct afar *afar, int32_t pid);
void afar_close(struct afar *afar);

/* Reads or writes all of these bytes, or returns false.  Writing ignores the pages'
 * protection. */
bool afar_read(const struct afar *afar, uint64_t at, void *to, size_t bytes);
bool afar_write(const struct afar *afar, uint64_t at, const void *from, size_t bytes);

/* The address at which a module defines this name, found with its own hash table
 * (DT_GNU_HASH); 0: it does not define it. */
uint64_t afar_symbol(const struct afar *afar, const struct afar_module *module,
		     const char *name);

/* The address at which these bytes first occur in a module's code; 0: nowhere. */
uint64_t afar_find(const struct afar *afar, const struct afar_module *module,
		   const void *bytes, size_t length);

/* Whether a mutex in a module's data is held by this thread, as its own namespace numbers
 * it. */
bool afar_owns(const struct afar *afar, const struct afar_module *module, int32_t tid);

static inline bool afar_in(const struct afar_module *module, uint64_t at)
{
	return at >= module->start && at < module->end;
}

#endif
