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
	int32_t attach;                 /* 0, or a process that runs already: none is started,
					 * and what stands in the next three is not used */
	const char *path;               /* executable, from launch_check */
	char *const *argv;
	char *const *environment;
	bool pty;                       /* terminals among 0,1,2 become a pty */
	bool play;                      /* all of 0,1,2 become the pty, terminal or not, but
	                                 * stdin only if it is a terminal or the script */
	bool script_on_stdin;           /* play: fd 0 is memtop's own script */
	uint32_t signals;               /* USR1, USR2 by 1 << number: KEEPER_SIGNAL tells of them */
	unsigned width, height;         /* of the pty; 0: the terminal's, else 80x24 */
	const char *folder;             /* the run's sockets (rundir.h), or NULL: removed by the
	                                 * keeper at its end if memtop proper died before */
	const char *scratch;            /* NULL, or a private recording: removed likewise, and
					 * its -wal, -shm and -journal */
};

/* memtop proper's end. */
struct keeper {
	int socket;                     /* readable: keeper_receive */
	int pty;                        /* a copy of the master, non-blocking; -1: none */
	int32_t pid;                    /* the keeper's */
	bool terminal;                  /* with a screen: there was a controlling terminal */
};

enum keeper_news {
	KEEPER_STARTED,                 /* value: the target's pid; sent before its exec, so
	                                 * before it can say hello.  FAILED may follow. */
	KEEPER_FAILED,                  /* value: errno of exec; the keeper will exit 126 or 127 */
	KEEPER_ENDED,                   /* value: wait status of the target */
	KEEPER_VANISHED,                /* the process that was attached to has ended, with a status
					 * that its parent alone knows */
	KEEPER_RESUMED,                 /* after keeper_suspend, or with a screen after any
	                                 * SIGCONT: the terminal is ours, draw again */
	KEEPER_SIGNAL,                  /* value: the SIGTERM, SIGHUP, SIGINT, ... that the keeper got */
	KEEPER_GONE                     /* the keeper died or left */
};
struct keeper_message {
	uint32_t news;                  /* enum keeper_news */
	int32_t value;
};

/* Splits the process.  Returns 0 in memtop proper only; the caller's own
 * process becomes the keeper and _exits.  -1 with *error if nothing was split.
 * Fork only: call it before any thread or handle that can't be forked.  All
 * other descriptors must be close-on-exec, or the target gets them.
 * memtop proper comes back with INT QUIT TERM HUP TSTP TTIN TTOU PIPE XFSZ ignored
 * (the target gets them as they were), and with pipes on 0, and on 1 if there
 * is a screen, replaced by /dev/null, so that they end when the target ends. */
int keeper_split(struct keeper *keeper, const struct keeper_options *options,
		 struct error *error);
/* memtop proper is ready: the target may start. */
void keeper_start(struct keeper *keeper);
/* Next message, without waiting: 1, or 0 if there is none now. */
int keeper_receive(struct keeper *keeper, struct keeper_message *message);
/* The keeper stops its job as C-z does (memtop proper ignores it); restore the
 * terminal before.  KEEPER_RESUMED comes after. */
void keeper_suspend(struct keeper *keeper);
/* The keeper exits with `status` now; the target goes on. */
void keeper_leave(struct keeper *keeper, int status);
/* What the keeper exits with at the end, in place of the target's status.  What
 * memtop proper itself exits with counts only if it never said keeper_start. */
void keeper_exit_status(struct keeper *keeper, int status);
/* Resizes the pty. */
void keeper_resize(struct keeper *keeper, unsigned width, unsigned height);
/* True if the controlling terminal that was there is not any more: whoever led its
 * session, the keeper or the shell, has gone. */
bool keeper_hung_up(const struct keeper *keeper);
/* True if the keeper itself is not there any more: its end of the socket is closed,
 * which the kernel does before it takes the terminal away from a session whose leader
 * ended. */
bool keeper_gone(const struct keeper *keeper);
void keeper_close(struct keeper *keeper);

#endif
