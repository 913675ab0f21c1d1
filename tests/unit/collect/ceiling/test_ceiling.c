/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ceilings in made trees of /proc and /sys: which there are, which is the nearest, how
 * much of it is used, and what the OOM killer did. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include "tests/unit/collect/scratch.h"
#include "tracer/collect/ceiling/watch.h"

#define MIB UINT64_C(1048576)
#define PID 77

static struct scratch scratch;

/* Writes a file of the tree, with its folders. */
static void put(const char *name, const char *text)
{
	char folder[256];

	snprintf(folder, sizeof(folder), "%s", name);
	*strrchr(folder, '/') = '\0';
	assert_true(scratch_run(&scratch, "mkdir -p '%s'", folder));
	assert_true(scratch_write(&scratch, name, text));
}

static void put_number(const char *name, uint64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu\n", (unsigned long long)number);
	put(name, text);
}

static const char v2_mount[] =
	"23 1 0:21 / / rw - ext4 /dev/vda rw\n"
	"41 23 0:38 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";

static int set_up(void **state)
{
	(void)state;
	if (!scratch_new(&scratch))
		return -1;
	put("proc/self/mountinfo", v2_mount);
	put("proc/77/cgroup", "0::/pod.slice/box\n");
	put("proc/77/limits",
	    "Limit                     Soft Limit           Hard Limit           Units     \n"
	    "Max data size             unlimited            unlimited            bytes     \n"
	    "Max address space         unlimited            unlimited            bytes     \n");
	put("proc/77/status", "Name:\tworker\nVmPeak:\t  300000 kB\nVmSize:\t  200000 kB\n"
			      "VmRSS:\t 9000 kB\nVmData:\t   50000 kB\n");
	put("proc/meminfo", "MemTotal:        8388608 kB\nMemFree:          100000 kB\n"
			    "MemAvailable:    6291456 kB\n");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	scratch_free(&scratch);
	return 0;
}

static struct ceiling_watch *look(double now, int *alarm, enum ceiling_kind *kind)
{
	static struct ceiling_watch *watch;
	const int32_t pid = PID;

	if (now == 0) {
		ceiling_watch_free(watch);
		watch = ceiling_watch_new(scratch.folder);
		assert_non_null(watch);
	}
	int went = ceiling_watch_look(watch, now, &pid, 1, kind);
	if (alarm)
		*alarm = went;
	return watch;
}

static const struct ceilings *seen(void)
{
	enum ceiling_kind kind;

	return &look(0, NULL, &kind)->ceilings;
}

static void test_the_machine_is_a_ceiling_by_what_is_available(void **state)
{
	const struct ceilings *all = seen();

	(void)state;
	assert_int_equal(all->length, 1);
	assert_int_equal(all->of[0].kind, CEILING_MACHINE);
	assert_int_equal(all->of[0].bytes, 8192 * MIB);
	assert_int_equal(all->of[0].used, 2048 * MIB);
	assert_string_equal(ceiling_name(all->of[0].kind), "machine");
}

/* Of v2 each level is charged with what is below it; what files hold is taken back freely. */
static void test_the_level_with_the_least_left_counts(void **state)
{
	(void)state;
	put_number("sys/fs/cgroup/pod.slice/box/memory.max", 512 * MIB);
	put_number("sys/fs/cgroup/pod.slice/box/memory.current", 300 * MIB);
	put("sys/fs/cgroup/pod.slice/box/memory.stat",
	    "anon 1\nfile 2\ninactive_anon 999999999\ninactive_file 52428800\n"
	    "active_file 31457280\nslab_reclaimable 20971520\nslab_unreclaimable 77\n");
	put("sys/fs/cgroup/pod.slice/box/memory.high", "max\n");
	put_number("sys/fs/cgroup/pod.slice/memory.max", 1024 * MIB);
	put_number("sys/fs/cgroup/pod.slice/memory.current", 900 * MIB);
	const struct ceilings *all = seen();
	assert_int_equal(all->length, 2);
	assert_int_equal(all->of[0].kind, CEILING_MEMORY_MAX);
	assert_int_equal(all->of[0].bytes, 1024 * MIB);
	assert_int_equal(all->of[0].used, 900 * MIB);
	assert_int_equal(all->of[1].kind, CEILING_MACHINE);

	put_number("sys/fs/cgroup/pod.slice/memory.current", 600 * MIB);
	all = seen();
	assert_int_equal(all->of[0].bytes, 512 * MIB);
	assert_int_equal(all->of[0].used, 200 * MIB);
}

