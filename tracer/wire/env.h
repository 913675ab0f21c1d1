/* SPDX-License-Identifier: MIT */
#ifndef TRACER_WIRE_ENV_H
#define TRACER_WIRE_ENV_H
/*
 * How a traced image finds its memtop: two environment variables, and one
 * message each way over the Unix socket that ENV_MEETING names.
 */
#include <stdint.h>

#define ENV_PRELOAD "LD_PRELOAD"
#define ENV_MEETING "MEMTOP_MEETING"    /* path of the socket */
#define ENV_LIBRARY "MEMTOP_LIBRARY"    /* path of libmemtop.so as put into LD_PRELOAD */

enum meet_kind {
	MEET_EXEC,                      /* a new image, from its constructor */
	MEET_FORK,                      /* a forked child at its first event */
	MEET_UNFIT                      /* a new image that cannot be traced, and why */
};

/* target -> memtop, one SOCK_SEQPACKET packet */
struct meet_hello {
	uint64_t magic;                 /* WIRE_MAGIC */
	uint32_t version;               /* WIRE_VERSION */
	uint32_t kind;                  /* enum meet_kind */
	int32_t pid, ppid;              /* as the target sees them */
	uint64_t image;                 /* MEET_FORK: control->image of its parent's segment ...
					 * MEET_UNFIT: enum roll_reason ... */
	uint64_t fork;                  /* ... and the number of the WIRE_FORK there, 0: none;
					 * ... and its errno */
};

/* memtop -> target; with MEET_TRACE the segment's fd comes as SCM_RIGHTS. Where children
 * are followed, a new image may be sent the roll (roll.h) in the same way before that. */
enum meet_answer { MEET_TRACE, MEET_DECLINE, MEET_ROLL };
struct meet_welcome {
	uint64_t magic;
	uint32_t answer;                /* enum meet_answer */
	uint32_t reserved;
};

#endif
