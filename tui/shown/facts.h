/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_SHOWN_FACTS_H
#define TUI_SHOWN_FACTS_H
/* What is known of the run beside its heap: figures, processes, moments and marks. */
#include <stdbool.h>
#include "tracer/heap/catalog/program.h"
#include "tracer/heap/snapshot.h"

/* The figures of the header and the gauges. */
struct gauges {
	struct totals totals;
	char unknown_by[128];           /* who freed blocks that were never seen to begin */
	double seconds;
	uint64_t rss, rss_file, rss_anon, rss_stack;    /* 0: unknown */
	uint64_t rss_current;           /* traced when those were read */
	uint64_t tracer, unresolved;
	double alloc_rate, free_rate;   /* a second */
	bool live, met, stopped;
	unsigned untraced;
	struct heavier heavier;         /* another process holds more */
};

/* A row of the Snapshots tab. */
struct moment_line {
	enum moment_kind kind;
	unsigned number, same;          /* same: how many were so called before */
	char name[64];
	double time;
	bool known;                     /* totals are filled */
	struct totals totals;
};

/* What a process holds, or held at its end. */
struct kin_figures {
	bool known, final;              /* final: they change no more */
	struct totals totals;
};

/* What is known of the run, as of the last look at the session. */
struct run_facts {
	struct gauges gauges;
	const struct program *program;
	uint32_t process;               /* whose figures: its place in the list + 1; 0: all */
	/* By such a place, the sum at 0; only while the list of processes is looked at. */
	struct kin_figures *kin;
	size_t kin_length;
	const struct mark *marks;
	size_t marks_length;
	struct moment_line *moments;
	size_t moments_length;
	bool recording;                 /* it is read from a file */
	bool fixed_clock;               /* nothing that is drawn may depend on the clock */
	/* What malloc holds at the moment that is shown, if that has a look; else NULL. */
	const struct look_arenas *arenas;
	bool frozen;                    /* its tables stand still, */
	double behind;                  /* so many seconds behind it */
};

/* Whether any gauge or row may show what the clock says. */
static inline bool run_clock(const struct run_facts *run) { return !run->fixed_clock; }

#endif
