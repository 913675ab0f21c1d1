/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_SHOWN_FACTS_H
#define TUI_SHOWN_FACTS_H
/* What is known of the run besides its heap: figures, processes, moments and marks. */
#include <stdbool.h>
#include "tracer/heap/catalog/program.h"
#include "tracer/heap/snapshot.h"

/* Figures for the header and the gauges. */
struct gauges {
	struct totals totals;
	char unknown_by[128];           /* who freed blocks whose beginning was never
					 * seen */
	double seconds;
	uint64_t rss, rss_file, rss_anon, rss_stack;    /* 0: unknown */
	uint64_t rss_current;           /* traced bytes when RSS was read */
	uint64_t tracer, unresolved;
	double alloc_rate, free_rate;   /* a second */
	bool live, met, left, stopped, hung_up; /* left: it can't be traced any more */
	unsigned untraced;
	struct heavier heavier;         /* another process holds more */
};

/* A row of the Snapshots tab. */
struct moment_line {
	enum moment_kind kind;
	unsigned number, same;          /* same: how many before it have this name */
	char name[64];
	double time;
	bool known;                     /* totals are set */
	struct totals totals;
};

/* The figures of a process, those at its end if it has ended. */
struct process_figures {
	bool known, final;              /* final: they no longer change */
	double began;                   /* whose they are: as in struct process */
	uint32_t others;
	struct totals totals;
};

/* What was known of the run when the session was last read. */
struct run_facts {
	struct gauges gauges;
	const struct program *program;
	uint32_t process;               /* whose figures: place in the list + 1; 0: all */
	/* By the same number, with the sum at 0; only while the list of processes is
	 * shown. */
	struct process_figures *figures;
	size_t figures_length;
	const struct mark *marks;
	size_t marks_length;
	struct moment_line *moments;
	size_t moments_length;
	bool recording;                 /* it is a file, not a live run */
	bool fixed_clock;               /* nothing on the screen may depend on the
					 * clock */
	/* What malloc holds at the moment that is shown, if it has a look that found it;
	 * or NULL. */
	const struct look_arenas *arenas;
	bool frozen;                    /* its tables do not change, and are */
	double behind;                  /* this many seconds behind the run */
	/* Seconds by which the live heap in the tables is older than the gauges; 0: nothing has
	 * happened since. */
	double late;
};

/* Whether any gauge or row may show what the clock says. */
static inline bool run_clock(const struct run_facts *run) { return !run->fixed_clock; }

#endif
