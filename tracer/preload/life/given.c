/* SPDX-License-Identifier: MIT */
/*
 * mallinfo2 counts in size_t.  Before glibc 2.33 there is only mallinfo, whose int fields
 * keep the low 32 bits; these are the whole count if the process's private memory, in
 * which all that malloc gives out lies, is smaller than that.
 */
#include "tracer/preload/life/given.h"

#include <malloc.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/auxv.h>

#include "tracer/preload/base/sys.h"
#include "tracer/preload/behind/real.h"

#if !__GLIBC_PREREQ(2, 33)              /* malloc.h does not name it yet */
struct mallinfo2 {
	size_t arena, ordblks, smblks, hblks, hblkhd;
	size_t usmblks, fsmblks, uordblks, fordblks, keepcost;
};
#endif

static struct {
	struct mallinfo2 (*mallinfo2)(void);
	struct mallinfo (*mallinfo)(void);
} counts;

void given_find(void)
{
	counts.mallinfo2 = (struct mallinfo2(*)(void))real_other("mallinfo2");
	if (!counts.mallinfo2)
		counts.mallinfo = (struct mallinfo(*)(void))real_other("mallinfo");
}

/* The data field of a /proc/PID/statm: the sixth of seven numbers, in pages.  UINT64_MAX:
 * none. */
static uint64_t data_pages(const char *statm)
{
	uint64_t pages = 0;

	for (int field = 0; field < 5; statm++) {
		if (!*statm)
			return UINT64_MAX;
		field += *statm == ' ';
	}
	if (*statm < '0' || *statm > '9')
		return UINT64_MAX;
	while (*statm >= '0' && *statm <= '9')
		pages = pages * 10 + (uint64_t)(*statm++ - '0');
	return pages;
}

/* Whether all private writable memory of this process is smaller than 4 GiB. */
static bool is_small(void)
{
	char statm[160];
	long fd = sys_open("/proc/self/statm"), got;

	if (sys_failed(fd))
		return false;
	got = sys_call3(SYS_read, fd, (long)statm, sizeof(statm) - 1);
	sys_call3(SYS_close, fd, 0, 0);
	if (sys_failed(got))
		return false;
	statm[got] = 0;
	return data_pages(statm) < (UINT64_C(1) << 32) / getauxval(AT_PAGESZ);
}

uint64_t given_out(void)
{
	if (counts.mallinfo2) {
		struct mallinfo2 count = counts.mallinfo2();

		return (uint64_t)count.uordblks + count.hblkhd + 1;
	}
	if (counts.mallinfo && is_small()) {
		struct mallinfo count = counts.mallinfo();

		return (uint64_t)(uint32_t)count.uordblks + (uint32_t)count.hblkhd + 1;
	}
	return 0;
}
