/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/recording/store/frozen.h"

#include <stdlib.h>

#define MANY_ROWS 512u                  /* writing them takes longer than to start a thread */

static bool has_many_rows(const struct frozen *frozen)
{
	for (size_t i = 0; i < frozen->length; i++)
		if (frozen->all[i]->rows_length >= MANY_ROWS)
			return true;
	return false;
}

static void *freeze_ahead(void *user)
{
	struct frozen *frozen = user;

	frozen->all = frozen->freeze(frozen->user, frozen->kind, &frozen->length);
	if (frozen->next && has_many_rows(frozen))
		frozen_ahead(frozen->next);
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
	if (!frozen_join(frozen))
		return;
	for (size_t i = 0; i < frozen->length; i++)
		snapshot_release(frozen->all[i]);
	free(frozen->all);
	if (frozen->next)
		frozen_drop(frozen->next);
}

void frozen_take(struct frozen *frozen)
{
	if (!frozen_join(frozen))
		freeze_ahead(frozen);
}
