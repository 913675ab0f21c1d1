/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_TARGET_KEEPER_H
#define TRACER_COLLECT_TARGET_KEEPER_H
/*
 * The keeper: the small process that the shell sees (share/doc/ARCHITECTURE.md).  It is
 * the target's parent, holds the job, the pty's master and the terminal's first settings,
 * and mirrors the exit status.  memtop proper talks to it over a socket pair.
 */
#include <stdbool.h>
#include <stdint.h>
#include "tracer/collect/error.h"

struct keeper_options {
	int32_t attach;                 /* 0, or a process that runs already: then none is
					 * started, and the next three are not used */
	const char *path;               /* executable, from launch_check */
	char *const *argv;
	char *const *environment;
	bool pty;                       /* terminals among 0,1,2 become a pty */
	bool play;                      /* all of 0,1,2 become the pty, terminal or not, but
	                                 * stdin only if it is a terminal or the script */
	bool script_on_stdin;           /* play: descriptor 0 is memtop's own script */
	uint32_t signals;               /* USR1, USR2 by 1 << number: reported as
					 * KEEPER_SIGNAL */
	unsigned width, height;         /* of the pty; 0: as the terminal, or 80x24 */
	const char *folder;             /* the run's sockets (rundir.h), or NULL: removed by the
	                                 * keeper at its end if memtop proper died before */
	const char *scratch;            /* NULL, or a private recording: removed likewise, and
					 * its -wal, -shm and -journal */
};

/* memtop proper's end. */
struct keeper {
	int socket;                     /* readable: keeper_receive */
	int pty;                        /* the pty's master, duplicated, non-blocking; -1:
					 * none */
	int lease;                      /* as long as it is open, here or in the keeper, the
					 * target's session has its leader; -1: no pty */
	int32_t pid;                    /* the keeper's */
	bool terminal;                  /* with a screen: there was a controlling terminal */
};

enum keeper_news {
	KEEPER_STARTED,                 /* value: the target's pid; sent before its exec, so
	                                 * before it can say hello.  FAILED may follow. */
	KEEPER_FAILED,                  /* value: errno of exec; the keeper will exit 126 or 127 */
	KEEPER_ENDED,                   /* value: wait status of the target */
	KEEPER_VANISHED,                /* the process attached to has ended; only its
					 * parent learns its status */
	KEEPER_RESUMED,                 /* after keeper_suspend, or with a screen after any
	                                 * SIGCONT: the terminal is ours, draw again */
	KEEPER_SIGNAL,                  /* value: the SIGTERM, SIGHUP, SIGINT, ... that the keeper got */
	KEEPER_UNLED,                   /* who led the session on the pty was killed, so the
					 * pty's other end has hung up */
	KEEPER_GONE                     /* the keeper died or left */
};
struct keeper_message {
	uint32_t news;                  /* enum keeper_news */
	int32_t value;
};

/* Splits the process in two.  Returns 0 in memtop proper only; the caller's own process
 * becomes the keeper and calls _exit.  -1 with *error if nothing was split.  It forks, so
 * call it before there is any thread or handle that can't be forked.  All other
 * descriptors must be close-on-exec, or the target gets them.  In memtop proper INT QUIT
 * TERM HUP TSTP TTIN TTOU PIPE XFSZ are ignored then (the target gets them as they were),
 * and pipes on 0, and on 1 if there is a screen, are replaced by /dev/null, so that they
 * end when the target ends. */
int keeper_split(struct keeper *keeper, const struct keeper_options *options,
		 struct error *error);
/* Tells the keeper that memtop proper is ready, so the target may start. */
void keeper_start(struct keeper *keeper);
/* Next message, without waiting: 1, or 0 if there is none now. */
int keeper_receive(struct keeper *keeper, struct keeper_message *message);
/* Has the keeper stop its job as C-z does (memtop proper ignores that signal); restore
 * the terminal before.  KEEPER_RESUMED comes after it. */
void keeper_suspend(struct keeper *keeper);
/* Has the keeper exit with `status` now; the target goes on. */
void keeper_leave(struct keeper *keeper, int status);
/* Sets what the keeper exits with at the end, in place of the target's status.  What
 * memtop proper itself exits with counts only if it never called keeper_start. */
void keeper_exit_status(struct keeper *keeper, int status);
/* Resizes the pty. */
void keeper_resize(struct keeper *keeper, unsigned width, unsigned height);
/* Whether the controlling terminal that was there is gone: the leader of its session, the
 * keeper or the shell, has ended. */
bool keeper_hung_up(const struct keeper *keeper);
/* Whether the keeper itself is gone, or is about to be; to be asked in memtop proper.  Its
 * end of the socket tells that too late: a target that has not reached its exec has it as
 * well. */
bool keeper_gone(const struct keeper *keeper);
void keeper_close(struct keeper *keeper);

#endif
