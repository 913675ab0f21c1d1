/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_TARGET_KEEP_H
#define TRACER_COLLECT_TARGET_KEEP_H
/* The keeper's own process, for keeper.c alone. */
#include "tracer/collect/target/keeper.h"
#include "tracer/collect/target/pty.h"
#include "tracer/collect/target/signals.h"

/* Orders from memtop proper to the keeper; news comes back as a struct keeper_message. */
enum keep_order { KEEP_START, KEEP_SUSPEND, KEEP_LEAVE, KEEP_EXIT_STATUS };
struct keep_message {
	uint32_t order;                 /* enum keep_order */
	int32_t value;
};

struct keep {
	const struct keeper_options *options;
	struct terminal terminal;
	struct signals signals;
	unsigned to_pty;                /* bit n: the target's descriptor n becomes the
					 * pty */
	int master, slave;              /* -1: no pty */
	int lease[2];                   /* a pipe: the session's leader reads its end once
					 * keeper and memtop proper are gone; -1: no pty */
	int socket;                     /* SOCK_SEQPACKET, to memtop proper */
	int signal_fd;
	int attached;                   /* pidfd of options->attach; -1: none */
	pid_t proper;                   /* 0: it has ended */
	pid_t target;                   /* 0: not started yet, or ended */
	pid_t leader;                   /* of the session on the pty; 0: none, or killed */
	bool unled;                     /* it was killed */
	bool started, over;             /* the target was started; it has ended or could
					 * not begin */
	bool took_over;                 /* memtop proper died before the target */
	bool lost;                      /* it died or failed in a run without a screen */
	int out;                        /* where the pty's output goes after that; -1:
					 * nowhere */
	int status;                     /* the target's, as a shell reports it */
	int exit_status;                /* to exit with instead of `status`; -1: none */
	int leaving;                    /* the signal that memtop proper was told about;
					 * 0: none */
	int64_t deadline;               /* until when it has to answer, CLOCK_MONOTONIC in
					 * ms */
};

/* All members of `keep` up to signal_fd and proper must be set. */
_Noreturn void keep_run(struct keep *keep);

#endif
