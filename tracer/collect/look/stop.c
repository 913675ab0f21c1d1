/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * New threads may begin while others are stopped, so the list is read until it shows no
 * new one: a stopped thread starts no others.
 */
#include "tracer/collect/look/stop.h"

#include <elf.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "tracer/ground/small_file.h"
#include "tracer/ground/threads/threads.h"
#include "tracer/machine/process.h"
#include "tracer/ground/array.h"

#define NAP 100000L                     /* ns between two looks at threads that still
					 * run */
#define GRACE 2000000u                  /* ns for one thread to stop before another is
					 * tried */
#define END 1000000000u                 /* ns for an ended thread to be gone; under a debugger
					 * it stays until that takes note */

uint64_t stop_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t stop_pointer(const struct stop_thread *thread)
{
	struct user_regs_struct general;

	if (thread->length < sizeof(general))
		return 0;
	memcpy(&general, thread->registers, sizeof(general));
	return machine_registers_thread(&general);
}

uint64_t stop_at(const struct stop_thread *thread)
{
	struct user_regs_struct general;

	if (thread->length < sizeof(general))
		return 0;
	memcpy(&general, thread->registers, sizeof(general));
	return machine_registers_pc(&general);
}

static struct stop_thread *find_thread(const struct stop *stop, int32_t tid)
{
	for (size_t i = 0; i < stop->length; i++)
		if (stop->threads[i].tid == tid)
			return &stop->threads[i];
	return NULL;
}

/* Whether a thread has ended.  A process's first thread stays in the list until the last
 * one has ended: the kernel refuses to trace it, as it does threads with other rights. */
static bool is_over(int32_t pid, int32_t tid)
{
	char text[512];

	if (small_file_read(text, sizeof(text), "/proc/%d/task/%d/stat", (int)pid, (int)tid) < 0)
		return true;
	/* "12 (a name with any bytes) Z ..." */
	const char *state = strrchr(text, ')');

	return !state || strncmp(state, ") Z", 3) == 0 || strncmp(state, ") X", 3) == 0;
}

/* Seizes a thread; one that has ended is skipped.  0 or -errno. */
static int seize(struct stop *stop, int32_t pid, int32_t tid)
{
	if (!array_grow(&stop->threads, &stop->room, stop->length + 1, sizeof(*stop->threads)))
		return -ENOMEM;
	if (ptrace(PTRACE_SEIZE, tid, NULL, NULL) == -1) {
		int error = errno;

		return error == ESRCH || is_over(pid, tid) ? 0 : -error;
	}
	stop->threads[stop->length++] = (struct stop_thread){ .tid = tid };
	/* If it ends before the interrupt comes, waitpid reports that. */
	ptrace(PTRACE_INTERRUPT, tid, NULL, NULL);
	return 0;
}

/* Seizes the threads that are new in the list.  Returns how many, or -errno. */
static int seize_new(struct stop *stop, int32_t pid)
{
	DIR *threads = threads_open(pid);
	int32_t tid;
	int error = 0;
	bool seen = false;
	size_t before = stop->length;

	if (!threads)
		return -errno;
	while (!error && (tid = threads_next(threads))) {
		seen = true;
		if (!find_thread(stop, tid))
			error = seize(stop, pid, tid);
	}
	closedir(threads);
	if (!error && !seen)
		error = -ESRCH;
	return error ? error : (int)(stop->length - before);
}

static void forget_thread(struct stop *stop, size_t at)
{
	free(stop->threads[at].registers);
	stop->threads[at] = stop->threads[--stop->length];
}

/* Notes which threads have stopped by now.  Returns how many have not. */
static size_t look_who_runs(struct stop *stop)
{
	size_t run = 0;

	for (size_t i = stop->length; i-- > 0;) {
		struct stop_thread *thread = &stop->threads[i];
		int status = 0;

		if (thread->stands)
			continue;
		pid_t got = waitpid(thread->tid, &status, __WALL | WNOHANG);

		if (got == 0) {
			run++;
		} else if (got < 0 || !WIFSTOPPED(status)) {
			forget_thread(stop, i);
		} else {
			thread->stands = true;
			/* A stop that we asked for has an event; a stop without one means
			 * that a signal was about to be delivered to the program, which
			 * must still get it. */
			thread->signal = status >> 16 ? 0 : WSTOPSIG(status);
		}
	}
	return run;
}

