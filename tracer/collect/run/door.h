/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_RUN_DOOR_H
#define TRACER_COLLECT_RUN_DOOR_H
/*
 * The door's thread serves everybody who wants something from memtop: the target's images
 * at the meeting socket, `memtop ctl` at its own socket, the keeper's news, the pty's
 * output, and a tick four times a second.  It decides nothing but calls the session.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tracer/collect/error.h"
#include "tracer/collect/target/keeper.h"
#include "tracer/wire/env.h"

struct door;

#define DOOR_LATER (-2)
#define DOOR_TAKEN (-3)

/* All are called in the door's thread. */
struct door_ops {
	/* An image asks to be traced; pid as memtop sees it.  Returns the segment's fd,
	 * which still belongs to the callee, or -1: refused. */
	int (*hello)(void *user, const struct meet_hello *hello, int32_t pid);
	/* Who came to the meeting said nothing that memtop knows, as another version would, or
	 * closed the connection before. */
	void (*unheard)(void *user, int32_t pid, bool closed);
	/* A line of ctl.  0 or -1 with a sentence; DOOR_LATER: door_close will answer;
	 * DOOR_TAKEN: the callee will answer with door_answer(fd). */
	int (*ctl)(void *user, const char *line, int fd, char *answer, size_t size);
	void (*news)(void *user, const struct keeper_message *message);
	/* `ends`, given to door_open, became readable. */
	void (*ends)(void *user);
	void (*output)(void *user, const char *bytes, size_t length);
	/* `terminal`: somebody has the target's pty open. */
	void (*tick)(void *user, bool terminal);
	/* What has to be checked more or less often than a tick; returns in how many
	 * seconds to call it again.  NULL: nothing. */
	double (*watch)(void *user);
};

/* Listens in `folder` and starts the thread.  `ends`, one more fd to poll, and `roll`, an
 * fd that each new image gets (-1: none), are borrowed.  -1 with *error. */
int door_open(struct door **out, const char *folder, struct keeper *keeper, int ends, int roll,
	      const struct door_ops *ops, void *user, struct error *error);
/* Answers a line of ctl that was taken, in any thread, and closes fd. */
void door_answer(int fd, bool good, const char *sentence);
/* Ends the thread (not from within it), answers callers of ctl that wait, closes the
 * sockets and frees the door. */
void door_close(struct door *door);

#endif
