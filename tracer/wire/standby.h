/* SPDX-License-Identifier: MIT */
#ifndef TRACER_WIRE_STANDBY_H
#define TRACER_WIRE_STANDBY_H
/*
 * The page of a program whose tracer sleeps (memtop standby): a file of its user's alone,
 * mapped by the program and by its forked children, by which memtop wakes the tracer.
 *
 *	memtop: meeting, whom, then wanted     -> the next event of that process says hello
 *	memtop: wanted = 0, then control->state = WIRE_DETACHED       -> it sleeps again
 *
 * memtop believes nothing that stands here but what it shows to the user.  The tracer
 * believes the path of a socket, whose peer it asks who it is, as always.
 */
#include <stdatomic.h>
#include <stdint.h>

#define ENV_STANDBY "MEMTOP_STANDBY"    /* "1": sleep until memtop attaches */
#define STANDBY_MAGIC UINT64_C(0x3179627473746d00)
#define STANDBY_BYTES 4096u
#define STANDBY_MEETING 112u            /* bytes of a socket's path, terminated */
#define STANDBY_LIBRARY 1024u           /* bytes of a file's path, terminated */
/* What the loader is asked for, under its lock, to let a tracer in or out that was loaded
 * into a running program (preload/hooks/door.c): a value that is 1 + an errno. */
#define STANDBY_DOOR "memtop_door_1"
/* The file's name begins so; the process that made it and a moment follow. */
#define STANDBY_PREFIX "memtop-standby."
/* Where there is no $XDG_RUNTIME_DIR: in this folder of the user's, whose number
 * follows. */
#define STANDBY_FOLDER "/tmp/memtop-standby-"

struct wire_standby {
	uint64_t magic;
	uint32_t version;               /* WIRE_VERSION */
	int32_t pid;                    /* whose tracer made it, as it sees itself */

	/* Written by memtop. */
	_Alignas(64) _Atomic uint32_t wanted;   /* 0: sleep; else the number of this call */
	_Atomic int32_t whom;           /* the process, as it sees itself; 0: each one */
	_Atomic uint32_t calls;         /* so far: each has another number */
	char meeting[STANDBY_MEETING];

	/* Written by the tracer whose process is meant: what became of that call.  The
	 * errno first. */
	_Alignas(64) _Atomic int32_t failed;    /* errno; 0: it said hello */
	_Atomic uint32_t answered;      /* = wanted */

	/* Of a tracer that was loaded into a running program.  From memtop: what the door
	 * is opened for, and the library's file, "": programs begun by exec are not
	 * followed. */
	_Alignas(64) _Atomic uint32_t order;    /* enum standby_order */
	char library[STANDBY_LIBRARY];
	/* From the tracer. */
	uint64_t handle;                /* the loader's, of the library */
	_Atomic uint32_t late;          /* 1: it is such a one */
};
enum standby_order { STANDBY_TAKE, STANDBY_GIVE_BACK };
_Static_assert(sizeof(struct wire_standby) <= STANDBY_BYTES, "one page");

#endif
