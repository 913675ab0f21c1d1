/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_SESSION_H
#define TRACER_COLLECT_RUN_SESSION_H
/*
 * The facade of the inspector: a live run and a recording answer the same questions.  For
 * the desk's thread alone, except what errands.h calls in its own; nothing waits for the
 * target or the disk longer than said here.
 */
#include <stdbool.h>
#include "tracer/collect/error.h"
#include "tracer/collect/run/session_options.h"
#include "tracer/collect/recording/recording.h"
#include "tracer/collect/run/state/look_found.h"
#include "tracer/heap/catalog/program.h"
#include "tracer/heap/history/trail.h"

struct session;

/*
 * Splits the process: the caller's process becomes the keeper and never returns from this
 * call (it mirrors the target's exit status); the call returns in memtop proper with a
 * running session.  Refusals are found before the split: -1 with *error. */
int session_launch(struct session **out, const struct session_options *options,
		   struct error *error);
/* A recording; no keeper, no threads.  -1 with *error. */
int session_open(struct session **out, const char *path, struct error *error);

/* Live: finishes the recording of `output` with the names that session_settle
 * had time for; waits for it.  0, or -1 with *error if it could not be written. */
int session_finish(struct session *session, struct error *error);
void session_finish_later(struct session *session);     /* only begins that */
/* Does it if it was not done, ends the threads (not the target), and frees the session. */
void session_close(struct session *session);

/* Readable when something changed that a screen may show; read with
 * session_drain_events.  -1 for a recording. */
int session_fd(const struct session *session);
void session_drain_events(struct session *session);

struct session_status {
	struct totals totals;           /* as of the reader's last round */
	char unknown_by[128];           /* by whom, of totals.unknown_frees: "liba.so 3, ? 1" */
	double seconds;                 /* since start */
	uint64_t rss;                   /* of the target, memtop's own share subtracted */
	uint64_t rss_current;           /* what was traced when that was read */
	uint64_t rss_file, rss_anon, rss_stack;         /* parts of it, 0 if unknown */
	uint64_t tracer_bytes;          /* memtop's share in the target */
	uint64_t unresolved;            /* frames without a function so far */
	double alloc_rate, free_rate;   /* a second, over the last second */
	bool live;                      /* the target runs and is traced */
	bool met;                       /* the tracer said hello */
	bool stopped;                   /* tracing was stopped (ctl stop) */
	bool hung_up;                   /* the program's terminal has: its leader was killed */
	bool left;                      /* the target became a program that can't be traced */
	bool orphaned;                  /* the keeper has gone: leave the terminal and return */
	int signal;                     /* why, and it waits 2 s for session_leave; 0: none did */
	unsigned resumes;               /* how often the keeper was resumed after session_suspend */
	unsigned untraced;              /* processes not followed */
	struct heavier heavier;         /* another process holds more than this one */
	unsigned snapshots;             /* named ones so far */
	bool keys_wanted;               /* the target reads keys, as line editors do, not lines */
	bool input_awaited;             /* the target waits in read() on its terminal */
	unsigned looks, look;           /* looks that have ended; the last one's snapshot, or 0 */
	struct look_found found;        /* what the last one found */
	uint64_t referee_stacks, referee_wrong;
	unsigned said;                  /* messages and reasons so far */
	char message[256];              /* the last message; "": none */
	char unmet[256];                /* why it is not traced (course_unmet); "": see met */
};
void session_status(struct session *session, struct session_status *status);
/* Argv, pid, exit, processes; valid until the next call. */
const struct program *session_program(struct session *session);

/* Chooses whose figures are asked for: "main" (the first process through its execs; at
 * first), "all" together, or a pid (the newest with it).  -1 with *error, which lists
 * those there are. */
int session_choose(struct session *session, const char *process, struct error *error);
/* The same by a process's place in the program's list, which is not another's meanwhile. */
void session_choose_place(struct session *session, size_t place);
/* The choice as an index in the program's list + 1; 0: all. */
uint32_t session_chosen(const struct session *session);
/* The figures of a traced process, by its index in the program's list + 1: as of now if
 * it lives, else at its end; 0: the sum.  False: not known. */
bool session_process_totals(struct session *session, uint32_t process, struct totals *totals);

/* The state now: the reader freezes it between two batches (a live run), or
 * the recording's last state.  One reference; NULL: out of memory. */
struct snapshot *session_now(struct session *session);
/* Live: from now on the present state has curves if it has at most so many rows; 0: none.
 * Does not wait. */