static void test_memory_high_is_one_of_its_own(void **state)
{
	(void)state;
	put("sys/fs/cgroup/pod.slice/box/memory.max", "max\n");
	put_number("sys/fs/cgroup/pod.slice/box/memory.high", 64 * MIB);
	put_number("sys/fs/cgroup/pod.slice/box/memory.current", 16 * MIB);
	const struct ceilings *all = seen();
	assert_int_equal(all->length, 2);
	assert_int_equal(all->of[0].kind, CEILING_MEMORY_HIGH);
	assert_int_equal(all->of[0].bytes, 64 * MIB);
	assert_int_equal(all->of[0].used, 16 * MIB);
}

/* A container's mount shows its own part of the tree; /proc may name a place outside. */
static void test_a_mount_of_a_part_and_v1(void **state)
{
	(void)state;
	put("proc/self/mountinfo",
	    "35 31 0:32 /docker/a\\040b /sys/fs/cgroup/mem\\040ory rw - cgroup cgroup rw,memory\n"
	    "36 31 0:33 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n");
	put("proc/77/cgroup", "9:cpu,cpuacct:/\n4:memory:/docker/a b/inner\n0::/\n");
	put_number("sys/fs/cgroup/mem ory/memory.limit_in_bytes", 100 * MIB);
	put_number("sys/fs/cgroup/mem ory/memory.usage_in_bytes", 40 * MIB);
	put("sys/fs/cgroup/mem ory/memory.stat", "inactive_file 7\ntotal_inactive_file 1048576\n"
						  "total_active_file 1048576\n");
	put_number("sys/fs/cgroup/mem ory/inner/memory.limit_in_bytes", 9223372036854771712u);
	put_number("sys/fs/cgroup/mem ory/inner/memory.usage_in_bytes", 39 * MIB);
	const struct ceilings *all = seen();
	assert_int_equal(all->length, 2);
	assert_int_equal(all->of[0].kind, CEILING_LIMIT_IN_BYTES);
	assert_int_equal(all->of[0].bytes, 100 * MIB);
	assert_int_equal(all->of[0].used, 38 * MIB);

	put("proc/77/cgroup", "4:memory:/../elsewhere\n");
	all = seen();
	assert_int_equal(all->of[0].bytes, 100 * MIB);
}

static void test_limits_of_a_process_by_its_own_account(void **state)
{
	(void)state;
	put("proc/77/limits",
	    "Limit                     Soft Limit           Hard Limit           Units     \n"
	    "Max data size             104857600            unlimited            bytes     \n"
	    "Max address space         524288000            524288000            bytes     \n");
	const struct ceilings *all = seen();
	assert_int_equal(all->length, 3);
	assert_int_equal(all->of[0].kind, CEILING_DATA);
	assert_int_equal(all->of[0].bytes, 104857600);
	assert_int_equal(all->of[0].used, 50000 * 1024);
	assert_int_equal(all->of[0].pid, PID);
	assert_int_equal(all->of[1].kind, CEILING_AS);
	assert_int_equal(all->of[1].used, 200000 * 1024);
	assert_int_equal(all->of[2].pid, 0);
}

static void test_of_several_processes_the_nearest(void **state)
{
	const int32_t pids[] = { PID, 78, 79 };
	struct ceiling_watch *watch = ceiling_watch_new(scratch.folder);
	enum ceiling_kind kind;

	(void)state;
	put("proc/77/limits", "Max address space         524288000            524288000   bytes\n");
	put("proc/78/limits", "Max address space         524288000            524288000   bytes\n");
	put("proc/78/status", "VmSize:\t  400000 kB\n");
	assert_int_equal(ceiling_watch_look(watch, 0, pids, 3, &kind), -1);
	assert_int_equal(watch->ceilings.of[0].kind, CEILING_AS);
	assert_int_equal(watch->ceilings.of[0].pid, 78);
	assert_int_equal(watch->ceilings.of[0].used, 400000 * 1024);
	ceiling_watch_free(watch);
}

