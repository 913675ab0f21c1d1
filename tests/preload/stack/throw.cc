// SPDX-License-Identifier: GPL-3.0-or-later
// C++ frames: destructors that capture while an exception goes through them,
// virtual calls, a handler's own stack.
#include "tests/preload/stack/harness.h"

#include <functional>
#include <stdexcept>

namespace {
struct watcher {
	~watcher() { harness_check("destructor during unwinding", HARNESS_WHOLE); }
};

__attribute__((noinline)) void thrower(int depth)
{
	watcher w;
	if (depth == 0)
		throw std::runtime_error("out");
	thrower(depth - 1);
}

struct base {
	virtual ~base() {}
	virtual void call(const std::function<void()> &f) { f(); }
};
} // namespace

extern "C" void cases_cxx(void)
{
	base b;
	b.call([] { harness_check("std::function", HARNESS_WHOLE); });
	try {
		thrower(5);
	} catch (const std::exception &) {
		harness_check("catch", HARNESS_WHOLE);
	}
}
