// SPDX-License-Identifier: GPL-3.0-or-later
// Exceptions that leave operator new, thrown by it and by a new handler, through
// thirty frames; and a new handler that leaves by longjmp.
#include <csetjmp>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <stdexcept>
#include "tests/preload/workers/expect.h"

static const int frames = 30;
static tally after = {"after_throw", 0, 0, 0, 0};
static tally grown = {"grown_after_throw", 0, 0, 0, 0};
static jmp_buf out;

extern "C" OWN void after_throw(size_t size)
{
	void *p = operator new(size);

	KEEP(p);
	tally_add(&after, size);
}

static void *hidden(void *block);

// The first event after a jump out of a hook may have no block of its own.
extern "C" OWN void grown_after_throw(size_t size)
{
	void *p = std::realloc(hidden(nullptr), size);

	KEEP(p);
	tally_add(&grown, size);
}

// Compilers leave out pairs of new and delete whose block nobody sees.
static void *hidden(void *block)
{
	asm volatile("" : "+r"(block));
	return block;
}

struct witness {
	~witness()
	{
		after_throw(7);
	}
};

OWN static void dive(int depth)
{
	witness w;
	volatile size_t huge = PTRDIFF_MAX;

	if (depth)
		dive(depth - 1);
	else
		operator delete(hidden(operator new(huge)));
}

static void throwing_handler() { throw std::bad_alloc(); }
static void jumping_handler() { std::longjmp(out, 1); }

template <typename exception> static void expect_throw()
{
	bool caught = false;

	try {
		dive(frames);
	} catch (const exception &) {
		after_throw(100);
		caught = true;
	}
	MUST(caught);
}

OWN static void throws()
{
	volatile size_t huge = PTRDIFF_MAX;

	expect_throw<std::bad_alloc>();
	std::set_new_handler(throwing_handler);
	expect_throw<std::bad_alloc>();
	MUST(!operator new(huge, std::nothrow));
}

OWN static void jumps()
{
	volatile size_t huge = PTRDIFF_MAX;

	std::set_new_handler(jumping_handler);
	if (setjmp(out) == 0)
		operator delete(hidden(operator new(huge)));
	grown_after_throw(9);
	after_throw(11);
	if (setjmp(out) == 0)
		operator delete[](hidden(operator new[](huge)));
	std::set_new_handler(nullptr);
	after_throw(13);
}

int main()
{
	for (int i = 0; i < 50; i++) {
		throws();
		jumps();
	}
	tally_print(&after);
	tally_print(&grown);
	return 0;
}
