/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_TARGET_SIGNALS_H
#define TRACER_COLLECT_TARGET_SIGNALS_H
/* What each of keeper, memtop proper and target does with signals. */
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#define SIGNALS_ALTERED 13

struct signals {
	sigset_t mask;                  /* as the shell gave it */
	struct sigaction first[SIGNALS_ALTERED];        /* in the order of the table */
	uint32_t asked;                 /* signals_take */
};

/* Before the split: remembers all that will be altered, and blocks what the
 * keeper reads from its signalfd, so that nothing is lost in between.  `asked`: of
 * USR1 and USR2 those that it reads too, by 1 << number. */
void signals_take(struct signals *signals, uint32_t asked);
/* Puts everything back: the target before exec, or after a split that failed. */
void signals_restore(const struct signals *signals);

/* In memtop proper: job control, the terminal's keys and its end are ignored
 * (the keeper tells of them), and nothing is blocked that was not before. */
void signals_proper(const struct signals *signals);
/* In the keeper: a non-blocking signalfd of CHLD CONT INT QUIT TERM HUP, less
 * those that the shell wanted ignored (nohup), and what was asked for.  -errno on
 * failure. */
int signals_keeper(const struct signals *signals);

#endif
