/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_TARGET_SIGNALS_H
#define TRACER_COLLECT_TARGET_SIGNALS_H
/* What each of keeper, memtop proper and target does with signals. */
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#define SIGNALS_ALTERED 13

struct signals {
	sigset_t mask;                  /* as the shell set it */
	struct sigaction first[SIGNALS_ALTERED];        /* in the order of the table */
	uint32_t asked;                 /* the argument of signals_take */
};

/* Before the split: remembers everything that will be altered, and blocks what the keeper
 * reads from its signalfd, so that nothing is lost in between.  `asked`: those of USR1
 * and USR2 that it reads too, by 1 << number. */
void signals_take(struct signals *signals, uint32_t asked);
/* Restores everything: in the target before exec, or after a split that failed. */
void signals_restore(const struct signals *signals);

/* In memtop proper: ignores job control, the terminal's keys and its hangup (the keeper
 * reports them), and blocks nothing that was not blocked before. */
void signals_proper(const struct signals *signals);
/* In the keeper: opens a non-blocking signalfd of CHLD CONT INT QUIT TERM HUP, without
 * those that the shell wanted ignored (nohup), plus those that were asked for.  -errno on
 * failure. */
int signals_keeper(const struct signals *signals);

#endif
