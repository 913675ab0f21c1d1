/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_LOOK_MADE_TYPES_H
#define TESTS_UNIT_LOOK_MADE_TYPES_H
/* Memory of a process, made by hand: a module's data, and a heap behind them. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "tracer/look/types/types.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"

/* A module's data at MODULE, a heap behind it; what lies outside is not there.  A test may put
 * both below 4 GiB, where a program that is not position independent has them. */
#define MODULE made_at
#define HIGH UINT64_C(0x7f0000000000)
#define LOW UINT64_C(0x400000)
static uint64_t made_at = HIGH;
#define HEAP (MODULE + sizeof(memory) / 2)
static unsigned char memory[65536] __attribute__((aligned(8)));
static struct types *types;
static unsigned python;                 /* the version that `begin` says */

static bool read_made(void *user, uint64_t address, void *to, size_t length)
{
	(void)user;
	if (address < MODULE || address - MODULE > sizeof(memory) ||
	    length > sizeof(memory) - (address - MODULE))
		return false;
	memcpy(to, memory + (address - MODULE), length);
	return true;
}

static bool in_made_module(void *user, uint64_t address)
{
	(void)user;
	return address >= MODULE && address < HEAP;
}

/* The first two pages are the data of libraries. */
static bool made_data(void *user, const char *name, uint64_t *from, uint64_t *end)
{
	uint64_t start = MODULE + (strcmp(name, "libglib-2.0.so") == 0 ? 4096 : 0);

	(void)user;
	if (*from >= start + 4096)
		return false;
	*from = *from > start ? *from : start;
	*end = start + 4096;
	return true;
}

static void put(uint64_t address, uint64_t word)
{
	memcpy(memory + (address - MODULE), &word, sizeof(word));
}

static uint64_t put_text(uint64_t address, const char *text)
{
	memcpy(memory + (address - MODULE), text, strlen(text) + 1);
	return address;
}

static int begin(void **state)
{
	const struct types_memory of = { .read = read_made, .in_module = in_made_module,
					 .data = made_data, .python = python };

	(void)state;
	memset(memory, 0, sizeof(memory));
	types = types_new(&of);
	return types ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	types_free(types);
	return 0;
}

#define TYPE (MODULE + 8192)            /* `type` */
#define KIND (MODULE + 9216)            /* a type of a test */

enum { GC = 1 << 14, READY = 1 << 12, HEAP_TYPE = 1 << 9, DICT_BEFORE = 1 << 4, LIST = 1 << 25,
       STR = 1 << 28, DICT = 1 << 29 };

static void put_type(uint64_t at, uint64_t of, const char *name, uint64_t size, uint64_t flags)
{
	put(at, 7);
	put(at + 8, of);
	put(at + 24, put_text(at + 512, name));
	put(at + 32, size);
	put(at + 40, 0);
	put(at + 168, flags | READY);
}

#pragma GCC diagnostic pop

#endif
