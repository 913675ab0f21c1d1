/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of truth, C++'s part: containers, shared pointers, strings.  Words and ways
 * to call it as kinds.c has them. */
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <random>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <unordered_map>
#include <vector>

namespace {

constexpr unsigned per_second = 40;
std::minstd_rand chance;

unsigned draw(unsigned below)
{
	return static_cast<unsigned>(chance()) % below;
}

struct peer {
	std::shared_ptr<peer> other;
	char state[80] = {};
};

/* Two that hold each other are never freed. */
void pointer_cycle(unsigned)
{
	auto one = std::make_shared<peer>();

	one->other = std::make_shared<peer>();
	one->other->other = one;
}

struct shape {                          /* its destructor should be virtual */
	int kind = 0;
};

struct polygon : shape {
	std::vector<double> points;
	polygon() : points(20 + draw(20)) {}
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdelete-non-virtual-dtor"
void base_deleted(unsigned)
{
	shape *made = new polygon;

	delete made;
}
#pragma GCC diagnostic pop

void map_of_sessions(unsigned turn)
{
	static std::map<unsigned, std::string> sessions;

	sessions[turn] = std::string(150 + draw(100), 'x');
	if (turn >= 6 * per_second)
		sessions.erase(turn - 6 * per_second);
}

void map_of_users(unsigned turn)
{
	static std::unordered_map<unsigned, std::string> users;

	for (unsigned i = 0; i < 3; i++)
		users[turn * 3 + i] = std::string(60, 'x');
}

void vector_of_samples(unsigned turn)
{
	static std::vector<double> samples;

	for (unsigned i = 0; i < 30; i++)
		samples.push_back(turn);
}

void deque_of_jobs(unsigned)
{
	static std::deque<std::unique_ptr<char[]>> jobs;

	for (unsigned i = 0; i < 4; i++) {
		jobs.emplace_back(new char[200 + draw(200)]);
		if (jobs.size() > 2000)
			jobs.pop_front();
	}
}

void list_and_map_lru(unsigned)
{
	static std::list<std::pair<unsigned, std::string>> order;
	static std::unordered_map<unsigned, decltype(order)::iterator> index;

	for (unsigned i = 0; i < 4; i++) {
		unsigned key = draw(4000);
		auto found = index.find(key);

		if (found != index.end()) {
			order.splice(order.begin(), order, found->second);
			continue;
		}
		order.emplace_front(key, std::string(150, 'x'));
		index[key] = order.begin();
		if (order.size() > 1200) {
			index.erase(order.back().first);
			order.pop_back();
		}
	}
}

void text_of_a_log(unsigned turn)
{
	static std::string text;

	text += "a line of the log, of a request that was answered\n";
	if (turn % (7 * per_second) == 0)
		std::string().swap(text);
}

struct life {
	const char *name;
	void (*turn)(unsigned);
	const char *truth, *words, *does;
};

const life lives[] = {
	{ "pointer_cycle", pointer_cycle, "leak", "leaking", "shared_ptr that hold each other" },
	{ "polygon::polygon", base_deleted, "leak", "leaking", "a destructor that is not virtual" },
	{ "map_of_users", map_of_users, "leak", "leaking", "an unordered_map that nobody prunes" },
	{ "map_of_sessions", map_of_sessions, "other", "turnover", "a map, erased after 6 s" },
	{ "vector_of_samples", vector_of_samples, "other", "one container that grows",
	  "a vector, push_back alone" },
	{ "deque_of_jobs", deque_of_jobs, "other", "turnover", "a deque of the last 2,000" },
	{ "list_and_map_lru", list_and_map_lru, "other", "turnover,settled", "LRU of 1,200 strings" },
	{ "text_of_a_log", text_of_a_log, "other", "settled,sawtooth,too short",
	  "a string, given away each 7 s" },
};

void requests()
{
	std::map<unsigned, std::string> headers;

	for (unsigned i = 0; i < 4; i++)
		headers[i] = std::string(20 + draw(80), 'x');
}

int live(const life &life, unsigned turns)
{
	auto start = std::chrono::steady_clock::now();

	for (unsigned turn = 0; turn < turns; turn++) {
		std::this_thread::sleep_until(
			start + std::chrono::milliseconds(1000 * turn / per_second));
		life.turn(turn);
		requests();
	}
	return 0;
}

int start_all(char **argv)
{
	int status = 0, failed = 0;

	for (const auto &life : lives) {
		char *words[] = { argv[0], argv[1], const_cast<char *>("--be"),
				  const_cast<char *>(life.name), nullptr };
		pid_t pid;

		failed |= posix_spawn(&pid, argv[0], nullptr, nullptr, words, environ);
	}
	while (wait(&status) > 0)
		failed |= status;
	return failed != 0;
}

} // namespace

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--list")) {
		for (const auto &life : lives)
			printf("%s\t%s\t%s\t%s\t%s\n", life.name, life.name, life.truth,
			       life.words, life.does);
		return 0;
	}
	for (const auto &life : lives)
		if (argc == 4 && !strcmp(life.name, argv[3]))
			return live(life, static_cast<unsigned>(atof(argv[1]) * per_second));
	return argc == 2 ? start_all(argv) : 2;
}
