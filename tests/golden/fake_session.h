/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_GOLDEN_FAKE_SESSION_H
#define TESTS_GOLDEN_FAKE_SESSION_H
/*
 * A session without a target: run/session_ops.h over a text file, so that screens can
 * be compared to the letter.  The format, one thing a line, a backslash
 * escapes (\n, \t, \\, \xHH):
 *
 *	argv WORD...		pid N		kind WORD	recording
 *	module PATH		the frames that follow are in it
 *	frame ID[/wiu] FILE:LINE FUNCTION	w wrapper, i inlined, u unresolved
 *	thread TID NAME		the blocks that follow are of it
 *	process PID PPID running|ended|untraced CURRENT PEAK BLOCKS COMMAND
 *	first-ended STATUS	the first process did, before the others
 *	fact attached|status-unknown|stopped|hung-up
 *	source FILE LINE TEXT	output TEXT	point TIME CURRENT [RSS]	mark TIME TEXT
 *	moment NAME TIME	(recordings) the state that follows is that moment
 *	state SECONDS		the heap that follows; each "wait settled" but the
 *				first goes on to the next one
 *	tick SECONDS		the heap that follows is a tick of the history
 *	block SIZE COUNT ALLOCATIONS TOTAL TEMPORARY PEAK ID[+ID] ID ...
 *				a stack, newest first; a+b: a is inlined in b; !jit
 *				at its end: older frames are missing
 *	look GARBAGE BLOCKS INDIRECT BLOCKS INSIDE BLOCKS PINS [TYPE]
 *				what a look finds of the block before
 *	held DEPTH root|shared NAME, held DEPTH nobody, held DEPTH block ROW BYTES BLOCKS
 *				what a look for holders finds that alone keeps alive
 *				what is deeper behind it; ROW: a block of the state, from 0
 *	arena MAPPED RESIDENT FREE TOP TRIM
 *				...of malloc: the main arena, then others; blocks lie
 *				in them by turns
 *	peak N	lost N	truncated N	rss N [FILES STACKS]	exit N	signal N	unmet	mapped N	of the state
 */
#include "tracer/collect/run/session.h"

/* Ends the program with a sentence if the file is no good. */
struct session *fake_open(const char *path);
/* What the screens asked of it: "kill", "leave 0", "mark TEXT"... in lines. */
const char *fake_journal(const struct session *session);
/* While held, session_now is not answered: the heap is large, the reader busy. */
void fake_hold(struct session *session, bool held);
/* The run says something; or why its program is not traced. */
void fake_say(struct session *session, const char *sentence);
void fake_unmet(struct session *session, const char *reason);
void fake_close(struct session *session);

#endif
