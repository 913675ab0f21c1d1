/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A controlling terminal that has gone is told from one that is there, and from none. */
#include <pty.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "tracer/collect/target/keeper.h"

/* In the leader's child: says what it sees while the leader lives, and after. */
static _Noreturn void look(int said, int leader_lives)
{
	struct keeper keeper = {.terminal = true};
	char seen[2], byte;

	signal(SIGHUP, SIG_IGN);
	alarm(60);                      /* or it would look for ever */
	seen[0] = keeper_hung_up(&keeper) ? 'y' : 'n';
	if (write(said, seen, 1) != 1 || read(leader_lives, &byte, 1) != 0)
		_exit(1);
	/* The leader's files are closed a little before its terminal is given up. */
	while (!keeper_hung_up(&keeper))
		sched_yield();
	_exit(write(said, "y", 1) == 1 ? 0 : 1);
}

static _Noreturn void lead(int slave, int said, int go)
{
	int lives[2];
	char byte;

	if (setsid() < 0 || ioctl(slave, TIOCSCTTY, 0) != 0 || pipe(lives) != 0)
		_exit(1);
	pid_t child = fork();
	if (child == 0) {
		close(lives[1]);
		look(said, lives[0]);
	}
	close(said);
	_exit(read(go, &byte, 1) == 1 ? 0 : 1);
}

static void the_leader_takes_it_along(void **state)
{
	int master, slave, said[2], go[2];
	char seen = 0;

	(void)state;
	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	assert_int_equal(pipe(said), 0);
	assert_int_equal(pipe(go), 0);
	pid_t leader = fork();
	if (leader == 0)
		lead(slave, said[1], go[0]);
	close(said[1]);
	assert_int_equal(read(said[0], &seen, 1), 1);
	assert_int_equal(seen, 'n');
	assert_int_equal(write(go[1], "g", 1), 1);
	assert_int_equal(waitpid(leader, NULL, 0), leader);
	assert_int_equal(read(said[0], &seen, 1), 1);
	assert_int_equal(seen, 'y');
	close(master);
	close(slave);
	close(said[0]);
	close(go[0]);
	close(go[1]);
}

static void where_none_was_none_has_gone(void **state)
{
	const struct keeper keeper = {.terminal = false};

	(void)state;
	assert_false(keeper_hung_up(&keeper));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_leader_takes_it_along),
		cmocka_unit_test(where_none_was_none_has_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
