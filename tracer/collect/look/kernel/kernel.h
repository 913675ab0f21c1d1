/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TRACER_COLLECT_LOOK_KERNEL_KERNEL_H
#define TRACER_COLLECT_LOOK_KERNEL_KERNEL_H
/*
 * Pointers of a process that the kernel alone may hold: the data of epoll's events, and
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
	int32_t *epolls;                /* descriptors of epoll instances */
	size_t epolls_length, epolls_room;
	struct kernel_word *words;
	size_t length, room;
};

/* On a zeroed struct; call kernel_free in the end, after a failure too.  Finds the
 * descriptors of epoll instances.  For a process with many descriptors that takes a
 * while, so do it while the process runs.  0 or -ENOMEM. */
int kernel_find(struct kernel *kernel, int32_t pid);
/* Adds the values that these and the timers have now.  Where one is gone, or the kernel
 * does not tell, nothing is added.  0 or -ENOMEM. */
int kernel_read(struct kernel *kernel, int32_t pid);
void kernel_free(struct kernel *kernel);

#endif
