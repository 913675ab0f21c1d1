/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a seccomp filter would say, against the kernel's own answer; and which filters the
 * tracer can live under. */
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <setjmp.h>
#include <unistd.h>
#include <sys/wait.h>
#include <cmocka.h>

/* The tracer's files are in no library: these need nothing but each other. */
#include "tracer/preload/hooks/filter.c"
#include "tracer/preload/base/sys.c"

/* In the tracer the kernel is asked. */
static uintptr_t unreadable;
bool bounds_readable(uintptr_t address) { return address != unreadable; }

#define SAY(k) BPF_STMT(BPF_RET | BPF_K, k)
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define DO(op, k) BPF_STMT(BPF_ALU | (op) | BPF_K, k)
#define IF(op, k, yes, no) BPF_JUMP(BPF_JMP | (op) | BPF_K, k, yes, no)
#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define ERRNO(n) (SECCOMP_RET_ERRNO | (n))
#define UNFILTERED 200                  /* no such errno */

/* The kernel's answer for getuid: the errno that the program makes of it. */
static int kernel_says(const struct sock_filter *program, unsigned length)
{
	struct sock_fprog filter = {(unsigned short)length, (struct sock_filter *)program};
	int status;
	pid_t child = fork();

	if (!child) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter))
			_exit(UNFILTERED);
		_exit((int)-sys_raw6(SYS_getuid, 0x1234, 0, 0, 0, 0, 0) & 0xff);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The program's last steps make an errno of A, for getuid alone. */
static const struct sock_filter end[] = {
	BPF_STMT(BPF_ST, 15),
	LOAD(nr),
	IF(BPF_JEQ, SYS_getuid, 1, 0),
	SAY(SECCOMP_RET_ALLOW),
	BPF_STMT(BPF_LD | BPF_MEM, 15),
	DO(BPF_AND, 0x7f),
	DO(BPF_OR, SECCOMP_RET_ERRNO),
	BPF_STMT(BPF_RET | BPF_A, 0),
};

static const struct {
	unsigned length;
	struct sock_filter program[10];
} programs[] = {
	{2, {LOAD(nr), DO(BPF_ADD, 3)}},
	{2, {LOAD(args[0]), DO(BPF_RSH, 4)}},
	{2, {LOAD(args[0]), DO(BPF_LSH, 1)}},
	{2, {LOAD(args[0]), DO(BPF_DIV, 100)}},
	{2, {LOAD(args[0]), DO(BPF_MUL, 3)}},
	{2, {LOAD(args[0]), DO(BPF_XOR, 0x5555)}},
	{2, {LOAD(args[0]), DO(BPF_SUB, 1)}},
	{2, {LOAD(args[0]), BPF_STMT(BPF_ALU | BPF_NEG, 0)}},
	{1, {BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0)}},
	{3, {BPF_STMT(BPF_LD | BPF_IMM, 9), BPF_STMT(BPF_MISC | BPF_TAX, 0),
	     BPF_STMT(BPF_MISC | BPF_TXA, 0)}},
	{5, {BPF_STMT(BPF_LDX | BPF_IMM, 17), BPF_STMT(BPF_STX, 3),
	     BPF_STMT(BPF_LD | BPF_IMM, 2), BPF_STMT(BPF_LDX | BPF_MEM, 3),
	     BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0)}},
	{4, {LOAD(args[0]), IF(BPF_JGT, 0x1233, 1, 0), BPF_STMT(BPF_LD | BPF_IMM, 1),
	     DO(BPF_ADD, 5)}},
	{4, {LOAD(args[0]), IF(BPF_JGE, 0x1235, 1, 0), BPF_STMT(BPF_LD | BPF_IMM, 1),
	     DO(BPF_ADD, 5)}},
	{4, {LOAD(args[0]), IF(BPF_JSET, 0x4, 0, 1), BPF_STMT(BPF_LD | BPF_IMM, 1),
	     DO(BPF_ADD, 5)}},
	{4, {LOAD(arch), BPF_STMT(BPF_JMP | BPF_JA, 1), BPF_STMT(BPF_LD | BPF_IMM, 1),
	     DO(BPF_RSH, 1)}},
};

static void test_as_the_kernel(void **state)
{
	const struct seccomp_data call = {
		.nr = SYS_getuid, .arch = MACHINE_AUDIT, .args = {0x1234},
	};

	(void)state;
	if (kernel_says(end, COUNT(end)) == UNFILTERED)
		skip();                 /* qemu's user mode knows no filters */
	for (size_t i = 0; i < COUNT(programs); i++) {
		struct sock_filter program[32];
		unsigned length = programs[i].length;
		uint32_t answer;

		memcpy(program, programs[i].program, length * sizeof(*program));
		memcpy(program + length, end, sizeof(end));
		length += COUNT(end);
		answer = bpf_run(program, length, &call);
		assert_int_equal(answer & SECCOMP_RET_ACTION_FULL, SECCOMP_RET_ERRNO);
		assert_int_equal(answer & SECCOMP_RET_DATA, kernel_says(program, length));
	}
}

