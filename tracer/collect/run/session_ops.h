/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_SESSION_OPS_H
#define TRACER_COLLECT_RUN_SESSION_OPS_H
/*
 * The implementation of session.h: a table of operations, filled in by a live run
 * (session_live.c) and by a recording (session_recorded.c).  Each does what the function
 * of session.h with its name promises.  What a recording cannot do, having no target, is
 * NULL there; session.c then refuses or does nothing.
 */
#include <pthread.h>
#include <stdatomic.h>
#include "tracer/collect/run/live_parts.h"
#include "tracer/collect/run/session.h"
#include "tracer/heap/past.h"

struct live;
struct sources;
struct session_ops;

struct session {
	const struct session_ops *ops;
	struct live *live;              /* of a live run, */
	const struct live_parts *parts; /* and what it has */
	struct recording *recording;    /* of a recording */
	/* Protects reads of the recording's file and of source files, since an export in
	 * another thread reads lines too. */
	pthread_mutex_t files;
	struct sources *sources;        /* live: of the files as they are now */
	bool finished;                  /* session_finish was called */
	_Atomic uint32_t process;       /* session_choose; errands read it */
	/* Handed out until the next call of the same kind: copies of data that the live
	 * run's threads change. */
	unsigned version;               /* of program's list of processes */
	struct program program;
	struct moment *moments;
	struct point *points;
	struct mark *marks;
	size_t marks_length;
	struct tick_list ticks;
	uint32_t ticks_of;              /* a recording's: of this process, + 1; 0: not read yet */
};

struct session_ops {
	void (*close)(struct session *s);       /* only what is its own */
	void (*status)(struct session *s, struct session_status *status); /* zeroed before */
	const struct program *(*program)(struct session *s);
	bool (*process_totals)(struct session *s, uint32_t process, struct totals *totals);
	/* NULL or "": the state now. */
	struct snapshot *(*moment)(struct session *s, const char *moment, struct error *error);
	const struct moment *(*moments)(struct session *s, size_t *length);
	const struct point *(*points)(struct session *s, size_t *length);
	const struct mark *(*marks)(struct session *s, size_t *length);
	const struct tick *(*ticks)(struct session *s, size_t *length);
	int (*trails)(struct session *s, struct trails *trails);
	void (*extent)(struct session *s, struct history_extent *extent);       /* zeroed before */
	int (*source)(struct session *s, const char *path, unsigned line, char *text, size_t size);
	const char *(*file)(const struct session *s);   /* the recording's path; NULL: there is none */

	/* NULL for a recording. */
	int (*finish)(struct session *s, struct error *error);
	void (*finish_later)(struct session *s);
	int (*fd)(const struct session *s);
	void (*drain_events)(struct session *s);
	struct snapshot *(*part_peak)(struct session *s, unsigned part, size_t *process,
				      uint64_t *sum);
	int (*snapshot)(struct session *s, const char *name, struct error *error);
	int (*look)(struct session *s, const char *name, bool retained, struct error *error);
	double (*look_seconds)(struct session *s, bool retained);
	bool (*last_look)(struct session *s, size_t process, uint64_t unreachable[2],
			  struct snapshot **found, const char **why);
	int (*mark)(struct session *s, const char *text, struct error *error);
	int (*write)(struct session *s, const char *path, bool force, struct error *error);
	void (*reset_peak)(struct session *s);
	void (*grows)(struct session *s, uint32_t rows);
	bool (*settle)(struct session *s, double seconds);
	size_t (*output)(struct session *s, uint64_t *position, char *bytes, size_t max);
	size_t (*input)(struct session *s, const char *bytes, size_t length);
	void (*resize)(struct session *s, unsigned width, unsigned height);
	void (*suspend)(struct session *s);
	void (*kill)(struct session *s);
	void (*hang_up)(struct session *s);
	bool (*hung_up)(const struct session *s);
	void (*detach)(struct session *s);
	void (*leave)(struct session *s, int status);
	void (*exit_status)(struct session *s, int status);
	bool (*wait)(struct session *s, unsigned ended);
	uint32_t (*to_judge)(struct session *s, bool all);
	bool (*fold)(struct session *s, uint32_t process);

	/* Figures of another process are asked for from now on. */
	void (*chosen)(struct session *s, uint32_t process);
};

extern const struct session_ops session_live_ops, session_recorded_ops;

#endif
