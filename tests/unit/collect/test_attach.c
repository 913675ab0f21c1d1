/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What memtop asks of a process before it puts a tracer into it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dlfcn.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tracer/machine/process.h"
#include "tracer/collect/attach/afar.h"
#include "tracer/collect/attach/borrow.h"
#include "tracer/collect/attach/cause.h"
#include "tracer/collect/attach/choose.h"
#include "tracer/collect/attach/filters.h"
#include "tracer/collect/attach/refuse.h"
#include "tracer/collect/attach/space.h"

static void test_each_scope_of_yama_has_its_sentence(void **state)
{
	(void)state;
	assert_null(refuse_yama(0));
	assert_null(refuse_yama(7));
	for (int scope = 1; scope <= 3; scope++) {
		char number[32];

		snprintf(number, sizeof(number), "ptrace_scope = %d", scope);
		assert_non_null(strstr(refuse_yama(scope), number));
		assert_non_null(strstr(refuse_yama(scope), "memtop standby"));
	}
}

static void test_a_thread_may_wait_where_no_allocator_calls(void **state)
{
	static const long never[] = {
		SYS_brk, SYS_mmap, SYS_munmap, SYS_mremap, SYS_madvise, SYS_mprotect,
		SYS_openat, SYS_pread64, SYS_clone, SYS_execve, SYS_rt_sigsuspend,
		SYS_exit, -1,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(never) / sizeof(*never); i++)
		assert_false(choose_waits(never[i]));
	assert_true(choose_waits(SYS_epoll_pwait));
	assert_true(choose_waits(SYS_read));
	assert_true(choose_waits(SYS_futex));
}

/* In a program with a sanitizer libc's names lead to the sanitizer: memtop refuses those. */
#ifndef SYS_pause                       /* as on aarch64 */
#define SYS_pause SYS_ppoll
#endif
#ifdef __SANITIZE_ADDRESS__
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

/* A child that waits in pause. */
static pid_t waiting_child(void)
{
	pid_t child = fork();

	if (child == 0) {
		pause();
		_exit(1);               /* it must not come back without a handler */
	}
	return child;
}

static void test_symbols_of_a_process_are_where_they_are(void **state)
{
	struct afar afar;

	(void)state;
	if (SANITIZED || !MACHINE_LOOKS)
		skip();
	pid_t child = waiting_child();

	assert_true(child > 0);
	assert_int_equal(afar_open(&afar, child), 0);
	/* It is a copy of this one.  Older libpthreads have that name too. */
	void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);

	assert_non_null(libc);
	assert_int_equal(afar_symbol(&afar, &afar.libc, "__errno_location"),
			 (uintptr_t)dlsym(libc, "__errno_location"));
	assert_int_equal(afar_symbol(&afar, &afar.libc, "no_such_name"), 0);
	assert_true(afar_in(&afar.libc, (uintptr_t)dlsym(RTLD_DEFAULT, "qsort")));
	assert_false(afar_in(&afar.libc, (uintptr_t)&afar));
	afar_close(&afar);
	dlclose(libc);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void test_a_borrowed_thread_goes_on_where_it_was(void **state)
{
	static struct borrow borrow;
	const uint64_t none[6] = { 0 };
	struct afar afar;
	int status;

	(void)state;
	if (SANITIZED || !MACHINE_LOOKS)
		skip();
	pid_t child = waiting_child();

	assert_true(child > 0);
	assert_int_equal(afar_open(&afar, child), 0);
	assert_true(borrow_prepare(&borrow, &afar));
	for (int i = 0; i < 20; i++) {
		assert_int_equal(choose_thread(&borrow, 30), 0);
		assert_int_equal(borrow_number(&borrow), SYS_pause);
		assert_int_equal(borrow_call(&borrow, SYS_getpid, none), child);
		assert_int_equal(borrow_call(&borrow, SYS_gettid, none), child);
		borrow_end(&borrow);
	}
	afar_close(&afar);
	/* It waits still: what ends it is the signal. */
	assert_int_equal(waitpid(child, &status, WNOHANG), 0);
	kill(child, SIGTERM);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

#define PAUSED "p"

/* It has told that it is about to pause. */
static void paused(int number)
{
	(void)number;
	(void)!write(3, PAUSED, 1);
	pause();
	_exit(1);
}

enum { OUTSIDE, INSIDE, INSIDE_TOO, SIDES };

/* A child that pauses in a signal's handler, or with the kernel's word of how handlers
 * end on its stack.  Older libpthreads have a sigaction of their own, with an end of its own. */
static pid_t child_with_handler(int side)
{
	const struct sigaction handled = { .sa_handler = paused };
	uint64_t action[16] = { 0 };
	int pair[2];
	char byte;

	assert_int_equal(pipe(pair), 0);
	pid_t child = fork();

	if (child == 0) {
		dup2(pair[1], 3);
		if (side == INSIDE_TOO)
			sigaction(SIGUSR1, &handled, NULL);
		else
			signal(SIGUSR1, paused);
		syscall(SYS_rt_sigaction, SIGUSR1, NULL, action, 8);
		__asm__ volatile("" : : "r"(action) : "memory");
		if (side != OUTSIDE)
			raise(SIGUSR1);
		paused(0);
	}
	close(pair[1]);
	assert_int_equal(read(pair[0], &byte, 1), 1);
	close(pair[0]);
	return child;
}

static void test_a_handler_s_frame_is_told_from_its_address(void **state)
{
	static struct borrow borrow;
	struct afar afar;

	(void)state;
	if (SANITIZED || !MACHINE_LOOKS)
		skip();
	for (int side = 0; side < SIDES; side++) {
		pid_t child = child_with_handler(side);

		assert_true(child > 0);
		assert_int_equal(afar_open(&afar, child), 0);
		assert_true(borrow_prepare(&borrow, &afar));
		assert_int_equal(choose_thread(&borrow, side == OUTSIDE ? 30 : 0.2),
				 side == OUTSIDE ? 0 : -ETIME);
		if (side == OUTSIDE)
			borrow_end(&borrow);
		afar_close(&afar);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
}

static void test_a_filter_s_first_forbidden_call_is_named(void **state)
{
	struct sock_filter filter[] = {
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr) },
		{ BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_ppoll },
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW },
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW },
	};

	(void)state;
	assert_null(filters_forbid(filter, 4));
	/* Which may not even fail; of one that may it is no harm. */
	filter[2].k = SECCOMP_RET_ERRNO | EPERM;
	assert_string_equal(filters_forbid(filter, 4), "ppoll");
	filter[1].k = SYS_memfd_create;
	assert_null(filters_forbid(filter, 4));
	filter[2].k = SECCOMP_RET_USER_NOTIF;
	assert_string_equal(filters_forbid(filter, 4), "memfd_create");
	filter[2].k = SECCOMP_RET_KILL_THREAD;
	filter[1].k = SYS_membarrier;
	assert_string_equal(filters_forbid(filter, 4), "membarrier");
}

