/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the kernel alone has a pointer to is held: data of epoll's events, values of timers. */
#include "tests/unit/look/looked_at.h"

#include <sys/epoll.h>
#include <time.h>

static void part_kernel(void)
{
	static struct epoll_event event = { .events = EPOLLIN };
	static struct sigevent notify = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	static const struct itimerspec never = { { 0, 0 }, { 1 << 20, 0 } };
	int epoll = epoll_create1(EPOLL_CLOEXEC), pipes[2];
	timer_t timer;

	if (epoll < 0 || pipe(pipes) != 0)
		give_up("epoll_create1, pipe");
	for (unsigned i = 0; i < 2; i++) {
		put(&event.data.u64, i + 1);
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, pipes[i], &event) != 0)
			give_up("epoll_ctl");
	}
	event.data.u64 = 0;
	point_from_block(2, 3);
	put(&notify.sigev_value.sival_ptr, 4);
	/* EAGAIN: others of the same user have as many signals and timers waiting as there may
	 * be. */
	while (timer_create(CLOCK_MONOTONIC, &notify, &timer) != 0)
		if (errno != EAGAIN)
			give_up("timer_create");
	if (timer_settime(timer, 0, &never, NULL) != 0)
		give_up("timer_settime");
	notify.sigev_value.sival_ptr = NULL;
	epoll_ctl(epoll, EPOLL_CTL_DEL, pipes[0], NULL);
}

static bool kernel_says(void)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/timers", (int)child);
	return access(path, R_OK) == 0;
}

static void test_what_the_kernel_alone_has_is_held(void **state)
{
	(void)state;
	begin(part_kernel);
	look();
	assert_int_equal(states[1], GRAPH_GARBAGE);
	assert_int_equal(states[2], GRAPH_REACHABLE);
	assert_int_equal(states[3], GRAPH_REACHABLE);
	assert_int_equal(strncmp(names[3], "epoll data of descriptor ", 25), 0);
	if (kernel_says()) {
		assert_int_equal(states[4], GRAPH_REACHABLE);
		assert_string_equal(names[4], "timer 0");
	}
	assert_int_equal(states[5], GRAPH_GARBAGE);
	answers();
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_the_kernel_alone_has_is_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
