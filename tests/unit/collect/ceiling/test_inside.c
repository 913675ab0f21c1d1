/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a process runs inside of, in made trees of /proc: by its cgroup, or by what the
 * engine left in its root. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>
#include "tests/unit/collect/scratch.h"
#include "tracer/collect/ceiling/inside.h"

#define ID "3f2a91bc04de5566778899aabbccddeeff00112233445566778899aabbccddee"

static struct scratch scratch;

static int set_up(void **state)
{
	(void)state;
	return scratch_new(&scratch) &&
	       scratch_run(&scratch, "mkdir -p proc/77/root/run/systemd proc/77/root/etc") ? 0
											    : -1;
}

static int tear_down(void **state)
{
	(void)state;
	scratch_free(&scratch);
	return 0;
}

static void is(const char *cgroup, const char *expected)
{
	char text[INSIDE_MAX];

	assert_true(scratch_write(&scratch, "proc/77/cgroup", cgroup));
	inside_find(scratch.folder, 77, text);
	assert_string_equal(text, expected);
}

static void test_engines(void **state)
{
	(void)state;
	is("0::/system.slice/docker-" ID ".scope\n", "docker 3f2a91bc04de");
	is("0::/system.slice/docker-" ID ".scope/init.scope\n", "docker 3f2a91bc04de");
	is("12:cpu:/x\n4:memory:/docker/" ID "\n0::/\n", "docker 3f2a91bc04de");
	is("0::/machine.slice/libpod-" ID ".scope/container\n", "podman 3f2a91bc04de");
	is("0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-" ID ".scope\n",
	   "containerd 3f2a91bc04de");
	is("0::/kubepods.slice/crio-" ID ".scope\n", "cri-o 3f2a91bc04de");
	is("0::/kubepods/burstable/pod1/" ID "\n", "container 3f2a91bc04de");
	is("0::/lxc.payload.web/system.slice/nginx.service\n", "lxc web");
	is("0::/machine.slice/machine-deb.scope/payload\n", "nspawn deb");
	/* One within another: the inner one. */
	is("0::/lxc.payload.web/docker/" ID "\n", "docker 3f2a91bc04de");
}

static void test_other_cgroups(void **state)
{
	(void)state;
	is("0::/system.slice/worker.service\n", "cgroup worker.service");
	is("0::/docker-short.scope\n", "cgroup docker-short.scope");
	is("4:cpu,memory:/batch/7\n1:name=systemd:/user.slice\n", "cgroup 7");
	is("3:cpu:/x\n0::/\n", "");
	is("0::/../..\n", "");
	is("", "");
	is("nonsense", "");
	is("0::", "");
}

static void test_from_inside(void **state)
{
	(void)state;
	assert_true(scratch_write(&scratch, "proc/77/root/.dockerenv", ""));
	is("0::/\n", "docker");
	assert_true(scratch_write(&scratch, "proc/77/root/etc/hostname", "web-1\n"));
	is("0::/\n", "docker web-1");
	is("0::/kubepods/burstable/pod1/" ID "\n", "container 3f2a91bc04de");
	is("0::/init.scope\n", "docker web-1");
	assert_true(scratch_write(&scratch, "proc/77/root/run/.containerenv", ""));
	is("0::/\n", "podman web-1");
	assert_true(scratch_write(&scratch, "proc/77/root/run/systemd/container", "lxc\n"));
	is("0::/\n", "lxc web-1");
}

static void test_gone(void **state)
{
	char text[INSIDE_MAX] = "x";

	(void)state;
	inside_find(scratch.folder, 78, text);
	assert_string_equal(text, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_engines),
		TEST(test_other_cgroups),
		TEST(test_from_inside),
		TEST(test_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
