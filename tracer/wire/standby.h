/* SPDX-License-Identifier: MIT */
#ifndef TRACER_WIRE_STANDBY_H
#define TRACER_WIRE_STANDBY_H
/*
 * The page of a program whose tracer sleeps (memtop standby): a file that only its user
 * can access, mapped by the program and by its forked children, by which memtop wakes the
 * tracer.
 *
 * 	memtop: meeting, whom, then wanted  -> the next event of that process says hello;
 * 					       where there is none, memtop opens the door
 * 	memtop: wanted = 0, then control->state = WIRE_DETACHED    -> it sleeps again
 *
 * memtop uses what it reads here only to show it to the user. The tracer uses the path of
 * a socket from here, and checks who its peer is, as always.
 */
#include <stdatomic.h>
#include <stdint.h>

#define ENV_STANDBY "MEMTOP_STANDBY"    /* "1": sleep until memtop attaches */
#define STANDBY_MAGIC UINT64_C(0x3179627473746d00)
#define STANDBY_BYTES 4096u
#define STANDBY_MEETING 112u            /* bytes of a socket's path, terminated */
#define STANDBY_LIBRARY 1024u           /* bytes of a file's path, terminated */
/* The name that the loader is asked to open, under its lock, to let a tracer in or out
 * that was loaded into a running program (preload/hooks/door.c).  The result is 1 + an
 * errno. */
#define STANDBY_DOOR "memtop_door_1"
/* The file's name begins with this; the id of the process that made it and a time
 * follow. */
#define STANDBY_PREFIX "memtop-standby."
/* Where there is no $XDG_RUNTIME_DIR, the file is in this folder of the user's, followed
 * by the user's number. */
#define STANDBY_FOLDER "/tmp/memtop-standby-"

struct wire_standby {
	uint64_t magic;
	uint32_t version;               /* WIRE_VERSION */
	int32_t pid;                    /* the process whose tracer made it, as it sees
					 * itself */

	/* Written by memtop. */
	_Alignas(64) _Atomic uint32_t wanted;   /* 0: sleep; else the number of this call */
	_Atomic int32_t whom;           /* the process, as it sees itself; 0: each one */
	_Atomic uint32_t calls;         /* made so far; gives each its own number */
	char meeting[STANDBY_MEETING];

	/* The result of the call, written by the tracer of the process that is meant;
	 * `failed` is stored first. */
	_Alignas(64) _Atomic int32_t failed;    /* errno; 0: it said hello */
	_Atomic uint32_t answered;      /* = wanted */

	/* From memtop: what the door is opened for; and, for a tracer that was loaded
	 * into a running program, the library's file ("": programs started by exec are
	 * not followed). */
	_Alignas(64) _Atomic uint32_t order;    /* enum standby_order */
	char library[STANDBY_LIBRARY];
	/* From the tracer. */
	uint64_t handle;                /* the loader's handle of the library */
	_Atomic uint32_t late;          /* 1: loaded into a running program */
};
enum standby_order {
	STANDBY_TAKE, STANDBY_GIVE_BACK,        /* for such a tracer alone */
	STANDBY_ROUSE                           /* the call is to be answered now, without an
						 * event */
};
_Static_assert(sizeof(struct wire_standby) <= STANDBY_BYTES, "one page");

#endif
