// SPDX-License-Identifier: GPL-3.0-or-later
// Every operator new and delete there is; sizes are what new was asked for.
#include <cstddef>
#include <new>
#include "tests/preload/workers/expect.h"

static tally all = {"every_operator", 0, 0, 0, 0}, kept = {"kept_operator", 0, 0, 0, 0};

static void *added(tally *t, void *p, size_t size)
{
	KEEP(p);
	tally_add(t, size);
	return p;
}

extern "C" OWN void every_operator(size_t size)
{
	constexpr std::align_val_t wide{64};
	void *p;

	operator delete(added(&all, operator new(size), size));
	operator delete[](added(&all, operator new[](size), size));
	operator delete(added(&all, operator new(size), size), size);
	operator delete[](added(&all, operator new[](size), size), size);
	operator delete(added(&all, operator new(size, std::nothrow), size), std::nothrow);
	operator delete[](added(&all, operator new[](size, std::nothrow), size), std::nothrow);
	operator delete(added(&all, operator new(size, wide), size), wide);
	operator delete[](added(&all, operator new[](size, wide), size), wide);
	operator delete(added(&all, operator new(size, wide), size), size, wide);
	operator delete[](added(&all, operator new[](size, wide), size), size, wide);
	p = added(&all, operator new(size, wide, std::nothrow), size);
	operator delete(p, wide, std::nothrow);
	p = added(&all, operator new[](size, wide, std::nothrow), size);
	operator delete[](p, wide, std::nothrow);
	for (int i = 0; i < 12; i++)
		tally_end(&all, size);
}

extern "C" OWN void kept_operator(size_t size)
{
	constexpr std::align_val_t wide{128};

	added(&kept, operator new(size), size);
	added(&kept, operator new[](size), size);
	added(&kept, operator new(size, wide), size);
	added(&kept, operator new[](size, std::nothrow), size);
}

int main()
{
	for (size_t size = 0; size < 300; size++) {
		every_operator(size);
		kept_operator(size);
	}
	tally_print(&all);
	tally_print(&kept);
	return 0;
}