void session_grows(struct session *session, uint32_t rows);
/* Any moment, as recording_snapshot names them. */
struct snapshot *session_moment(struct session *session, const char *moment, struct error *error);
/* Live: a part of session_options at its own peak, in the process (its place in the
 * list) where that was highest; *sum of all such peaks.  NULL: out of memory. */
struct snapshot *session_part_peak(struct session *session, unsigned part, size_t *process,
				   uint64_t *sum);
/* The moments there are; valid until the next call. */
const struct moment *session_moments(struct session *session, size_t *length);
/* Takes a named snapshot ("" or NULL: no name).  Its number, or -1 with *error. */
int session_snapshot(struct session *session, const char *name, struct error *error);

/* Starts a look at the heap of the chosen process and does not wait: see session_status.
 * What it finds becomes a snapshot; `retained`: also what each row retains.  -1: *error. */
int session_look(struct session *session, const char *name, bool retained, struct error *error);
/* How many seconds that will take; 0: not known. */
double session_look_seconds(struct session *session, bool retained);

/* Live: what the last look of a process (its place in the list) found: bytes and blocks
 * that nobody holds, and the snapshot (a reference, or NULL).  False: none was taken; *why:
 * why it failed, as a sentence without its end, or "". */
bool session_last_look(struct session *session, size_t process, uint64_t unreachable[2],
		       struct snapshot **found, const char **why);

/* The timeline: valid until the next call of its name.  Points are of the first process;
 * ticks of the history, which a live run enters a moment later, of the one that was chosen. */
const struct point *session_points(struct session *session, size_t *length);
const struct mark *session_marks(struct session *session, size_t *length);
const struct tick *session_ticks(struct session *session, size_t *length);
/* What rows of the chosen process held at some times: 0, or -errno.  In any thread. */
int session_trails(struct session *session, struct trails *trails);
/* How far back that history goes, and how fine it is (of all together: the first one's). */
void session_extent(struct session *session, struct history_extent *extent);

/* The peak begins again from current.  Puts a mark on the timeline: -1 with *error. */
void session_reset_peak(struct session *session);
int session_mark(struct session *session, const char *text, struct error *error);
/* Copies the recording so far; `force`: over a file that exists.  -1 with *error. */
int session_write(struct session *session, const char *path, bool force, struct error *error);
/* Whether a path is of the recording that is being written or shown, by whatever name. */
bool session_is_file(const struct session *session, const char *path);

/* A line of source: length, or -1.  In any thread. */
int session_source(struct session *session, const char *path, unsigned line, char *text,
		   size_t size);
/* Waits until every frame of the catalog has been looked up, at most so many
 * seconds.  True if so. */
bool session_settle(struct session *session, double seconds);

/* The raw output behind *position, at most its newest `max` bytes; *position becomes its end. */
size_t session_output(struct session *session, uint64_t *position, char *bytes, size_t max);
/* Sends bytes to the target's terminal: how many it took.  Its size changed. */
size_t session_input(struct session *session, const char *bytes, size_t length);
void session_resize(struct session *session, unsigned width, unsigned height);

/* Asks the keeper to stop itself (C-z): the shell gets its prompt. */
void session_suspend(struct session *session);
/* SIGTERM to the target's process group, SIGKILL after 2 s. */
void session_kill(struct session *session);
/* What a shell does to a job whose terminal goes: SIGHUP to the target's process group,
 * and SIGCONT, so that one that is stopped hears it. */
void session_hang_up(struct session *session);
/* True if the terminal that a live session began with has gone. */
bool session_hung_up(const struct session *session);
void session_detach(struct session *session);   /* lets a process go that ran already */
/* Makes the keeper end with `status`; the session goes on without a screen. */
void session_leave(struct session *session, int status);
/* What the keeper will exit with once memtop proper has ended; else the target's status. */
void session_exit_status(struct session *session, int status);
/* Blocks until the target has ended and all is read, named and written (record, left
 * runs); in record also returns when tracing is stopped. */
void session_wait(struct session *session);

/*
 * A live run that is judged (session_options): what each process left stays until its judge has
 * seen it.  In the judge's thread.
 */
/* As session_wait, but not longer than until so many processes have ended that are to be
 * judged.  False: the run goes on. */
bool session_await(struct session *session, unsigned ended);
/* Such a process but the first (an index in the list + 1), each once; `all`: also those that
 * lived when the run was over.  0: none. */
uint32_t session_to_judge(struct session *session, bool all);
/* It has been judged; from now on it may be counted with others, and another process may have
 * its place.  False: not yet, so ask again when others have ended. */
bool session_fold(struct session *session, uint32_t process);

#endif
