// SPDX-License-Identifier: GPL-3.0-or-later
// What frames.c opens: exceptions through frames with and without something to clean up,
// rethrown ones, virtual functions, lambdas, objects with constructors and destructors in the
// library, and coroutines where the compiler has them.
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>
#ifdef __cpp_impl_coroutine
#include <coroutine>
#include <exception>
#define COROUTINES 1
#endif
#define OWN __attribute__((noinline))

struct Error {
	std::string text;
	explicit Error(std::string t) : text(std::move(t)) {}
};
struct Guard {
	std::unique_ptr<int[]> held{new int[7]};
	~Guard() { std::string last(50, 'x'); }
};
struct Shape {
	virtual ~Shape() = default;
	virtual std::size_t area(int n) = 0;
};
struct Square : Shape {
	std::vector<int> side;
	OWN std::size_t area(int n) override
	{
		side.assign(static_cast<std::size_t>(n), 3);
		return side.size() * side.size();
	}
};
static std::map<std::string, std::vector<int>> made_at_start = {{"one", {1, 2, 3}}, {"two", {4}}};

static OWN int deep(int n)
{
	Guard guard;

	if (n == 0)
		throw Error(std::string(100, 'e'));
	return deep(n - 1) + guard.held[0];
}

static OWN void again(int n)
{
	try {
		deep(n);
	} catch (const Error &error) {
		std::string copy = error.text + "!";
		throw;
	}
}

static OWN std::size_t by_function(const std::function<std::size_t(int)> &f, int n) { return f(n); }

#ifdef COROUTINES
struct Numbers {
	struct promise_type {
		int value = 0;
		Numbers get_return_object()
		{
			return {std::coroutine_handle<promise_type>::from_promise(*this)};
		}
		std::suspend_always initial_suspend() { return {}; }
		std::suspend_always final_suspend() noexcept { return {}; }
		std::suspend_always yield_value(int v) { value = v; return {}; }
		void return_void() {}
		void unhandled_exception() { std::terminate(); }
	};
	std::coroutine_handle<promise_type> handle;
	~Numbers() { handle.destroy(); }
};
static Numbers count(int n)
{
	std::vector<std::string> kept;

	for (int i = 0; i < n; i++) {
		kept.push_back(std::string(40, 'c'));
		co_yield static_cast<int>(kept.size());
	}
}
#endif

extern "C" void frames_run(void);
extern "C" void frames_run(void)
{
	std::size_t sum = made_at_start.size();

	for (int n = 0; n < 5; n++) {
		try {
			again(n);
		} catch (const Error &error) {
			sum += error.text.size();
		}
		std::unique_ptr<Shape> shape(new Square);
		sum += shape->area(n + 1);
		std::vector<std::string> words(20, std::string(30, 'w'));
		sum += by_function([&words](int k) {
			std::sort(words.begin(), words.end(), [](const auto &a, const auto &b) {
				return std::string(a + b).size() < b.size(); });
			return words.size() + static_cast<std::size_t>(k);
		}, n);
#ifdef COROUTINES
		Numbers numbers = count(n);
		for (numbers.handle.resume(); !numbers.handle.done(); numbers.handle.resume())
			sum += static_cast<std::size_t>(numbers.handle.promise().value);
#endif
	}
	made_at_start["sum"] = {static_cast<int>(sum)};
}
