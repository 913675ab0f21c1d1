// SPDX-License-Identifier: GPL-3.0-or-later
// What a new handler allocates while operator new finds no memory is the program's own, like
// the block that is found after it.
#include <cstddef>
#include <new>
#include <sys/resource.h>
#include "tests/preload/workers/expect.h"

static constexpr size_t MUCH = size_t{1} << 50, SOME = size_t{64} << 20;
static constexpr std::align_val_t wide{64};
static tally handled = {"new_handler", 0, 0, 0, 0};
static int tries;

extern "C" OWN void new_handler()
{
	char *p = new char[333];

	KEEP(p);
	tally_add(&handled, 333);
	p = new (wide) char[77];
	KEEP(p);
	tally_add(&handled, 77);
	if (--tries <= 0)
		std::set_new_handler(nullptr);
}

static void expect_handler(int times)
{
	tries = times;
	std::set_new_handler(new_handler);
}

static void fail_throwing(int times)
{
	bool thrown = false;

	expect_handler(times);
	try {
		void *block = operator new(MUCH);

		KEEP(block);            // else a compiler may leave out both calls
		operator delete(block);
	} catch (std::bad_alloc &) {
		thrown = true;
	}
	MUST(thrown);
	expect_handler(times);
	try {
		void *block = operator new[](MUCH, wide);

		KEEP(block);
		operator delete[](block, wide);
		thrown = false;
	} catch (std::bad_alloc &) {
	}
	MUST(thrown);
}

static void fail_quietly(int times)
{
	expect_handler(times);
	MUST(!operator new(MUCH, std::nothrow));
	expect_handler(times);
	MUST(!operator new[](MUCH, std::nothrow));
	expect_handler(times);
	MUST(!operator new(MUCH, wide, std::nothrow));
}

static rlim_t limit_to(rlim_t bytes)
{
	struct rlimit limit;

	MUST(getrlimit(RLIMIT_AS, &limit) == 0);
	rlim_t before = limit.rlim_cur;
	limit.rlim_cur = bytes;
	MUST(setrlimit(RLIMIT_AS, &limit) == 0);
	return before;
}

static rlim_t before;

static void lift_limit()
{
	limit_to(before);
	std::set_new_handler(nullptr);
}

static void find_memory()
{
	std::set_new_handler(lift_limit);
	before = limit_to(SOME / 2);
	void *p = operator new(SOME);
	KEEP(p);
	std::set_new_handler(lift_limit);
	before = limit_to(SOME / 2);
	p = operator new[](SOME, wide, std::nothrow);
	KEEP(p);
	MUST(p);
}

int main()
{
	for (int times = 1; times < 4; times++) {
		fail_throwing(times);
		fail_quietly(times);
	}
	find_memory();
	tally_print(&handled);
	return 0;
}
