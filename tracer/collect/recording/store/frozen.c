/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/recording/store/frozen.h"

#include <stdlib.h>

static void *freeze_ahead(void *user)
{
	struct frozen *frozen = user;

	frozen->freeze(frozen->user, frozen->all, frozen->length);
	return NULL;
}

void frozen_ahead(struct frozen *frozen)
{
	frozen->ahead = pthread_create(&frozen->thread, NULL, freeze_ahead, frozen) == 0;
	if (frozen->ahead)
		pthread_setname_np(frozen->thread, "freeze");
}

static bool frozen_join(struct frozen *frozen)
{
	bool was = frozen->ahead;

	if (was)
		pthread_join(frozen->thread, NULL);
	frozen->ahead = false;
	return was;
}

void frozen_drop(struct frozen *frozen)
{
	bool any = frozen_join(frozen);

	for (unsigned i = 0; any && i < 2; i++) {
		for (size_t n = 0; n < frozen->length[i]; n++)
			snapshot_release(frozen->all[i][n]);
		free(frozen->all[i]);
	}
}

void frozen_take(struct frozen *frozen)
{
	if (!frozen_join(frozen))
		freeze_ahead(frozen);
}
