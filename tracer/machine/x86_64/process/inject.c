/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 *	thread stands       its registers are saved in the program, and changed
 *	PTRACE_SYSCALL      up to the entry of the call
 *	PTRACE_SYSCALL      up to its exit (a clone stops once between)
 *	PTRACE_INTERRUPT    up to the way back to user mode, where it stood before:
 *	                    there its registers are put back, and the kernel restarts
 *	                    the system call that was interrupted, as after any stop
 */
#include "tracer/collect/look/inject.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include "tracer/ground/shared/older.h"
#include "tracer/machine/process.h"

#define OPTIONS (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE)
#define SPURIOUS 16                     /* stops without a reason that are passed over */

/* What the kernel means by the result of a call that a stop interrupted (its own
 * linux/errno.h; no program sees these). */
enum { RESTARTSYS = -512, RESTARTNOINTR = -513, RESTARTNOHAND = -514, RESTART_BLOCK = -516 };

static bool read_there(int32_t tid, uint64_t address, void *to, size_t length)
{
	struct iovec local = { to, length }, remote = { (void *)(uintptr_t)address, length };

	return process_vm_readv(tid, &local, 1, &remote, 1, 0) == (ssize_t)length;
}

static bool write_there(int32_t tid, uint64_t address, const void *from, size_t length)
{
	struct iovec local = { (void *)(uintptr_t)from, length };
	struct iovec remote = { (void *)(uintptr_t)address, length };

	return process_vm_writev(tid, &local, 1, &remote, 1, 0) == (ssize_t)length;
}

bool inject_knows(int32_t tid, uint64_t call)
{
	static const unsigned char known[] = MACHINE_COW_BYTES;
	unsigned char code[sizeof(known)];

	return call && read_there(tid, call, code, sizeof(code)) &&
	       memcmp(code, known, sizeof(known)) == 0;
}

static bool has_filter(int32_t pid, int32_t tid)
{
	char path[64], line[256];
	bool filter = true;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/status", (int)pid, (int)tid);
	FILE *file = fopen(path, "re");

	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, "Seccomp:", 8) == 0)
			filter = atoi(line + 8) != 0;
	if (file)
		fclose(file);
	return filter;
}

/* rseq(2): struct rseq names the section that is under way, if the instruction pointer
 * is in it.  Kernels before 5.13 do not say where that is; then nobody knows. */
static bool in_restartable(int32_t tid, uint64_t rip)
{
	struct older_rseq where = { 0 };
	uint64_t section = 0, of[4];    /* version and flags, start, length, abort */

	if (ptrace(OLDER_GET_RSEQ, tid, (void *)sizeof(where), &where) <= 0)
		return errno != EINVAL && errno != EIO;
	if (!where.address)
		return false;
	if (!read_there(tid, where.address + 8, &section, sizeof(section)))
		return true;
	return section && (!read_there(tid, section, of, sizeof(of)) || rip - of[1] < of[2]);
}

bool inject_can(const struct stop_thread *thread, int32_t pid)
{
	const struct user_regs_struct *registers = (const void *)thread->registers;

	return thread->stands && !thread->signal && !has_filter(pid, thread->tid) &&
	       !in_restartable(thread->tid, registers->rip);
}

/* Where the program is to go on if memtop dies: as the kernel would have it. */
static struct machine_cow_saved saved_of(const struct user_regs_struct *of)
{
	struct machine_cow_saved saved = {
		.rax = of->rax, .rcx = of->rcx, .rdx = of->rdx, .rsi = of->rsi, .rdi = of->rdi,
		.r8 = of->r8, .r10 = of->r10, .r11 = of->r11, .rip = of->rip,
	};
	int64_t result = (int64_t)of->rax;
	bool again = result <= RESTARTSYS && result >= RESTARTNOHAND;

	if ((int64_t)of->orig_rax >= 0 && (again || result == RESTART_BLOCK)) {
		saved.rax = again ? of->orig_rax : SYS_restart_syscall;
		saved.rip -= 2;         /* the syscall instruction */
	}
	return saved;
}

static bool save_in_program(int32_t tid, uint64_t code, const struct user_regs_struct *of)
{
	const struct machine_cow_saved saved = saved_of(of);
	int32_t offset;

	return read_there(tid, code - sizeof(offset), &offset, sizeof(offset)) &&
	       write_there(tid, code + (uint64_t)(int64_t)offset, &saved, sizeof(saved));
}