static void test_who_is_gone_can_not_be_asked(void **state)
{
	struct refuse_status status;
	struct error error = { 0 };
	struct afar afar;

	(void)state;
	assert_false(refuse_read(INT32_MAX, &status));
	assert_true(afar_open(&afar, INT32_MAX) < 0);
	assert_int_equal(refuse_trace(&error, 5, ESRCH), -1);
	assert_string_equal(error.text, "can't attach to 5: there is no such process");
	assert_int_equal(error.status, 126);
}

static void test_capabilities_have_their_names(void **state)
{
	char text[64];

	(void)state;
	cause_capabilities(0, text, sizeof(text));
	assert_string_equal(text, "");
	cause_capabilities(UINT64_C(1) << 19 | UINT64_C(1) << 40, text, sizeof(text));
	assert_string_equal(text, "CAP_SYS_PTRACE, CAP_CHECKPOINT_RESTORE");
	cause_capabilities(UINT64_MAX, text, 40);
	assert_string_equal(text, "CAP_CHOWN, CAP_DAC_OVERRIDE, ...");
}

static void test_why_a_process_can_not_be_traced_is_told(void **state)
{
	char text[256];

	(void)state;
	assert_true(cause_find(INT32_MAX, text, sizeof(text)));
	assert_string_equal(text, "it has ended");
	/* This one forbids nothing, so it would be a rule of the system's. */
	assert_false(cause_find(getpid(), text, sizeof(text)));
	assert_string_equal(text, "");
	cause_any(getpid(), text, sizeof(text));
	assert_non_null(strstr(text, cause_yama() ? "kernel.yama" : "security module"));
	cause_tell(getpid(), -ENOMEM, "no memory", text, sizeof(text));
	assert_string_equal(text, "no memory");
	cause_tell(INT32_MAX, -EPERM, "no way", text, sizeof(text));
	assert_string_equal(text, "no way: it has ended");
}

static void test_a_program_without_namespaces_has_none(void **state)
{
	char name[64];

	(void)state;
	assert_false(space_find(getpid(), name, sizeof(name)));
	assert_false(space_find(INT32_MAX, name, sizeof(name)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_scope_of_yama_has_its_sentence),
		cmocka_unit_test(test_a_thread_may_wait_where_no_allocator_calls),
		cmocka_unit_test(test_symbols_of_a_process_are_where_they_are),
		cmocka_unit_test(test_a_borrowed_thread_goes_on_where_it_was),
		cmocka_unit_test(test_capabilities_have_their_names),
		cmocka_unit_test(test_why_a_process_can_not_be_traced_is_told),
		cmocka_unit_test(test_a_program_without_namespaces_has_none),
		cmocka_unit_test(test_a_handler_s_frame_is_told_from_its_address),
		cmocka_unit_test(test_a_filter_s_first_forbidden_call_is_named),
		cmocka_unit_test(test_who_is_gone_can_not_be_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
