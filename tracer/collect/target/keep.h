/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_TARGET_KEEP_H
#define TRACER_COLLECT_TARGET_KEEP_H
/* The keeper's own process, for keeper.c alone. */
#include "tracer/collect/target/keeper.h"
#include "tracer/collect/target/pty.h"
#include "tracer/collect/target/signals.h"

/* memtop proper -> keeper; what comes back is a struct keeper_message. */
enum keep_order { KEEP_START, KEEP_SUSPEND, KEEP_LEAVE, KEEP_EXIT_STATUS };
struct keep_message {
	uint32_t order;                 /* enum keep_order */
	int32_t value;
};

struct keep {
	const struct keeper_options *options;
	struct terminal terminal;
	struct signals signals;
	unsigned to_pty;                /* bit n: the target's fd n becomes the pty */
	int master, slave;              /* -1: no pty */
	int socket;                     /* SOCK_SEQPACKET, to memtop proper */
	int signal_fd;
	int attached;                   /* pidfd of options->attach; -1: none */
	pid_t proper;                   /* 0: over */
	pid_t target;                   /* 0: not started yet, or over */
	bool started, over;             /* the target was; it ended or never began */
	bool took_over;                 /* memtop proper died before the target */
	bool lost;                      /* it died or failed, of a run without a screen */
	int out;                        /* then the pty's output goes here; -1: nowhere */
	int status;                     /* the target's, as a shell has it */
	int exit_status;                /* instead of it; -1: none */
	int leaving;                    /* signal that memtop proper was told of; 0: none */
	int64_t deadline;               /* for its answer, CLOCK_MONOTONIC ms */
};

/* Everything in `keep` up to signal_fd and proper is set. */
_Noreturn void keep_run(struct keep *keep);

#endif
