/* SPDX-License-Identifier: MIT */
#include "tracer/preload/base/identity.h"

#include <stdbool.h>
#include <sys/prctl.h>

#include "tracer/machine/machine.h"
#include "tracer/preload/base/sys.h"

static struct {
	bool has_tid;
	char name[16];
} identity;

static const int32_t *tid_word(void)
{
	/* The word is checked before it is used (identity_keep). */
	return (const int32_t *)(machine_thread() + MACHINE_TID_AT);
}

void identity_keep(void)
{
	identity.has_tid = *tid_word() == (int32_t)sys_call3(SYS_gettid, 0, 0, 0);
	sys_call3(SYS_prctl, PR_GET_NAME, (long)identity.name, 0);
}

int32_t identity_tid(void) { return identity.has_tid ? *tid_word() : 0; }

const char *identity_name(void) { return identity.name; }
