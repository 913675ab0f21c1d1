/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gauges, read from this process itself, whose pages the test knows. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tracer/collect/target/gauges.h"
#include "tracer/ground/threads/worker.h"

#define MIB (1024 * 1024)

/* A memfd of 8 MiB, mapped, of which `touched` bytes are written. */
static char *map_memfd(const char *name, size_t touched)
{
	int fd = memfd_create(name, MFD_CLOEXEC);
	char *bytes;

	assert_int_equal(ftruncate(fd, 8 * MIB), 0);
	bytes = mmap(NULL, 8 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(bytes, MAP_FAILED);
	close(fd);
	madvise(bytes, 8 * MIB, MADV_NOHUGEPAGE);
	memset(bytes, 1, touched);
	return bytes;
}

static void test_parts(void **state)
{
	struct gauges gauges;
	(void)state;

	double began = worker_core_seconds();
	assert_int_equal(gauges_read(getpid(), &gauges), 0);
	/* Only work costs: not the time that passes while others have the core. */
	assert_true(gauges.cost > 0 && gauges.cost <= worker_core_seconds() - began);
	assert_true(gauges.anon > 0 && gauges.file > 0 && gauges.stack > 0);
	assert_true(gauges.anon + gauges.file + gauges.stack <= gauges.rss);
	assert_int_equal(gauges.own, 0);
}

/* Our own segment is subtracted, by what is touched; the target's is not. */
static void test_own_share(void **state)
{
	struct gauges before, after;
	(void)state;

	char *theirs = map_memfd("theirs", 4 * MIB);
	assert_int_equal(gauges_read(getpid(), &before), 0);
	char *ours = map_memfd("memtop", 3 * MIB);
	assert_int_equal(gauges_read(getpid(), &after), 0);
	assert_int_equal(before.own, 0);
	assert_int_equal(after.own, 3 * MIB);
	/* The kernel sums its counters up a little late: not to the byte. */
	assert_true(before.rss >= 4 * MIB);
	assert_in_range(after.rss, before.rss - MIB, before.rss + MIB);
	munmap(theirs, 8 * MIB);
	munmap(ours, 8 * MIB);
}

static void test_gone(void **state)
{
	struct gauges gauges;
	siginfo_t info;
	char name[17];
	(void)state;

	pid_t child = fork();
	if (child == 0)
		_exit(0);
	/* Ended, not reaped: a zombie holds nothing. */
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(gauges_read(child, &gauges), -ESRCH);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(gauges_read(child, &gauges), -ESRCH);
	assert_true(gauges_thread_name(child, child, name) < 0);
	assert_string_equal(name, "");
}

static void test_thread_name(void **state)
{
	char name[17];
	(void)state;

	prctl(PR_SET_NAME, "fifteen letters");
	assert_int_equal(gauges_thread_name(getpid(), getpid(), name), 0);
	assert_string_equal(name, "fifteen letters");
}

static void test_who_was_started_when(void **state)
{
	pid_t child = fork();

	(void)state;
	if (child == 0)
		_exit(0);
	assert_true(child > 0);
	/* A zombie still says when. */
	assert_true(gauges_began(getpid()) > 0);
	assert_true(gauges_began(child) >= gauges_began(getpid()));
	assert_true(gauges_began(getppid()) <= gauges_began(getpid()));
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(gauges_began(child), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_own_share),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_thread_name),
		cmocka_unit_test(test_who_was_started_when),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
