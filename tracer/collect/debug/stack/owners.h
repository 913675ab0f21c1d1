/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_DEBUG_STACK_OWNERS_H
#define TRACER_COLLECT_DEBUG_STACK_OWNERS_H
/*
 * Whose a word on a stack or in a register is: a variable's of a function that runs, or at
 * least a frame's.
 *
 *	stack pointer  [ read() | register of main() | ... | serve() | local items | ... ]
 *
 * A register that a function has saved is of the nearest of its callers that uses it: one
 * that has saved it itself, too.  The memory is not trusted: a damaged stack ends where it
 * leads nowhere.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/collect/debug/stack/place.h"
#include "tracer/machine/process.h"

struct owners;

/* A mapping of a module's code: of `path`, from byte `offset` on. */
struct owners_code {
	uint64_t start, end, offset;
	const char *path;
};

struct owners_process {
	int32_t pid;                    /* its files are looked for as it sees them; it may have
					 * ended */
	struct place_memory memory;
	/* False: no module's code is there. */
	bool (*code_at)(void *user, uint64_t address, struct owners_code *code);
	void *user;                     /* of code_at */
};

#define OWNERS_NONE UINT32_MAX

/* `process` is copied.  Reads nothing from servers of debug info.  NULL: out of memory. */
struct owners *owners_new(const struct owners_process *process);
void owners_free(struct owners *owners);

/* Finds the frames of one more thread, which stands with these registers; threads have the
 * numbers 0, 1, ...  NULL: its registers are not known.  0 or -ENOMEM. */
int owners_add(struct owners *owners, const uint64_t *registers);
/* After the last thread, before what follows. */
void owners_seal(struct owners *owners);

/* Owners have numbers below this. */
uint32_t owners_length(const struct owners *owners);
/* Who owns the word at an address of a stack; OWNERS_NONE: nobody knows.  *end, which is
 * above it and a multiple of 8, is made less if another owner may begin there. */
uint32_t owners_at(const struct owners *owners, uint64_t address, uint64_t *end);
/* Who owns a register of a thread, by DWARF's number of it. */
uint32_t owners_register(const struct owners *owners, size_t thread, unsigned number);
/* Whether an owner is a variable. */
bool owners_is_local(const struct owners *owners, uint32_t owner);
/* "in serve() worker.c:80, local items"; at most size - 1 bytes.  Foreign text, so format_safe
 * is still to be asked. */
void owners_name(struct owners *owners, uint32_t owner, char *text, size_t size);

#endif
