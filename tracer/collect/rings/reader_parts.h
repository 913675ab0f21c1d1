/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RINGS_READER_PARTS_H
#define TRACER_COLLECT_RINGS_READER_PARTS_H
/* The inside of the reader, shared by reader.c (requests and sleep) and
 * reader_images.c (what is read).  The unit tests' seam too: a test that makes a
 * reader without a thread is its thread, and says when a round is.  No one else's. */
#include <time.h>
#include "tracer/collect/rings/reader.h"

struct request;

/* What is asked: answers the request, in the reader's thread, without the lock. */
typedef void reader_question(struct reader *r, struct request *q);

struct request {
	reader_question *question;
	uint32_t process;               /* ends, or is to be frozen; 0: all */
	enum moment_kind kind;          /* freezing: of all; */
	unsigned part;                  /* or of a part */
	enum history_why why;           /* of a tick, ... */
	double time;                    /* ... and when it was: the answer */
	struct snapshot **snapshots;    /* the answers */
	size_t snapshots_length;
	struct snapshot_row *rows;      /* memory for one, touched by who asks */
	size_t rows_room;
	struct image *image;            /* is taken, */
	uint64_t parent, fork;          /* as the child of another, at a fork */
	const struct reader_sight *sight;       /* who is shown the blocks, */
	int error;                      /* and what came of it; or a caller's status */
	struct drain_caller caller;     /* is answered: of image number `parent`, */
	const uint64_t *value;          /* with two numbers */
	const char *text;
	bool discard;                   /* whose figures go with its end */
	bool on;                        /* what it stirs is noted from now on */
	struct reader_thread *threads;  /* the answer, as far as there is room */
	size_t threads_length, threads_max;
	bool failed, done;
	struct request *next;
};

/* What is shown of an image, as of its last round. */
struct shown {
	uint32_t process;
	struct reader_status status;
};

struct reader {
	pthread_t thread;
	struct reader_ops ops;
	void *user;

	pthread_mutex_t lock;           /* around all below */
	pthread_cond_t asked, answered;
	struct request *requests;
	struct image **images;          /* written by the reader's thread only */
	struct shown *shown;            /* of each */
	size_t length, room;
	struct reader_status all;
	unsigned gone_filtered;         /* how many of those had set a seccomp filter */
	struct totals gone;             /* of processes that have ended and are let go */
	struct unknown_frees gone_unknown;
	bool finished, exiting;

	_Atomic bool pending;           /* requests is not empty */
	_Atomic uint32_t grows;         /* see reader_grows */
	/* The reader's own: */
	uint64_t events_told;           /* of all, at the last changed() */
	struct timespec told;
	struct timespec looked;         /* at the rings' heads, last round */
	uint64_t tick_time;             /* of the last tick, in us */
	uint64_t tick_second;           /* of the run, whose tick was the last to be due */
	uint32_t tick;                  /* of births: model_birth_tick */
	struct timespec eased;          /* when a pass of reader_ease began last */
	struct timespec asked_forks;    /* when we last looked for children gone */
	long pause;                     /* ns that it slept last */
	unsigned idle;                  /* short rounds for nothing, so far */
};

static inline long reader_since(const struct timespec *then, const struct timespec *now)
{
	return (now->tv_sec - then->tv_sec) * 1000000000L + now->tv_nsec - then->tv_nsec;
}

/* In any thread but the reader's: queues a request and waits for its answer; the second
 * with memory for a snapshot. */
void reader_ask(struct reader *r, struct request *request);
void reader_ask_frozen(struct reader *r, struct request *q);
/* The first of the answers, whose reference is the caller's; NULL: there is none. */
struct snapshot *reader_only(struct request *q);

/* A reader without a thread: who makes it is that; ends by reader_drop_all and
 * reader_unmake.  NULL: out of memory. */
struct reader *reader_make(const struct reader_ops *ops, void *user);
void reader_unmake(struct reader *r);

/* All in the reader's thread, without the lock. */
size_t reader_live(const struct reader *r);     /* images whose rings are read */
bool reader_waits(const struct reader *r);      /* some wait for names */
bool reader_quiet(const struct reader *r);      /* some tracer wakes nobody any more */
uint64_t reader_fill(const struct reader *r);   /* of the fullest ring */
uint64_t reader_round(struct reader *r);        /* slots read */
void reader_publish(struct reader *r);
bool reader_add(struct reader *r, struct image *image, uint64_t parent, uint64_t fork);
void reader_ended(struct reader *r, uint32_t process, bool discard);
void reader_ease(struct reader *r);             /* when it has time */
void reader_census(struct reader *r, bool spare);       /* a step; more with time to spare */
void reader_read_all(struct reader *r);         /* to the end, of all */
void reader_let_go(struct reader *r);           /* of those that nobody needs */
void reader_ask_forks(struct reader *r);        /* which forked children will not come */
void reader_drop_all(struct reader *r);
/* The history, see reader_ticks.c; nothing is done where there is none. */
void reader_ticks(struct reader *r);            /* each round */
double reader_tick_time(struct reader *r);       /* of a new tick, in seconds */
void reader_tick_image(struct reader *r, struct image *image, unsigned why, double time);
double reader_tick_all(struct reader *r, unsigned why);  /* the time of these ticks */
void reader_tick_begin(struct reader *r, struct image *image, unsigned why);
void reader_tick_end(struct reader *r, struct image *image, unsigned why);

#endif