static bool harms(const struct sock_filter *program, unsigned length)
{
	const struct sock_fprog filter = {(unsigned short)length, (struct sock_filter *)program};

	return filter_harms(&filter, false);
}

/* One call gets `answer`, all others pass. */
static bool one_harms(int number, uint32_t answer)
{
	const struct sock_filter program[] = {
		LOAD(nr), IF(BPF_JEQ, (uint32_t)number, 0, 1), SAY(answer), SAY(SECCOMP_RET_ALLOW),
	};

	return harms(program, COUNT(program));
}

static void test_which_harm(void **state)
{
	static const struct sock_filter all[] = {SAY(SECCOMP_RET_ALLOW)}, logged[] = {
		SAY(SECCOMP_RET_LOG)}, none[] = {SAY(SECCOMP_RET_KILL_THREAD)};

	(void)state;
	assert_false(harms(all, 1));
	assert_false(harms(logged, 1));
	assert_true(harms(none, 1));
	assert_false(one_harms(SYS_ptrace, SECCOMP_RET_KILL_PROCESS));
	assert_false(one_harms(SYS_keyctl, SECCOMP_RET_TRAP));
	assert_true(one_harms(SYS_mremap, SECCOMP_RET_KILL_PROCESS));
	assert_true(one_harms(SYS_socket, SECCOMP_RET_TRAP));
	assert_true(one_harms(SYS_openat, SECCOMP_RET_TRACE));
	assert_true(one_harms(SYS_madvise, SECCOMP_RET_USER_NOTIF));
	/* It may fail, as on a machine that has it not; these may not. */
	assert_false(one_harms(SYS_socket, ERRNO(EPERM)));
	assert_false(one_harms(SYS_openat, ERRNO(ENOSYS)));
	assert_true(one_harms(SYS_futex, ERRNO(EPERM)));
	assert_true(one_harms(SYS_rt_sigprocmask, ERRNO(EPERM)));
}

/* One that may sleep asks for more. */
static void test_which_harm_who_sleeps(void **state)
{
	struct sock_filter program[] = {
		LOAD(nr), IF(BPF_JEQ, SYS_membarrier, 0, 1), SAY(SECCOMP_RET_KILL_PROCESS),
		SAY(SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = {COUNT(program), program};

	(void)state;
	assert_false(filter_harms(&filter, false));
	assert_true(filter_harms(&filter, true));
	program[2] = (struct sock_filter)SAY(ERRNO(ENOSYS));
	assert_false(filter_harms(&filter, true));
}

/* By its arguments: mmap that may not be written to is none of ours. */
static void test_arguments(void **state)
{
	struct sock_filter program[] = {
		LOAD(nr), IF(BPF_JEQ, SYS_mmap, 0, 3), LOAD(args[2]),
		IF(BPF_JSET, PROT_EXEC, 0, 1), SAY(SECCOMP_RET_KILL_PROCESS),
		SAY(SECCOMP_RET_ALLOW),
	};

	(void)state;
	assert_false(harms(program, COUNT(program)));
	program[3].k = PROT_WRITE;
	assert_true(harms(program, COUNT(program)));
}

/* What the kernel refuses, or can't read. */
static void test_nonsense(void **state)
{
	static const struct sock_filter odd[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2),
						 SAY(SECCOMP_RET_ALLOW)},
		far[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, sizeof(struct seccomp_data)),
			 SAY(SECCOMP_RET_ALLOW)},
		out[] = {BPF_STMT(BPF_JMP | BPF_JA, UINT32_MAX), SAY(SECCOMP_RET_ALLOW)},
		memory[] = {BPF_STMT(BPF_ST, UINT32_MAX), SAY(SECCOMP_RET_ALLOW)},
		endless[] = {LOAD(nr)}, unknown[] = {BPF_STMT(0xffff, 0), SAY(SECCOMP_RET_ALLOW)};

	(void)state;
	assert_true(harms(odd, 2));
	assert_true(harms(far, 2));
	assert_true(harms(out, 2));
	assert_true(harms(memory, 2));
	assert_true(harms(endless, 1));
	assert_true(harms(unknown, 2));
	assert_true(harms(odd, 0));
	unreadable = (uintptr_t)out & ~UINT64_C(7);
	assert_false(harms(out, 2));
	unreadable = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_the_kernel),
		cmocka_unit_test(test_which_harm),
		cmocka_unit_test(test_which_harm_who_sleeps),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
