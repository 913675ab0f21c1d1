/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One job at a time for each array.  The kernel is asked for one large page after the other
 * and not for all at once, as its lock on the address space is held meanwhile. */
#include "tracer/ground/threads/prefault.h"
#include "tracer/ground/shared/older.h"
#include "tracer/ground/shared/page.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define STEP ((uintptr_t)2 << 20)

struct prefault_job {
	struct job job;
	uintptr_t from, to;
	_Atomic bool ended;             /* its owner waits for it, and so it is not `unwanted` */
};

static void find_pages(struct job *job)
{
	const struct prefault_job *of = (struct prefault_job *)job;

	for (uintptr_t at = of->from, end; at < of->to && !atomic_load(&of->ended); at = end) {
		end = (at / STEP + 1) * STEP;
		if (end > of->to)
			end = of->to;
		/* A kernel older than 5.14 refuses. */
		if (madvise((void *)at, end - at, MADV_POPULATE_WRITE))
			return;
	}
}

static void free_job(struct job *job) { free(job); }

bool prefault_ask(struct prefault *prefault, void *from, void *to)
{
	if (!prefault->worker || (prefault->job && !worker_done(prefault->worker, &prefault->job->job)))
		return false;
	prefault_end(prefault);
	struct prefault_job *job = malloc(sizeof(*job));

	if (!job)
		return false;
	*job = (struct prefault_job){ .job = { .run = find_pages, .free = free_job },
				      .from = page_begin((uintptr_t)from),
				      .to = page_end((uintptr_t)to) };
	if (worker_offer(prefault->worker, &job->job))
		prefault->job = job;
	else
		free(job);
	return prefault->job;
}

void prefault_end(struct prefault *prefault)
{
	if (!prefault->job)
		return;
	atomic_store(&prefault->job->ended, true);
	/* It may stand behind those of other arrays, for which nobody here waits. */
	if (!worker_withdraw(prefault->worker, &prefault->job->job))
		worker_take(prefault->worker, &prefault->job->job);
	free(prefault->job);
	prefault->job = NULL;
}