static void test_nothing_there_is_no_ceiling(void **state)
{
	(void)state;
	assert_true(scratch_run(&scratch, "rm -rf proc sys"));
	assert_int_equal(seen()->length, 0);
	put("proc/self/mountinfo", "garbage\n\n1 2 3\n - cgroup2\n1 2 3:4 / /x rw - cgroup2\n");
	put("proc/77/cgroup", "0::\nnothing\n:\n::\n");
	put("proc/77/status", "VmSize: 5 kB\n");
	put("proc/77/limits", "Max address space\nMax data size  x y\n");
	put("proc/meminfo", "MemTotal:\nMemAvailable: 7 kB\n");
	assert_int_equal(seen()->length, 0);
	put("x/memory.max", "");
	put("x/memory.current", "1\n");
	assert_int_equal(seen()->length, 0);
}

/* A process that has ended, and waits to be reaped, has given all back. */
static void test_the_last_look_is_one_at_a_living_process(void **state)
{
	enum ceiling_kind kind;
	int alarm;

	(void)state;
	put("proc/77/limits", "Max address space         524288000            524288000   bytes\n");
	assert_int_equal(look(0, &alarm, &kind)->ceilings.of[0].used, 200000 * 1024);
	put("proc/77/status", "Name:\tworker\nState:\tZ (zombie)\n");
	struct ceiling_watch *watch = look(1, &alarm, &kind);
	assert_int_equal(alarm, -1);
	assert_int_equal(watch->ceilings.of[0].kind, CEILING_AS);
	assert_int_equal(watch->ceilings.of[0].used, 200000 * 1024);
	assert_true(watch->ceilings.time == 0);
}

/* Each alarm once on the way up, and again after it was well below. */
static void test_alarms_at_90_and_97_percent(void **state)
{
	static const struct { unsigned percent; int alarm; } steps[] = {
		{ 50, -1 }, { 89, -1 }, { 90, 0 }, { 91, -1 }, { 88, -1 }, { 92, -1 }, { 97, 1 },
		{ 99, -1 }, { 96, -1 }, { 98, -1 }, { 84, -1 }, { 99, 1 }, { 50, -1 }, { 95, 0 },
	};
	enum ceiling_kind kind;
	int alarm;

	(void)state;
	put_number("sys/fs/cgroup/pod.slice/box/memory.max", 100 * MIB);
	for (unsigned i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		put_number("sys/fs/cgroup/pod.slice/box/memory.current", steps[i].percent * MIB);
		look(i, &alarm, &kind);
		assert_int_equal(alarm, steps[i].alarm);
		assert_true(alarm < 0 || kind == CEILING_MEMORY_MAX);
	}
	struct ceiling_watch *watch = look(100, &alarm, &kind);
	assert_int_equal(watch->ceilings.of[0].most, 99 * MIB);
	/* Another limit in its place begins anew. */
	put_number("sys/fs/cgroup/pod.slice/box/memory.max", 101 * MIB);
	watch = look(101, &alarm, &kind);
	assert_int_equal(alarm, 0);
	assert_int_equal(watch->ceilings.of[0].most, 95 * MIB);
}

static double due_after(struct ceiling_watch *watch, double cost)
{
	ceiling_watch_pace(watch, cost);
	return ceiling_watch_due(watch);
}

/* The next look comes before what grows so fast can be through an alarm. */
static void test_fast_growth_is_looked_at_often(void **state)
{
	enum ceiling_kind kind;
	int alarm;

	(void)state;
	put_number("sys/fs/cgroup/pod.slice/box/memory.max", 1000 * MIB);
	put_number("sys/fs/cgroup/pod.slice/box/memory.current", 100 * MIB);
	struct ceiling_watch *watch = look(0, &alarm, &kind);
	assert_true(fabs(due_after(watch, 1e-4) - 0.05) < 1e-9);
	double now = 0.05;
	for (unsigned i = 0; i < 8; i++, now = due_after(watch, 1e-4))
		watch = look(now, &alarm, &kind);
	assert_true(fabs(due_after(watch, 1e-4) - watch->looked - 1) < 1e-9);
	/* 700 MiB in a second: 100 are left to 90 %. */
	put_number("sys/fs/cgroup/pod.slice/box/memory.current", 800 * MIB);
	watch = look(watch->looked + 1, &alarm, &kind);
	double pause = due_after(watch, 1e-4) - watch->looked;
	assert_true(fabs(pause - 100.0 / 700 / 2) < 1e-9);
	put_number("sys/fs/cgroup/pod.slice/box/memory.current", 899 * MIB);
	watch = look(watch->looked + pause, &alarm, &kind);
	assert_true(fabs(due_after(watch, 1e-4) - watch->looked - 0.02) < 1e-9);
	/* A look that is dear has its hundred times. */
	assert_true(fabs(due_after(watch, 0.05) - watch->looked - 5) < 1e-9);
}

