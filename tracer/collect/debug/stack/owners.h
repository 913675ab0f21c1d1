/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DEBUG_STACK_OWNERS_H
#define TRACER_COLLECT_DEBUG_STACK_OWNERS_H
/*
 * Which variable of a running function a word on a stack or in a register belongs to, or
 * at least which frame.
 *
 *	stack pointer  [ read() | register of main() | ... | serve() | local items | ... ]
 *
 * A register that a function has saved belongs to the nearest of its callers that uses it;
 * one that has saved it too counts as using it.  The memory is not trusted: a damaged stack
 * ends where it leads nowhere.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/collect/debug/stack/place.h"
#include "tracer/machine/process.h"

struct owners;

/* A mapping of a module's code: of the file `path`, from byte `offset` on. */
struct owners_code {
	uint64_t start, end, offset;
	const char *path;
};

struct owners_process {
	int32_t pid;                    /* its files are opened as it sees them; it may
					 * have ended */
	struct place_memory memory;
	/* False: no module's code is there. */
	bool (*code_at)(void *user, uint64_t address, struct owners_code *code);
	void *user;                     /* of code_at */
};

#define OWNERS_NONE UINT32_MAX

/* `process` is copied.  Asks no servers for debug info.  NULL: out of memory. */
struct owners *owners_new(const struct owners_process *process);
void owners_free(struct owners *owners);

/* Finds the frames of one more thread, which has these registers; threads have the
 * numbers 0, 1, ... NULL: its registers are not known.  0 or -ENOMEM. */
int owners_add(struct owners *owners, const uint64_t *registers);
/* Call it after the last thread and before the functions below. */
void owners_seal(struct owners *owners);

/* All owners have numbers below this. */
uint32_t owners_length(const struct owners *owners);
/* The owner of the word at an address of a stack; OWNERS_NONE: not known.  *end, which is
 * above the address and a multiple of 8, is lowered if another owner may begin before
 * it. */
uint32_t owners_at(const struct owners *owners, uint64_t address, uint64_t *end);
/* The owner of a thread's register, by DWARF's number for it. */
uint32_t owners_register(const struct owners *owners, size_t thread, unsigned number);
/* Whether an owner is a variable. */
bool owners_is_local(const struct owners *owners, uint32_t owner);
/* Writes "in serve() worker.c:80, local items", at most size - 1 bytes.  It is foreign
 * text, so it still has to go through format_safe. */
void owners_name(struct owners *owners, uint32_t owner, char *text, size_t size);

#endif