static int wait_for_all(struct stop *stop, uint64_t until)
{
	const struct timespec nap = { 0, NAP };

	while (look_who_runs(stop)) {
		if (stop_clock() > until)
			return -ETIMEDOUT;
		nanosleep(&nap, NULL);
	}
	return 0;
}

static int read_registers(struct stop_thread *thread)
{
	struct user_regs_struct *general;
	struct iovec vector;

	free(thread->registers);
	thread->registers = calloc(1, STOP_REGISTERS);
	if (!thread->registers)
		return -ENOMEM;
	general = (struct user_regs_struct *)thread->registers;
	vector = (struct iovec){ general, sizeof(*general) };
	if (ptrace(PTRACE_GETREGSET, thread->tid, NT_PRSTATUS, &vector) == -1)
		return -errno;
	thread->stack = machine_registers_sp(general);
	thread->length = sizeof(*general);
	/* The vector registers and other state; a processor without XSAVE has the older
	 * form. */
	vector = (struct iovec){ thread->registers + thread->length,
				 STOP_REGISTERS - thread->length };
	if (ptrace(PTRACE_GETREGSET, thread->tid, MACHINE_NT_VECTORS, &vector) == -1 &&
	    ptrace(PTRACE_GETREGSET, thread->tid, MACHINE_NT_VECTORS_OLDER,
		   &vector) == -1)
		return -errno;
	thread->length += vector.iov_len & ~(size_t)7;
	return 0;
}

static int stop_try(struct stop *stop, int32_t pid, uint64_t until)
{
	int error;

	while ((error = seize_new(stop, pid)) > 0) {
		error = wait_for_all(stop, until);
		if (error)
			return error;
	}
	for (size_t i = 0; !error && i < stop->length; i++)
		error = read_registers(&stop->threads[i]);
	return error ? error : stop->length ? 0 : -ESRCH;
}

int stop_all(struct stop *stop, int32_t pid, uint64_t patience_ns)
{
	int error = stop_try(stop, pid, stop_clock() + patience_ns);

	if (error) {
		stop_end(stop);
		stop_free(stop);
	}
	return error;
}

static struct stop_thread *who_stands(const struct stop *stop)
{
	for (size_t i = 0; i < stop->length; i++)
		if (stop->threads[i].stands)
			return &stop->threads[i];
	return NULL;
}

/* The stack pointer of a thread that waits in the kernel, from proc_pid_syscall(5):
 * "running", or numbers of which the last two are the stack pointer and the instruction
 * pointer. */
static uint64_t stack_in_kernel(int32_t pid, int32_t tid)
{
	char text[256];

	if (small_file_read(text, sizeof(text), "/proc/%d/task/%d/syscall", (int)pid,
			    (int)tid) < 0)
		return 0;
	char *last = strrchr(text, ' ');

	if (!last)
		return 0;
	*last = 0;
	char *stack = strrchr(text, ' ');

	return stack ? strtoull(stack, NULL, 16) : 0;
}

/* Stops one thread alone, reads it, and adds it to `to` if it lives. */
static int stop_alone(struct stop *to, int32_t pid, int32_t tid, uint64_t until)
{
	struct stop one = { 0 };
	int error = seize(&one, pid, tid);

	if (error == -ENOMEM)
		return error;
	if (error)                      /* another process traces it */
		one.threads[one.length++] = (struct stop_thread){ .tid = tid };
	else
		error = wait_for_all(&one, until);
	if (!error && one.length)
		error = read_registers(&one.threads[0]);
	stop_end(&one);
	if (one.length && error)
		one.threads[0].stack = stack_in_kernel(pid, tid);
	if (one.length && error != -ENOMEM && error != -ESRCH) {
		bool room = array_grow(&to->threads, &to->room, to->length + 1,
				       sizeof(*to->threads));

		error = room ? 0 : -ENOMEM;
		if (room)
			to->threads[to->length++] = one.threads[--one.length];
	}
	stop_free(&one);
	return error == -ENOMEM ? error : 0;
}

