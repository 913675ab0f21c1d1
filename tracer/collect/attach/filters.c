/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/attach/filters.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include "tracer/collect/attach/refuse.h"
#include "tracer/ground/shared/bpf.h"
#include "tracer/ground/threads/threads.h"
#include "tracer/machine/machine.h"

#define TRIES 20u                       /* attempts to stop a thread that keeps getting
					 * signals */
#define CHAIN_MAX 64u                   /* most filters of one thread that are read */

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

static const struct call {
	int number;
	bool must;                      /* the call has to succeed; else it may fail, but
					 * not kill the process */
	const char *name;
	uint64_t arguments[6];
} calls[] = {
#define NEED(name, must, ...) { SYS_##name, must, #name, { __VA_ARGS__ } },
#define NEED_ASLEEP NEED
	/* Calls that the borrowed thread makes (inject.c). */
	NEED(mmap, true, 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
	     UINT64_MAX)
	NEED(mprotect, true, 0, 4096, PROT_READ | PROT_EXEC)
	NEED(munmap, true, 0, 4096)
	NEED(memfd_create, false, 0, MFD_CLOEXEC)
	NEED(pipe2, false, 0, O_CLOEXEC)
	NEED(close, true, 3)
	NEED(ppoll, true, 0, 1, 0)
	NEED(rt_sigreturn, true, 0)
	/* Calls of the loader as it opens the library. */
	NEED(openat, true, (uint32_t)AT_FDCWD, 0, O_RDONLY | O_CLOEXEC)
	NEED(read, true, 3, 0, 832)
	NEED(mmap, true, 0, 4096, PROT_READ, MAP_PRIVATE | 0x800 /* MAP_DENYWRITE */, 3)
	NEED(mmap, true, 0, 4096, PROT_READ | PROT_EXEC,
	     MAP_PRIVATE | MAP_FIXED | 0x800, 3)
	NEED(mprotect, true, 0, 4096, PROT_READ)
	NEED(mprotect, true, 0, 4096, PROT_READ | PROT_WRITE)
	NEED(brk, false, 0)
	/* Calls of the tracer when it begins (preload/life/standby.c) and says hello. */
	NEED(openat, true, (uint32_t)AT_FDCWD, 0, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	     0600)
	NEED(fstat, true, 3)
	NEED(ftruncate, true, 3, 4096)
	NEED(mkdirat, false, (uint32_t)AT_FDCWD, 0, 0700)
	NEED(unlinkat, false, (uint32_t)AT_FDCWD)
	NEED(mmap, true, 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, 3)
	NEED(madvise, true, 0, 4096, MADV_WIPEONFORK)
	NEED(socket, true, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC)
	NEED(connect, true, 3)
	NEED(sendto, true, 3)
	NEED(recvmsg, true, 3, 0, MSG_CMSG_CLOEXEC)
	NEED(getpid, true, 0)
#include "tracer/ground/shared/needs.def"
};

const char *filters_forbid(const struct sock_filter *program, unsigned length)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		struct seccomp_data call = { .nr = calls[i].number, .arch = MACHINE_AUDIT };

		memcpy(call.args, calls[i].arguments, sizeof(call.args));
		uint32_t answer = bpf_run(program, length, &call) & SECCOMP_RET_ACTION_FULL;

		if (answer != SECCOMP_RET_ALLOW && answer != SECCOMP_RET_LOG &&
		    (answer != SECCOMP_RET_ERRNO || calls[i].must))
			return calls[i].name;
	}
	return NULL;
}

/* Reads the filters of a stopped thread.  0, or -errno with which they can't be read;
 * *forbidden: a call that one of them does not allow, or NULL. */
static int filters_read_chain(int32_t tid, const char **forbidden)
{
	static struct sock_filter program[BPF_MAXINSNS];

	for (unsigned i = 0; !*forbidden && i < CHAIN_MAX; i++) {
		long length = ptrace(PTRACE_SECCOMP_GET_FILTER, tid, (void *)(uintptr_t)i, NULL);

		if (length > BPF_MAXINSNS)
			return -EOVERFLOW;
		if (length > 0)
			length = ptrace(PTRACE_SECCOMP_GET_FILTER, tid, (void *)(uintptr_t)i,
					program);
		if (length < 0)
			return errno == ENOENT && i ? 0 : -errno;
		*forbidden = filters_forbid(program, (unsigned)length);
	}
	return *forbidden ? 0 : -EOVERFLOW;
}

static int filters_read_thread(struct borrow *b, int32_t tid, const char **forbidden)
{
	int r = -EAGAIN;

	for (unsigned i = 0; r == -EAGAIN && i < TRIES; i++)
		r = borrow_stop(b, tid);
	if (r == -ESRCH)                /* the thread has ended */
		return 0;
	if (r == 0) {
		r = filters_read_chain(tid, forbidden);
		borrow_end(b);
	}
	return r;
}

static int filters_read(struct borrow *b, const char **forbidden)
{
	struct refuse_status status;
	DIR *threads = threads_open(b->afar->pid);
	int32_t tid;
	int r = 0;

	if (!threads)
		return -ESRCH;
	while (r == 0 && !*forbidden && (tid = threads_next(threads)))
		if (refuse_read(tid, &status) && status.seccomp)
			r = filters_read_thread(b, tid, forbidden);
	closedir(threads);
	return r;
}

int filters_check(struct borrow *borrow, struct error *error)
{
	const char *forbidden = NULL;
	int r = filters_read(borrow, &forbidden);

	if (r == -EACCES || r == -EPERM)
		return deny(error, borrow->afar->pid, "it runs under a seccomp filter, which "
			    "may forbid the tracer's calls, and only root may read "
			    "(CAP_SYS_ADMIN); start the program with memtop standby");
	if (r < 0)
		return deny(error, borrow->afar->pid, "its seccomp filters can't be read (%s); "
			    "start the program with memtop standby", strerror(-r));
	if (forbidden)
		return deny(error, borrow->afar->pid, "it runs under a seccomp filter that does "
			    "not allow %s, which memtop needs there; start the program with "
			    "memtop standby", forbidden);
	return 0;
}
