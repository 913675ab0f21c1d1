/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The target's hello reaches memtop although memtop hung up on the first tries. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>
#include "tracer/preload/segment/meeting.c"

struct sys_gate sys_gate;               /* open */

static char folder[] = "/tmp/memtop-meeting-XXXXXX", path[64];
static int listener, unheard;           /* calls that it hangs up on */
static int heard;

/* Hangs up on some calls without reading what they say, and declines the next one. */
static void *memtop(void *unused)
{
	struct meet_welcome welcome = { .magic = WIRE_MAGIC, .answer = MEET_DECLINE };
	struct meet_hello hello;
	int fd;

	for (int i = 0; i < unheard; i++)
		close(accept(listener, NULL, NULL));
	fd = accept(listener, NULL, NULL);
	if (fd < 0)
		return unused;
	heard += recv(fd, &hello, sizeof(hello), 0) == (ssize_t)sizeof(hello);
	send(fd, &welcome, sizeof(welcome), MSG_NOSIGNAL);
	close(fd);
	return unused;
}

static int no_roll(int fd)
{
	(void)fd;
	return -1;
}

/* What the hello comes to where memtop hangs up so often first. */
static int join(int hangs_up, bool *greeted)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct meet_hello hello = { .kind = MEET_EXEC };
	pthread_t thread;

	heard = 0;
	unheard = hangs_up;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 8), 0);
	assert_int_equal(pthread_create(&thread, NULL, memtop, NULL), 0);
	int r = meeting_join(path, &hello, no_roll, greeted);
	/* Whoever still waits for a call gets none any more. */
	shutdown(listener, SHUT_RDWR);
	pthread_join(thread, NULL);
	close(listener);
	unlink(path);
	return r;
}

static void test_a_hello_is_said_again_when_memtop_hung_up_before_it_read_it(void **state)
{
	bool greeted;

	(void)state;
	for (int times = 0; times <= CALLS_AGAIN; times++) {
		assert_int_equal(join(times, &greeted), -ECONNREFUSED);
		assert_true(greeted);
		assert_int_equal(heard, 1);
	}
}

static void test_who_never_listens_is_given_up(void **state)
{
	bool greeted;
	int r;

	(void)state;
	r = join(CALLS_AGAIN + 1, &greeted);
	assert_true(is_unheard(r));
	assert_int_equal(heard, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_hello_is_said_again_when_memtop_hung_up_before_it_read_it),
		cmocka_unit_test(test_who_never_listens_is_given_up),
	};

	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/meet", folder);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(folder);
	return failed;
}