struct each {
	struct stop *stop;
	int32_t pid, tid;               /* tid: of the thread that does it */
	uint64_t until;
	int error;
};

static void *stop_each_here(void *user)
{
	struct each *each = user;
	DIR *threads = threads_open(each->pid);
	int32_t tid;

	each->tid = gettid();
	if (!threads)
		each->error = -errno;
	while (threads && !each->error && (tid = threads_next(threads)))
		each->error = stop_alone(each->stop, each->pid, tid, each->until);
	if (threads)
		closedir(threads);
	return NULL;
}

/* Runs in a thread of its own: when that ends, the kernel lets go the threads that stop
 * too late. */
int stop_each(struct stop *stop, int32_t pid, uint64_t patience_ns)
{
	struct each each = { .stop = stop, .pid = pid, .until = stop_clock() + patience_ns };
	pthread_t thread;
	int error = -pthread_create(&thread, NULL, stop_each_here, &each);

	if (error)
		return error;
	pthread_join(thread, NULL);
	stop_wait_for_end(each.tid);
	return each.error;
}

/* Seizes one thread that was not seized yet, if there is one.  0 or -errno. */
static int seize_next(struct stop *stop, int32_t pid)
{
	DIR *threads = threads_open(pid);
	int32_t tid;
	int error = 0;
	size_t before = stop->length;

	if (!threads)
		return -errno;
	while (!error && stop->length == before && (tid = threads_next(threads)))
		if (!find_thread(stop, tid))
			error = seize(stop, pid, tid);
	closedir(threads);
	return error;
}

int stop_one(struct stop *stop, int32_t pid, uint64_t patience_ns,
	     struct stop_thread **thread)
{
	uint64_t until = stop_clock() + patience_ns, next = 0;
	const struct timespec nap = { 0, NAP };

	while (!(*thread = who_stands(stop))) {
		if (stop_clock() > until)
			return -ETIMEDOUT;
		if (stop_clock() > next) {
			int error = seize_next(stop, pid);

			if (error)
				return error;
			next = stop_clock() + GRACE;
		}
		look_who_runs(stop);
		if (!who_stands(stop))
			nanosleep(&nap, NULL);
	}
	return read_registers(*thread);
}

/* Lets a thread go, for which it must have stopped: one that does not stop in time is
 * waited for here; the kernel also lets it go when our thread ends. */
static bool let_go(struct stop_thread *thread)
{
	int status;

	if (!thread->stands && waitpid(thread->tid, &status, __WALL | WNOHANG) > 0 &&
	    WIFSTOPPED(status)) {
		thread->stands = true;
		thread->signal = status >> 16 ? 0 : WSTOPSIG(status);
	}
	bool stood = thread->stands;

	if (stood)
		ptrace(PTRACE_DETACH, thread->tid, NULL,
		       (void *)(intptr_t)thread->signal);
	thread->stands = false;
	return stood;
}

size_t stop_release(struct stop *stop)
{
	look_who_runs(stop);            /* forgets threads that have ended */
	for (size_t i = stop->length; i-- > 0;)
		if (let_go(&stop->threads[i]))
			forget_thread(stop, i);
	return stop->length;
}

void stop_end(struct stop *stop)
{
	for (size_t i = 0; i < stop->length; i++)
		let_go(&stop->threads[i]);
}

void stop_wait_for_end(int32_t tid)
{
	const struct timespec nap = { 0, NAP };
	uint64_t until = stop_clock() + END;

	while (tgkill(getpid(), tid, 0) == 0 && stop_clock() < until)
		nanosleep(&nap, NULL);
}

void stop_free(struct stop *stop)
{
	for (size_t i = 0; i < stop->length; i++)
		free(stop->threads[i].registers);
	free(stop->threads);
	*stop = (struct stop){ 0 };
}
