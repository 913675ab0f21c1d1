/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/recording/store/frozen.h"

#include <stdlib.h>

static void *freeze_ahead(void *user)
{
	struct frozen *frozen = user;

	frozen->all = frozen->freeze(frozen->user, frozen->kind, &frozen->length);
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
}

void frozen_take(struct frozen *frozen)
{
	if (!frozen_join(frozen))
		freeze_ahead(frozen);
}

size_t frozen_rows(const struct frozen *frozen)
{
	size_t most = 0;

	for (size_t i = 0; i < frozen->length; i++)
		if (frozen->all[i]->rows_length > most)
			most = frozen->all[i]->rows_length;
	return most;
}