static void test_oom_kills_are_those_since_the_first_look(void **state)
{
	enum ceiling_kind kind;

	(void)state;
	assert_int_equal(ceiling_watch_oom_kills(look(0, NULL, &kind)), -1);
	put("sys/fs/cgroup/pod.slice/box/memory.events",
	    "low 0\nhigh 3\nmax 5\noom 2\noom_kill 4\noom_group_kill 0\n");
	struct ceiling_watch *watch = look(0, NULL, &kind);
	assert_int_equal(ceiling_watch_oom_kills(watch), 0);
	put("sys/fs/cgroup/pod.slice/box/memory.events", "oom 3\noom_kill 5\n");
	/* The process is in no cgroup any more. */
	assert_true(scratch_run(&scratch, "rm proc/77/cgroup"));
	look(1, NULL, &kind);
	assert_int_equal(ceiling_watch_oom_kills(watch), 1);
	/* As a process ends it is in the root. */
	put("proc/77/cgroup", "0::/\n");
	put("proc/77/status", "State:\tX (dead)\n");
	put("sys/fs/cgroup/memory.events", "oom_kill 50\n");
	look(1, NULL, &kind);
	assert_int_equal(ceiling_watch_oom_kills(watch), 1);
	put("proc/77/status", "VmSize: 5 kB\n");
	/* One that went into another cgroup has that one's. */
	put("sys/fs/cgroup/other/memory.events", "oom_kill 2\n");
	put("proc/77/cgroup", "0::/other\n");
	look(2, NULL, &kind);
	assert_int_equal(ceiling_watch_oom_kills(watch), 0);
	put("sys/fs/cgroup/other/memory.events", "oom_kill 3\n");
	assert_int_equal(ceiling_watch_oom_kills(watch), 1);

	put("proc/self/mountinfo", "35 31 0:32 / /m rw - cgroup cgroup rw,memory\n");
	put("proc/77/cgroup", "4:memory:/a\n");
	put("m/a/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 7\n");
	watch = look(0, NULL, &kind);
	put("m/a/memory.oom_control", "oom_kill_disable 0\nunder_oom 1\noom_kill 9\n");
	assert_int_equal(ceiling_watch_oom_kills(watch), 2);
	ceiling_watch_free(watch);
	watch = ceiling_watch_new("/nowhere");
	assert_int_equal(ceiling_watch_oom_kills(watch), -1);
	ceiling_watch_free(watch);
}

/* This machine's own: whatever there is can be read, and is plausible. */
static void test_the_real_files(void **state)
{
	struct ceiling_watch *watch = ceiling_watch_new("");
	const int32_t self = getpid();
	enum ceiling_kind kind;
	bool machine = false;

	(void)state;
	ceiling_watch_look(watch, 0, &self, 1, &kind);
	for (size_t i = 0; i < watch->ceilings.length; i++) {
		const struct ceiling *ceiling = &watch->ceilings.of[i];

		machine |= ceiling->kind == CEILING_MACHINE;
		assert_true(ceiling->bytes > MIB && ceiling->used > 0);
		assert_true(!i || ceiling_left(ceiling) >= ceiling_left(ceiling - 1));
	}
	assert_true(machine);
	ceiling_watch_free(watch);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, set_up, tear_down)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_machine_is_a_ceiling_by_what_is_available),
		TEST(the_level_with_the_least_left_counts),
		TEST(memory_high_is_one_of_its_own),
		TEST(a_mount_of_a_part_and_v1),
		TEST(limits_of_a_process_by_its_own_account),
		TEST(of_several_processes_the_nearest),
		TEST(nothing_there_is_no_ceiling),
		TEST(the_last_look_is_one_at_a_living_process),
		TEST(alarms_at_90_and_97_percent),
		TEST(fast_growth_is_looked_at_often),
		TEST(oom_kills_are_those_since_the_first_look),
		TEST(the_real_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
