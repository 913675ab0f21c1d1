// SPDX-License-Identifier: GPL-3.0-or-later
// With a reader that stands still: the first thread fills its ring, and the second, which
// gets none any more, makes and ends ROUNDS blocks: ringless new|nothrow|aligned
#include <cstdlib>
#include <cstring>
#include <new>
#include <pthread.h>
#include "tests/preload/workers/expect.h"

static const int filling = 10000, rounds = 1000;

static void *hidden(void *block)
{
	asm volatile("" : "+r"(block));
	return block;
}

static void round(const char *how)
{
	if (!std::strcmp(how, "new"))
		operator delete[](hidden(operator new[](100)));
	else if (!std::strcmp(how, "nothrow"))
		operator delete(hidden(operator new(100, std::nothrow)), std::nothrow);
	else
		operator delete(hidden(operator new(100, std::align_val_t(64))),
				std::align_val_t(64));
}

static void *run(void *how)
{
	for (int i = 0; i < rounds; i++)
		round(static_cast<const char *>(how));
	return nullptr;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	MUST(argc == 2);
	for (int i = 0; i < filling; i++)
		std::free(hidden(std::malloc(50)));
	MUST(pthread_create(&thread, nullptr, run, argv[1]) == 0);
	pthread_join(thread, nullptr);
	return 0;
}
