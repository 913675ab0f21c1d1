/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/look/own_memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include "tracer/ground/array.h"
#include "tracer/wire/own.h"

#define LISTS 256u                      /* most lists that are read: 65,280 places */
#define FLAGS (WIRE_OWN_STAYS | WIRE_OWN_WRITING)

static int add_range(struct own_memory *own, uint64_t start, uint64_t end)
{
	if (start & WIRE_OWN_WRITING || !(start & ~FLAGS) || (start & ~FLAGS) >= end)
		return 0;
	if (!array_grow(&own->of, &own->room, own->length + 1, sizeof(*own->of)))
		return -ENOMEM;
	own->of[own->length++] = (struct look_range){ start & ~FLAGS, end };
	return 0;
}

int own_memory_read(struct own_memory *own, int32_t tid, uint64_t list)
{
	uint64_t words[sizeof(struct wire_own) / sizeof(uint64_t)];
	int error = 0;

	for (unsigned n = 0; list && !error && n < LISTS; n++) {
		struct iovec local = { words, sizeof(words) };
		struct iovec remote = { (void *)(uintptr_t)list, sizeof(words) };

		ssize_t got = process_vm_readv(tid, &local, 1, &remote, 1, 0);

		if (got < 0 && errno == ESRCH)
			return -ESRCH;
		if (got != (ssize_t)sizeof(words))
			break;
		for (size_t i = 0; !error && i < WIRE_OWN_PLACES; i++)
			error = add_range(own, words[2 * i], words[2 * i + 1]);
		list = words[2 * (size_t)WIRE_OWN_PLACES];
	}
	return error;
}

void own_memory_free(struct own_memory *own)
{
	free(own->of);
	*own = (struct own_memory){ 0 };
}
