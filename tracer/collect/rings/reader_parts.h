/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RINGS_READER_PARTS_H
#define TRACER_COLLECT_RINGS_READER_PARTS_H
/* The inside of the reader, shared by reader.c (requests and sleep) and the other
 * reader_*.c.  A unit test that makes a reader without a thread is its thread. */
#include <time.h>
#include "tracer/collect/rings/reader.h"

struct request;
/* Answers a request, in the reader's thread, without the lock. */
typedef void reader_question(struct reader *r, struct request *q);

struct request {
	reader_question *question;
	uint32_t process;               /* that ends, or is to be frozen; 0: all */
	enum moment_kind kind;          /* to freeze: which moment of it; */
	unsigned part;                  /* or which part */
	enum history_why why;           /* to make a tick: why, ... */
	double time;                    /* ... and its time, the answer */
	struct snapshot **snapshots, **peaks;   /* the answers; peaks: see `ends` */
	size_t snapshots_length, peaks_length;
	struct snapshot_room room;      /* for one snapshot, found by who asks */
	struct image *image;            /* to take: this image, */
	uint64_t parent, fork;          /* a child of image `parent`, at a fork */
	const struct reader_sight *sight;       /* to look: who is shown the blocks, */
	int error;                      /* and the result; or the status for a caller */
	struct drain_caller caller;     /* to answer: a caller of image `parent`, */
	const uint64_t *value;          /* with two numbers */
	const char *text;
	bool discard;                   /* to end: its figures are dropped */
	bool on;                        /* whether to note stirred memory from now on */
	struct reader_thread *threads;  /* the answer, up to so many */
	size_t threads_length, threads_max;
	bool ends, failed, done;        /* ends: freeze the peaks as well */
	struct request *next;
};

/* What is reported of an image, as of its last round. */
struct shown {
	uint32_t process;
	struct reader_status status;
};

struct reader {
	pthread_t thread;
	struct reader_ops ops;
	void *user;

	pthread_mutex_t lock;           /* protects the fields below */
	pthread_cond_t asked, answered;
	struct request *requests;
	struct image **images;          /* only the reader's thread writes them */
	struct shown *shown;            /* by image */
	size_t length, room;
	struct reader_status all;
	unsigned gone_filtered;         /* images freed that had set a seccomp filter */
	struct totals gone;             /* of ended processes whose images are freed */
	struct unknown_frees gone_unknown;
	bool finished, exiting;
	bool untold;                    /* the last ticks are told once that is `awaited` */
	uint32_t kinds;                 /* most different figures of the last one's rows */

	_Atomic bool pending, awaited;  /* there are requests */
	_Atomic uint32_t grows, keeping;        /* reader_grows; by how many: reader_keep_ended */
	/* For the reader's thread alone: */
	uint64_t events_told;           /* for all images, at the last changed() */
	struct timespec told;
	struct timespec looked;         /* when heads were read in the last round */
	uint64_t tick_time, tick_second;        /* of the last tick: us, second of the run */
	uint32_t tick;                  /* for births: model_birth_tick */
	struct timespec eased;          /* when reader_ease began its last pass */
	struct timespec asked_forks;    /* when forked children were checked last */
	long pause;                     /* ns of the last sleep */
	long census_time;               /* ns that are saved up for censuses */
	size_t census_at;               /* the image whose turn it is */
	unsigned idle;                  /* short rounds without an event so far */
};

static inline long reader_since(const struct timespec *then, const struct timespec *now)
{
	return (now->tv_sec - then->tv_sec) * 1000000000L + now->tv_nsec - then->tv_nsec;
}

/* In any other thread: ask, and wait for the answer; the second with memory for rows. */
void reader_ask(struct reader *r, struct request *request);
void reader_ask_frozen(struct reader *r, struct request *q);
/* The first of the answers, whose reference the caller gets; NULL: none. */
struct snapshot *reader_only(struct request *q);

/* A reader without a thread: the caller takes its part, and ends it by reader_drop_all
 * and reader_unmake.  NULL: out of memory. */
struct reader *reader_make(const struct reader_ops *ops, void *user);
void reader_unmake(struct reader *r);

/* For the reader's thread, without the lock. */
size_t reader_live(const struct reader *r);     /* images whose rings are read */
bool reader_waits(const struct reader *r);      /* whether stacks wait for names */
bool reader_quiet(const struct reader *r);      /* whether some tracer can wake nobody */
uint64_t reader_fill(const struct reader *r);   /* slots in use in the fullest ring */
uint64_t reader_round(struct reader *r);        /* returns how many slots were read */
void reader_publish(struct reader *r);
bool reader_add(struct reader *r, struct image *image, uint64_t parent, uint64_t fork);
void reader_ended(struct reader *r, uint32_t process, bool discard);
void reader_ease(struct reader *r);             /* when there is time */
void reader_census(struct reader *r, long pause);       /* ns there are; 0: one step */
void reader_census_save(struct reader *r, long ns);     /* so many have passed */
void reader_read_all(struct reader *r);         /* reads all images to their end */
void reader_let_go(struct reader *r);           /* frees images that nobody needs */
void reader_ask_forks(struct reader *r);        /* which forked children will not come */
void reader_drop_all(struct reader *r);
/* The history, see reader_ticks.c.  Without one these do nothing. */
void reader_ticks(struct reader *r);            /* each round */
double reader_tick_time(struct reader *r);       /* time for a new tick, in seconds */
void reader_tick_image(struct reader *r, struct image *image, unsigned why, double time);
double reader_tick_all(struct reader *r, unsigned why);  /* their time */
void reader_tick_begin(struct reader *r, struct image *image, unsigned why);
void reader_tick_end(struct reader *r, struct image *image, unsigned why);
bool reader_tell_rest(struct reader *r);        /* a part of the last; false: no more */

#endif
