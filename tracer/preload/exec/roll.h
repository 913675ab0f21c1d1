/* SPDX-License-Identifier: MIT */
#ifndef TRACER_PRELOAD_EXEC_ROLL_H
#define TRACER_PRELOAD_EXEC_ROLL_H
/*
 * The target's side of the roll (wire/roll.h): whom this process starts and what
 * it becomes.  Everything here is raw system calls and single stores, for signal
 * handlers and vfork children too; errno is untouched.  Without a roll (memtop
 * does not follow children) nothing happens.
 */
#include "tracer/preload/exec/execenv.h"
#include "tracer/wire/roll.h"

/* Where something was written, to take it back; entry NULL: nothing was. */
struct roll_place {
	struct roll_entry *entry;
	uint64_t state;
};

/* Maps the roll; the caller closes fd.  0 or -errno. */
int roll_open(int fd);

/* The roll belongs to another memtop from now on, or to nobody. */
void roll_leave(void);

/* Before an exec: this process becomes `file`, which execenv_for has checked. */
struct roll_place roll_exec(const struct execenv_file *file);
/* The exec failed. */
void roll_withdraw(struct roll_place place);

/* To be called before anything that starts a child: until roll_started, an unknown child
 * that is waited for is taken to be that one.  Returns the time. */
uint64_t roll_starting(void);
/* The child that was being started has this pid (0: none was started; -1: its pid will
 * never be known). */
void roll_started(int32_t pid);
/* The same after posix_spawn and pidfd_spawn, where the child already runs the program
 * `file`. */
void roll_spawned(const struct execenv_file *file, uint64_t since, int32_t pid);
/* Before system or popen, whose shell gets the environment as it is. */
struct roll_place roll_shell(char *const *environment);

/* Writes down that this forked child could not meet memtop: -errno. */
void roll_unmet(int error);
/* The same for a child that may not try, because of a seccomp filter. */
void roll_filtered(void);
/* To be called when this process has waited for `pid`. */
void roll_reaped(int32_t pid);
/* In a forked child: the children that its parent is starting are not its own. */
void roll_forked(void);

#endif
