/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_SESSION_OPTIONS_H
#define TRACER_COLLECT_RUN_SESSION_OPTIONS_H
/* How a program is run and traced, as the command line says it. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/collect/ceiling/rule.h"
#include "tracer/collect/debug/search.h"
#include "tracer/collect/rings/parts.h"

struct snapshot;

enum session_follow { FOLLOW_ALL, FOLLOW_EXEC, FOLLOW_NONE };
enum session_mode {
	SESSION_SCREEN,                 /* keys and screen on /dev/tty, the target on a pty */
	SESSION_PLAY,                   /* no terminal: the target on a pty all the same */
	SESSION_RECORD                  /* no pty: the target has memtop's own descriptors */
};

struct session_options {
	enum session_mode mode;
	char *const *argv;              /* NULL-terminated; the program and its arguments */
	int32_t attach;                 /* instead of argv: a process that runs already; 0: none */
	const char *output;             /* recording; NULL: none, or private with a screen */
	bool force;                     /* may overwrite output */
	const char *terminal;           /* TERM of what runs on the pty, or NULL: as it is */
	const char *log;                /* the pty's output goes there too, or NULL */
	unsigned nframe;                /* 0: default 64, for an image with Python 1024 */
	unsigned python;                /* --python: enum wire_python_mode */
	unsigned max_traces;            /* 0: default 4 Mi */
	enum session_follow follow;
	uint64_t history;               /* --history: bytes for it; 0: none */
	bool drop;                      /* --on-full=drop */
	bool no_pause;                  /* --no-pause: looks do not stop the program */
	bool maps;                      /* --mmap */
	bool judged;                    /* a process that has ended is not counted with others before
					 * session_fold */
	bool goes_on;                   /* as long as a followed process lives; else it ends with
					 * the first one */
	bool wait;                      /* SESSION_RECORD, goes_on: in the foreground */
	bool quiet;                     /* for the commands; the session says nothing itself */
	bool script_on_stdin;           /* SESSION_PLAY: fd 0 is memtop's own script */
	bool referee;                   /* tests: MEMTOP_REFEREE=1 */
	unsigned fold_after;            /* see roster_fold_after; 0: ROSTER_FOLD, or what tests say
					 * (MEMTOP_FOLD_AFTER) */
	uint64_t sample, sample_seed;   /* --sample, bytes, 0: off; tests: MEMTOP_SAMPLE_SEED */
	bool look_at_end, keep_last_look;       /* look at the heap of each process before
						 * it ends; and keep that as a snapshot */
	bool names_on_demand;           /* look names up only once somebody waits for
					 * them */
	double symbol_time;             /* seconds of naming at the end; 0: default 30 */
	const char *const *source_maps; /* "OLD=NEW"; may be NULL */
	struct search_places search;           /* additional places to look for modules'
					        * files */
	struct parts parts;
	const struct rule *rules;       /* --snapshot-at; NULL: none.  Copied */
	size_t rules_length;
	/* For memtop_ceiling: writes the lines of the program by which `now` has more
	 * than `base`, as text, in the reader's thread; with base NULL the lines for
	 * memtop_unreachable, in the looks' thread.  May be NULL. */
	void (*explain)(struct snapshot *now, struct snapshot *base, char *text, size_t size);
	/* The stacks by which `now` has more than `base`, as JSON, of one thread if
	 * `thread` is not 0, in the reader's thread.  0 with a malloced *text, or -errno.
	 * May be NULL. */
	int (*stacks)(struct snapshot *now, struct snapshot *base, int32_t thread, char **text,
		      size_t *length);
	unsigned width, height;         /* first size of the pty; 0: of /dev/tty or 80x24 */
};

#endif