static void aim(struct user_regs_struct *at, uint64_t code, const struct inject_call *call)
{
	at->rip = code;
	at->rax = (uint64_t)call->number;
	at->orig_rax = (uint64_t)-1;    /* no system call is to be restarted here */
	at->rdi = call->first;
	at->rsi = call->second;
	at->rdx = call->third;
	at->r10 = at->r8 = 0;
}

/* The next stop's status; 0: the thread has ended. */
static int stopped_anew(int32_t tid)
{
	int status;
	pid_t got;

	do
		got = waitpid(tid, &status, __WALL);
	while (got < 0 && errno == EINTR);
	return got == tid && WIFSTOPPED(status) ? status : 0;
}

static bool is_call_stop(int status) { return status >> 8 == (SIGTRAP | 0x80); }

/*
 * Runs to the entry of the call, or its exit.  0, -ESRCH, or -EAGAIN and *signal: it is
 * about to be delivered instead.
 */
static int run_to_call(int32_t tid, struct inject_call *call, int *signal)
{
	unsigned long born = 0;

	for (int i = 0; i < SPURIOUS; i++) {
		if (ptrace(PTRACE_SYSCALL, tid, NULL, NULL) == -1)
			return -errno;
		int status = stopped_anew(tid);

		if (!status)
			return -ESRCH;
		if (is_call_stop(status))
			return 0;
		if (status >> 16 == PTRACE_EVENT_CLONE || status >> 16 == PTRACE_EVENT_FORK) {
			ptrace(PTRACE_GETEVENTMSG, tid, NULL, &born);
			call->born = (int32_t)born;
		} else if (status >> 16 == 0) {
			*signal = WSTOPSIG(status);
			return -EAGAIN;
		}
	}
	return -EIO;
}

static int make_call(int32_t tid, struct inject_call *call, int *signal)
{
	struct user_regs_struct after;
	int error = run_to_call(tid, call, signal);     /* entry */

	if (!error)
		error = run_to_call(tid, call, signal); /* exit */
	if (!error && ptrace(PTRACE_GETREGS, tid, NULL, &after) == -1)
		error = -errno;
	if (!error)
		call->result = (int64_t)after.rax;
	call->interrupted = !error && call->result <= RESTARTSYS && call->result >= RESTART_BLOCK;
	return error;
}

/* From the exit of the call to where threads stand that were interrupted; or where a
 * signal is about to be delivered that came meanwhile, which stays with who asked. */
static int run_to_stand(int32_t tid, int *signal)
{
	int status = 0;

	for (int i = 0; i < SPURIOUS && status >> 16 != PTRACE_EVENT_STOP; i++) {
		if (ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) == -1 ||
		    ptrace(PTRACE_CONT, tid, NULL, NULL) == -1)
			return -errno;
		status = stopped_anew(tid);
		if (!status)
			return -ESRCH;
		if (status >> 16 == 0 && !is_call_stop(status)) {
			*signal = WSTOPSIG(status);
			return 0;
		}
	}
	return 0;
}

int inject_make(struct stop_thread *thread, uint64_t code, struct inject_call *call)
{
	const struct user_regs_struct *before = (const void *)thread->registers;
	struct user_regs_struct aimed = *before;
	int32_t tid = thread->tid;

	call->born = 0;
	aim(&aimed, code, call);
	if (!save_in_program(tid, code, before))
		return -EFAULT;
	if (ptrace(PTRACE_SETOPTIONS, tid, NULL, (void *)OPTIONS) == -1 ||
	    ptrace(PTRACE_SETREGS, tid, NULL, &aimed) == -1)
		return -errno;
	int error = make_call(tid, call, &thread->signal);

	if (!error)
		error = run_to_stand(tid, &thread->signal);
	if (error == -ESRCH)
		return error;
	if (ptrace(PTRACE_SETREGS, tid, NULL, before) == -1)
		error = -errno;
	ptrace(PTRACE_SETOPTIONS, tid, NULL, NULL);
	return error;
}

int inject_last(int32_t tid, uint64_t code, struct inject_call *call)
{
	struct user_regs_struct aimed;
	int signal, error = -EAGAIN;

	if (ptrace(PTRACE_GETREGS, tid, NULL, &aimed) == -1)
		return -errno;
	aim(&aimed, code, call);
	if (ptrace(PTRACE_SETREGS, tid, NULL, &aimed) == -1)
		return -errno;
	/* Signals that were sent to all of its group mean nothing to it. */
	for (int i = 0; i < SPURIOUS && error == -EAGAIN; i++)
		error = make_call(tid, call, &signal);
	return error;
}
