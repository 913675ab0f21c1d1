/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_COLLECT_SCRATCH_H
#define TESTS_UNIT_COLLECT_SCRATCH_H
/*
 * A folder of a test's own, with sources written into it and built there.
 * Labels in the sources (HERE) are exported, so that dlsym says which offset
 * of the file a line ended up at.
 */
#include <dlfcn.h>
#include <link.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct scratch {
	char folder[64];
};

static inline bool scratch_new(struct scratch *scratch)
{
	strcpy(scratch->folder, "/tmp/memtop-unit-XXXXXX");
	return mkdtemp(scratch->folder) != NULL;
}

/* Runs a shell command inside the folder; true if it succeeded. */
__attribute__((format(printf, 2, 3))) static inline bool scratch_run(struct scratch *scratch,
								     const char *format, ...)
{
	char command[4096];
	int length = snprintf(command, sizeof(command), "cd %s && { ", scratch->folder);
	va_list values;

	va_start(values, format);
	length += vsnprintf(command + length, sizeof(command) - (size_t)length, format, values);
	va_end(values);
	snprintf(command + length, sizeof(command) - (size_t)length, "; } >/dev/null 2>&1");
	return system(command) == 0;
}

static inline void scratch_free(struct scratch *scratch)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf -- %s", scratch->folder);
	if (system(command) != 0)
		fprintf(stderr, "%s stays\n", scratch->folder);
}

static inline const char *scratch_path(const struct scratch *scratch, const char *name)
{
	static char path[4][256];
	static unsigned next;
	char *at = path[next++ % 4];

	snprintf(at, sizeof(path[0]), "%s/%s", scratch->folder, name);
	return at;
}

static inline bool scratch_write(struct scratch *scratch, const char *name, const char *text)
{
	FILE *file = fopen(scratch_path(scratch, name), "w");
	bool good = file && fputs(text, file) >= 0;

	return file && fclose(file) == 0 && good;
}

/* The offset of a label in a shared object; 0: not there. */
static inline uint64_t scratch_label(const char *object, const char *label)
{
	void *handle = dlopen(object, RTLD_NOW | RTLD_LOCAL);
	struct link_map *map = NULL;
	uint64_t offset = 0;

	if (!handle || dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0)
		return 0;
	char *address = dlsym(handle, label);
	if (address)
		offset = (uint64_t)(uintptr_t)address - map->l_addr;
	dlclose(handle);
	return offset;
}

/* A C source with two inlines, at known lines. */
#define SCRATCH_C \
	"#define HERE(name) __asm__ volatile(\".globl \" name \"\\n\" name \":\\n\\tnop\\n\")\n" \
	"static inline __attribute__((always_inline)) int inner(int x)\n" \
	"{\n" \
	"	HERE(\"here_inner\");\n"                         /* 4 */ \
	"	return x + 1;\n" \
	"}\n" \
	"static inline __attribute__((always_inline)) int middle(int x)\n" \
	"{\n" \
	"	return inner(x) * 2;\n"                          /* 9 */ \
	"}\n" \
	"__attribute__((noinline)) int outer(int x)\n" \
	"{\n" \
	"	int y = middle(x);\n"                            /* 13 */ \
	"	HERE(\"here_outer\");\n"                         /* 14 */ \
	"	return y;\n" \
	"}\n" \
	"static __attribute__((noinline)) int hidden(int x)\n" \
	"{\n" \
	"	HERE(\"here_hidden\");\n"                        /* 19 */ \
	"	return x;\n" \
	"}\n" \
	"int entry(int x) { return hidden(x) + outer(x); }\n"

#endif
