// SPDX-License-Identifier: GPL-3.0-or-later
// C++ containers made, changed and dropped at depths of 25 to 30: churn [ROUNDS].
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

std::uint64_t seed = 1;
std::map<std::string, std::vector<std::string>> kept;

std::uint32_t next_random()
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return static_cast<std::uint32_t>(seed >> 33);
}

std::string name(std::uint32_t number)
{
	return "a name that is too long to be short: " + std::to_string(number);
}

__attribute__((noinline)) void work(std::uint32_t r)
{
	std::unordered_map<std::uint32_t, std::string> index;
	std::vector<std::string> list;

	for (std::uint32_t i = 0; i < 12; i++) {
		index[r * 31 + i] = name(r + i);
		list.push_back(name(i));
	}
	kept[name(r % 997)] = std::move(list);
	if (kept.size() > 500)
		kept.erase(kept.begin());
}

template <unsigned Level> struct Layer {
	__attribute__((noinline)) static void call(std::uint32_t r)
	{
		if (r >> Level & 1)
			Layer<Level - 1>::call(r);
		else
			Layer<Level - 1>::call(r + 1);
		__asm__ volatile("" ::: "memory");
	}
};

template <> struct Layer<0> {
	static void call(std::uint32_t r) { work(r); }
};

}

int main(int argc, char *argv[])
{
	long rounds = argc > 1 ? std::atol(argv[1]) : 300000;

	for (; rounds > 0; rounds--) {
		std::uint32_t r = next_random();

		// Sixty-four paths above the containers' own frames.
		if (r & 1)
			Layer<20>::call(r & 0x7e000f);
		else
			Layer<23>::call(r & 0x7e000f);
	}
}
