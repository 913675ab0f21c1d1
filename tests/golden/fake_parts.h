/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_GOLDEN_FAKE_PARTS_H
#define TESTS_GOLDEN_FAKE_PARTS_H
/* What fake_session.c answers from and fake_read.c reads. */
#include <pthread.h>
#include "tests/golden/fake_session.h"
#include "tracer/heap/tally/look_arenas.h"
#include "tracer/heap/tally/look_held.h"
#include "tracer/collect/run/session_ops.h"

#define FAKE_MOST 256u

struct fake_state {
	double seconds;
	struct snapshot *snapshot;
	uint64_t rss, rss_file, rss_stack, peak;
	bool ended, unmet;
	int exit_status, signal;
	char unknown_by[64];
};

/* A tick of the history. */
struct fake_past {
	double seconds;
	struct snapshot *snapshot;
};

struct fake_kin {
	char text[128], *argv[16];
	struct totals totals;
};

struct fake_source {
	char *file, *text;
	unsigned line;
};

struct fake_frame {
	char id[32];
	struct frame_id frame;
};

struct fake {
	struct session session;         /* what the desk has: first, so that one is the other */
	struct catalog *catalog;
	struct program program;
	char *argv[16];
	struct process processes[FAKE_MOST];
	bool first_ended;               /* with this status, before the others did */
	int first_status;
	bool stopped, hung_up;          /* tracing was; the program's terminal has */
	struct fake_kin kin[FAKE_MOST];
	bool recording;
	unsigned said;                  /* what the run said: fake_say */
	char message[256], unmet[256];
	struct fake_state states[FAKE_MOST];
	unsigned states_length, now;
	struct fake_past pasts[FAKE_MOST];
	struct tick ticks[FAKE_MOST];   /* the same, as they are handed out */
	unsigned pasts_length;
	bool settled;                   /* the first wait has been */
	struct fake_source sources[FAKE_MOST];
	unsigned sources_length;
	struct point points[FAKE_MOST];
	struct mark marks[FAKE_MOST];
	struct moment moments[FAKE_MOST];
	struct snapshot *moment_states[FAKE_MOST];
	size_t points_length, marks_length, moments_length;
	unsigned snapshots;
	struct look_figures look[FAKE_MOST];    /* by row of the state */
	struct look_arena arenas[4];
	size_t arenas_length;
	struct fake_node {
		unsigned depth;
		enum look_node_kind kind;
		char *name;             /* of a root */
		uint32_t row;
		uint64_t bytes, blocks;
	} nodes[FAKE_MOST];             /* what alone keeps what: the next of a depth follows */
	size_t nodes_length;
	char type[FAKE_MOST][32];               /* the same; "": not known */
	unsigned looks;                 /* how many were taken, */
	unsigned looked;                /* and the last one's snapshot, */
	struct look_found found;         /* and what it found */
	char *output;
	size_t output_length;
	char journal[4096];
	pthread_mutex_t lock;           /* around held; changed is its news */
	pthread_cond_t changed;
	bool held;
	int pipe[2];                    /* never readable: a live session's descriptor */

	/* While reading: where blocks go, ... */
	struct snapshot **into;
	struct fake_frame frames[FAKE_MOST];
	unsigned frames_length;
	struct module_id module;
	struct thread_id thread;
};

void fake_read(struct fake *fake, const char *path);

#endif
