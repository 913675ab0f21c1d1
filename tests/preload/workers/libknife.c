/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Kills memtop from inside, at a moment that can be named: just before the n-th call
 * of a library function in one of its processes.  It comes before memtop's own
 * libraries by LD_PRELOAD; in the target, which gets it too, it only hands calls on.
 *
 *	KNIFE="PAGE ROLE FUNCTION N VICTIMS"
 *
 * PAGE is the file that all processes map (knife.h); VICTIMS has a bit a role.  Each
 * function of the list is entered by a few instructions that count the call and jump
 * to the next definition, so nothing of its arguments needs to be known; but fork and
 * syscall, which make processes.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include "tests/preload/workers/knife.h"

static const char *const names[KNIFE_FUNCTIONS] = {
#define KNIFE_NAME(function) #function,
	"fork", "forked", KNIFE_LIST(KNIFE_NAME)
};

/* The definitions that come next; the trampolines jump there. */
__attribute__((visibility("hidden"))) void *knife_next[KNIFE_FUNCTIONS];

static struct knife_page *page;
static int role = -1;                   /* -1: no process of memtop */
static int armed_role, armed_function;
static unsigned armed_count, victims;

pid_t getpid(void);
pid_t fork(void);

static void fall(void)
{
	int self = getpid(), last = 0;

	if (__atomic_exchange_n(&page->fallen, 1, __ATOMIC_SEQ_CST))
		return;
	for (unsigned who = 0; who < KNIFE_ROLES; who++) {
		int pid = __atomic_load_n(&page->pid[who], __ATOMIC_SEQ_CST);

		if (pid == self && (victims >> who & 1))
			last = pid;
		else if (pid > 0 && (victims >> who & 1))
			kill(pid, SIGKILL);
	}
	if (last)
		kill(last, SIGKILL);
}

/* The trampolines keep the argument registers but for the vector ones. */
#if __GNUC__ >= 11 || defined(__clang__)
#define GENERAL_REGISTERS __attribute__((target("general-regs-only")))
#else                                   /* no such attribute yet, nor a use for them below */
#define GENERAL_REGISTERS
#endif
__attribute__((visibility("hidden"), used)) GENERAL_REGISTERS
void knife_count(unsigned function)
{
	if (!knife_next[function])
		knife_next[function] = dlsym(RTLD_NEXT, names[function]);
	if (role < 0)
		return;
	unsigned count = __atomic_add_fetch(&page->calls[role][function], 1, __ATOMIC_SEQ_CST);

	if (role == armed_role && (int)function == armed_function && count == armed_count)
		fall();
}

/* Seven registers and the return address: the stack is aligned for the call. */
#define TRAMPOLINE(function)                                                            \
	void knife_at_##function(void) __asm__(#function);                              \
	__attribute__((naked)) void knife_at_##function(void)                           \
	{                                                                               \
		__asm__("push %%rax; push %%rdi; push %%rsi; push %%rdx; push %%rcx\n"  \
			"push %%r8; push %%r9; mov %0, %%edi; call knife_count\n"       \
			"pop %%r9; pop %%r8; pop %%rcx; pop %%rdx; pop %%rsi\n"         \
			"pop %%rdi; pop %%rax; jmp *knife_next+%c1(%%rip)"              \
			: : "i"(KNIFE_##function), "i"(8 * KNIFE_##function));          \
	}
KNIFE_JUMPS(TRAMPOLINE)

/* Who is who: the first fork of memtop splits keeper and proper.  The keeper's next child
 * becomes the target, or the leader of the target's session, if it makes another one
 * beside it (syscall). */
static pid_t split(pid_t (*next)(void))
{
	int child = page->pid[KNIFE_PROPER] ? KNIFE_TARGET : KNIFE_PROPER;
	pid_t pid = next();

	if (pid == 0)
		role = child;
	int nobody = 0;                 /* the child may have been faster, and know better */

	if (pid >= 0)
		__atomic_compare_exchange_n(&page->pid[child], &nobody, pid ? pid : getpid(), 0,
					    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	knife_count(KNIFE_forked);
	return pid;
}

pid_t fork(void)
{
	knife_count(KNIFE_fork);
	pid_t (*next)(void) = (pid_t (*)(void))knife_next[KNIFE_fork];

	if (role == KNIFE_KEEPER)
		return split(next);
	pid_t pid = next();

	if (pid == 0)
		role = -1;
	return pid;
}

/* As many arguments as the kernel takes, whoever gave fewer. */
long syscall(long number, ...)
{
	long argument[6];
	int self = getpid();
	va_list list;

	va_start(list, number);
	for (unsigned i = 0; i < sizeof(argument) / sizeof(*argument); i++)
		argument[i] = va_arg(list, long);
	va_end(list);
	knife_count(KNIFE_syscall);
	long (*next)(long, ...) = (long (*)(long, ...))knife_next[KNIFE_syscall];
	long pid = next(number, argument[0], argument[1], argument[2], argument[3], argument[4],
			argument[5]);

	if (number != SYS_clone || role != KNIFE_TARGET || pid < 0)
		return pid;
	/* Each says who both are, as either may be the faster one. */
	__atomic_store_n(&page->pid[KNIFE_LEADER], self, __ATOMIC_SEQ_CST);
	__atomic_store_n(&page->pid[KNIFE_TARGET], pid ? (int)pid : getpid(), __ATOMIC_SEQ_CST);
	role = pid ? KNIFE_LEADER : KNIFE_TARGET;
	return pid;
}

static int number_of(const char *name)
{
	for (int i = 0; i < KNIFE_FUNCTIONS; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

__attribute__((constructor)) static void begin(void)
{
	const char *order = getenv("KNIFE");
	char path[200], function[40];

	if (!order || strcmp(program_invocation_short_name, "memtop") != 0 ||
	    sscanf(order, "%199s %d %39s %u %u", path, &armed_role, function, &armed_count,
		   &victims) != 5)
		return;
	int fd = open(path, O_RDWR | O_CLOEXEC);
	void *map = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		return;
	page = map;
	armed_function = number_of(function);
	page->pid[KNIFE_KEEPER] = getpid();
	role = KNIFE_KEEPER;
}
