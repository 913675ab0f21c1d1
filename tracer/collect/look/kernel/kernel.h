/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_LOOK_KERNEL_KERNEL_H
#define TRACER_COLLECT_LOOK_KERNEL_KERNEL_H
/*
 * What of a process's pointers the kernel alone may have: the data of epoll's events, and
 * the value that comes with a timer's signal (proc_pid_fdinfo(5), proc_pid_timers(5)).
 */
#include <stddef.h>
#include <stdint.h>

enum kernel_who { KERNEL_EPOLL, KERNEL_TIMER };

struct kernel_word {
	enum kernel_who who;
	int32_t id;                     /* a descriptor, or the number of a timer */
	uint64_t word;
};

struct kernel {
	int32_t *epolls;                /* descriptors */
	size_t epolls_length, epolls_room;
	struct kernel_word *words;
	size_t length, room;
};

/* On a zeroed struct; kernel_free ends it, after a failure too.  Finds out which
 * descriptors are epoll's: takes a while for a process that has many, so it is asked
 * while it runs. 0 or -ENOMEM. */
int kernel_find(struct kernel *kernel, int32_t pid);
/* Adds what these, and the timers, have now.  What is not there any more, and a kernel
 * that says nothing of it, have nothing.  0 or -ENOMEM. */
int kernel_read(struct kernel *kernel, int32_t pid);
void kernel_free(struct kernel *kernel);

#endif
