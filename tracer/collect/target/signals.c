/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One table of which signals memtop's two processes ignore and which the keeper reads
 * from a signalfd.  The target gets each of them as the shell had set it.
 */
#include "tracer/collect/target/signals.h"

#include <errno.h>
#include <stddef.h>
#include <sys/signalfd.h>

enum { KEEPER_IGNORES = 1, PROPER_IGNORES = 2, KEEPER_READS = 4, KEEPER_NEEDS = 8, ASKED_FOR = 16 };

static const struct {
	int number;
	unsigned what;
} table[SIGNALS_ALTERED] = {
	/* An ignored SIGCHLD would reap the target before its status is read. */
	{ SIGCHLD, KEEPER_READS | KEEPER_NEEDS },
	{ SIGCONT, KEEPER_READS | KEEPER_NEEDS },
	{ SIGINT, KEEPER_READS | PROPER_IGNORES },
	{ SIGQUIT, KEEPER_READS | PROPER_IGNORES },
	{ SIGTERM, KEEPER_READS | PROPER_IGNORES },
	{ SIGHUP, KEEPER_READS | PROPER_IGNORES },
	/* C-z stops the keeper, so that the shell shows its prompt; memtop proper goes on
	 * collecting, or the target would wait for it. */
	{ SIGTSTP, PROPER_IGNORES },
	{ SIGTTIN, PROPER_IGNORES },
	{ SIGTTOU, KEEPER_IGNORES | PROPER_IGNORES },
	{ SIGPIPE, KEEPER_IGNORES | PROPER_IGNORES },
	{ SIGXFSZ, PROPER_IGNORES },
	/* Taken only if rules use them; else they do what they do in any program. */
	{ SIGUSR1, KEEPER_READS | KEEPER_NEEDS | PROPER_IGNORES | ASKED_FOR },
	{ SIGUSR2, KEEPER_READS | KEEPER_NEEDS | PROPER_IGNORES | ASKED_FOR },
};

/* What to do with a signal, or 0 if it is not used. */
static unsigned what_of(const struct signals *signals, size_t i)
{
	bool asked = !(table[i].what & ASKED_FOR) || signals->asked & 1u << table[i].number;

	return asked ? table[i].what : 0;
}

void signals_take(struct signals *signals, uint32_t asked)
{
	const struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t block;

	signals->asked = asked;
	sigemptyset(&block);
	for (size_t i = 0; i < SIGNALS_ALTERED; i++) {
		sigaction(table[i].number, NULL, &signals->first[i]);
		/* Done here and not in the keeper, because setting a handler discards a
		 * pending signal. */
		if (what_of(signals, i) & KEEPER_NEEDS)
			sigaction(table[i].number, &action, NULL);
		if (what_of(signals, i) & KEEPER_READS)
			sigaddset(&block, table[i].number);
	}
	sigprocmask(SIG_BLOCK, &block, &signals->mask);
}

static void ignore(const struct signals *signals, unsigned which)
{
	const struct sigaction action = { .sa_handler = SIG_IGN };

	for (size_t i = 0; i < SIGNALS_ALTERED; i++)
		if (what_of(signals, i) & which)
			sigaction(table[i].number, &action, NULL);
}

void signals_restore(const struct signals *signals)
{
	for (size_t i = 0; i < SIGNALS_ALTERED; i++)
		sigaction(table[i].number, &signals->first[i], NULL);
	sigprocmask(SIG_SETMASK, &signals->mask, NULL);
}

void signals_proper(const struct signals *signals)
{
	ignore(signals, PROPER_IGNORES);
	sigprocmask(SIG_SETMASK, &signals->mask, NULL);
}

int signals_keeper(const struct signals *signals)
{
	sigset_t read;

	ignore(signals, KEEPER_IGNORES);
	sigemptyset(&read);
	for (size_t i = 0; i < SIGNALS_ALTERED; i++) {
		/* A blocked signal reaches the signalfd even if it is ignored; one that
		 * nobody reads stays pending, which does no harm. */
		if ((what_of(signals, i) & KEEPER_NEEDS) ||
		    ((what_of(signals, i) & KEEPER_READS) &&
		     signals->first[i].sa_handler != SIG_IGN))
			sigaddset(&read, table[i].number);
	}
	int fd = signalfd(-1, &read, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}
