/* SPDX-License-Identifier: MIT */
/*
 * Pages that were executable stay so meanwhile, since other threads may be running in
 * them.
 */
#include "tracer/preload/behind/patch.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>

#include "tracer/preload/base/sys.h"
#include "tracer/ground/shared/page.h"

struct span {
	uintptr_t low, high;            /* whole pages */
};

static struct span span_of(const struct patch *list, unsigned count)
{
	struct span span = {UINTPTR_MAX, 0};

	for (unsigned i = 0; i < count; i++) {
		uintptr_t at = (uintptr_t)list[i].word;

		span.low = at < span.low ? at : span.low;
		span.high = at > span.high ? at : span.high;
	}
	span.low = page_begin(span.low);
	span.high = page_end(span.high + 1);
	return span;
}

static int protect(struct span span, int protection)
{
	return (int)sys_call3(SYS_mprotect, (long)span.low, (long)(span.high - span.low),
			      protection);
}

static int exchange(const struct patch *list, unsigned count, int protection, bool back)
{
	struct span span = span_of(list, count);
	int r = count ? protect(span, protection | PROT_WRITE) : 0;

	if (r < 0)
		return r;
	for (unsigned i = 0; i < count; i++) {
		uint64_t expected = back ? list[i].is : list[i].was;

		atomic_compare_exchange_strong(list[i].word, &expected,
					       back ? list[i].was : list[i].is);
	}
	if (count && !(protection & PROT_WRITE))
		protect(span, protection);
	return 0;
}

int patch_put(const struct patch *list, unsigned count, int protection)
{
	return exchange(list, count, protection, false);
}

int patch_take_back(const struct patch *list, unsigned count, int protection)
{
	return exchange(list, count, protection, true);
}
