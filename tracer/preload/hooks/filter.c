/* SPDX-License-Identifier: MIT */
/*
 * Most filters forbid a few calls, or allow many: the tracer can go on under them.  So
 * the filter is asked before the kernel has it, as the kernel will ask it: by running
 * its program (shared/bpf.h) on each call of the list (shared/needs.def).  A call that
 * merely fails is no harm, but for those that must not.
 */
#include "tracer/preload/hooks/filter.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include "tracer/ground/shared/bpf.h"
#include "tracer/machine/machine.h"
#include "tracer/preload/unwind/bounds.h"
#include "tracer/preload/base/sys.h"

/* ---- what the tracer does ---------------------------------------------- */

static const struct need {
	int number;
	bool must;                      /* not even fail */
	uint64_t args[6];
} needs[] = {
#define NEED(name, must, ...) {SYS_##name, must, {__VA_ARGS__}},
#define NEED_ASLEEP(...)
#include "tracer/ground/shared/needs.def"
};

static const struct need standby_needs[] = {
#define NEED(...)
#define NEED_ASLEEP(name, must, ...) {SYS_##name, must, {__VA_ARGS__}},
#include "tracer/ground/shared/needs.def"
};

static bool lets_pass(const struct sock_fprog *program, const struct need *need)
{
	struct seccomp_data call = {
		.nr = need->number,
		.arch = MACHINE_AUDIT,
		.instruction_pointer = (uintptr_t)filter_harms,
	};
	uint32_t answer;

	memcpy(call.args, need->args, sizeof(call.args));
	answer = bpf_run(program->filter, program->len, &call) & SECCOMP_RET_ACTION_FULL;
	return answer == SECCOMP_RET_ALLOW || answer == SECCOMP_RET_LOG ||
	       (answer == SECCOMP_RET_ERRNO && !need->must);
}

static bool lets_all(const struct sock_fprog *program, const struct need *list, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!lets_pass(program, &list[i]))
			return false;
	return true;
}

static bool can_be_read(const void *start, uint64_t bytes)
{
	uintptr_t at = (uintptr_t)start & ~UINT64_C(7);

	for (; at < (uintptr_t)start + bytes; at = page_end(at + 1))
		if (!bounds_readable(at))
			return false;
	return true;
}

bool filter_harms(const struct sock_fprog *program, bool sleeps)
{
	if (!can_be_read(program, sizeof(*program)) ||
	    !can_be_read(program->filter, program->len * sizeof(*program->filter)))
		return false;
	return !lets_all(program, needs, sizeof(needs) / sizeof(*needs)) ||
	       (sleeps &&
		!lets_all(program, standby_needs, sizeof(standby_needs) / sizeof(*standby_needs)));
}
