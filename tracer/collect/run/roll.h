/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_ROLL_H
#define TRACER_COLLECT_RUN_ROLL_H
/*
 * The run's roll (wire/roll.h) from memtop's side.  All of it may be nonsense, so what is
 * read is a copy whose numbers and text are checked.
 */
#include <stdbool.h>
#include <stddef.h>
#include "tracer/collect/error.h"
#include "tracer/wire/roll.h"

struct roll_page {
	int fd;                         /* the memfd, for targets; -1: no roll */
	struct roll *roll;
};

/* An entry as it was read. */
struct roll_line {
	uint64_t state;                 /* for roll_strike */
	enum roll_kind kind;            /* ROLL_STARTED or ROLL_UNSEEN */
	uint64_t since;                 /* CLOCK_MONOTONIC, ns */
	int32_t pid, ppid;              /* pid 0: not known */
	enum roll_reason reason;
	int number;                     /* errno, or 0 */
	bool shell;
	char program[ROLL_PROGRAM];     /* "": none */
};

/* A new one.  -1 with *error (125). */
int roll_create(struct roll_page *page, struct error *error);
void roll_close(struct roll_page *page);

/* Notes that the process of that pid has said hello. */
void roll_know(const struct roll_page *page, int32_t pid);
/* Entry `index` (below ROLL_ENTRIES) if there is one; false: none, or half written. */
bool roll_read(const struct roll_page *page, unsigned index, struct roll_line *line);
/* Frees an entry.  False: its writer has taken it back in the meantime. */
bool roll_strike(const struct roll_page *page, unsigned index, const struct roll_line *line);
/* How many found no room so far. */
uint64_t roll_missed(const struct roll_page *page);

/* Writes why a process was not followed, in the form that follows its name and a
 * colon. */
void roll_reason_text(enum roll_reason reason, int number, char *text, size_t size);

#endif
