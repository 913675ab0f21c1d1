/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No thread is made to call anything here: a look copies the process while it stands. */
#include "tracer/collect/look/inject.h"

#include <errno.h>

bool inject_knows(int32_t tid, uint64_t call)
{
	(void)tid, (void)call;
	return false;
}

bool inject_can(const struct stop_thread *thread, int32_t pid)
{
	(void)thread, (void)pid;
	return false;
}

int inject_make(struct stop_thread *thread, uint64_t code, struct inject_call *call)
{
	(void)thread, (void)code, (void)call;
	return -ENOSYS;
}

int inject_last(int32_t tid, uint64_t code, struct inject_call *call)
{
	(void)tid, (void)code, (void)call;
	return -ENOSYS;
}
