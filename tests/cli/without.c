/* SPDX-License-Identifier: GPL-3.0-or-later */
/* without WHAT[,WHAT...] PROGRAM [ARG...]: as on a kernel that lacks these calls.
 * A seccomp filter answers them as that kernel would.  "newer" stands for every call that came
 * after Linux 4.18, known here or not: all machines number those from 424 on.  What came as
 * a value of an older call's argument has a line of its own below. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "tracer/ground/shared/older.h"

#ifndef SYS_rseq
#define SYS_rseq 334
#endif
#define FIRST_NEWER 424                 /* pidfd_send_signal, Linux 5.1 */
#define ALWAYS -1
#define ONWARDS -2
#define PAGEMAP_SCAN_NUMBER 16          /* 'f', 16; its size is struct pm_scan_arg's, 96 */

/* A call, all from this number on, or one that has this value as its argument of that number. */
static const struct {
	const char *name;
	unsigned call;
	int argument;
	unsigned value, error;
} calls[] = {
	{ "newer", FIRST_NEWER, ONWARDS, 0, ENOSYS },
	{ "rseq", SYS_rseq, ALWAYS, 0, ENOSYS },                        /* 4.18 */
	{ "statx", SYS_statx, ALWAYS, 0, ENOSYS },                      /* 4.11 */
	{ "membarrier", SYS_membarrier, ALWAYS, 0, ENOSYS },            /* 4.3, 4.14 */
	{ "userfaultfd", SYS_userfaultfd, ALWAYS, 0, ENOSYS },
	{ "memfd_create", SYS_memfd_create, ALWAYS, 0, ENOSYS },
	{ "process_vm_readv", SYS_process_vm_readv, ALWAYS, 0, ENOSYS },
	{ "populate_write", SYS_madvise, 2, MADV_POPULATE_WRITE, EINVAL },      /* 5.14 */
	{ "dontunmap", SYS_mremap, 3, MREMAP_DONTUNMAP | 1, EINVAL },           /* 5.7 */
	{ "get_rseq", SYS_ptrace, 0, OLDER_GET_RSEQ, EIO },                     /* 5.13 */
	{ "pagemap_scan", SYS_ioctl, 1,
	  (unsigned)_IOC(_IOC_READ | _IOC_WRITE, 'f', PAGEMAP_SCAN_NUMBER, 96), ENOTTY }, /* 6.7 */
};

#define CALLS (sizeof(calls) / sizeof(*calls))

static struct sock_filter code[5 * CALLS + 2] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
};
static unsigned short length = 1;

/* A jump goes on with the next one if it is true, else skips `no` of them. */
static void put(unsigned short operation, unsigned char no, unsigned value)
{
	code[length++] = (struct sock_filter){ operation, 0, no, value };
}

static int deny(const char *name)
{
	for (size_t i = 0; i < CALLS; i++) {
		if (strcmp(name, calls[i].name) != 0)
			continue;
		bool always = calls[i].argument < 0;
		unsigned short test = calls[i].argument == ONWARDS ? BPF_JGE : BPF_JEQ;

		put(BPF_JMP | test | BPF_K, always ? 1 : 4, calls[i].call);
		if (!always) {
			put(BPF_LD | BPF_W | BPF_ABS, 0,
			    offsetof(struct seccomp_data, args) + 8u * (unsigned)calls[i].argument);
			put(BPF_JMP | BPF_JEQ | BPF_K, 1, calls[i].value);
		}
		put(BPF_RET | BPF_K, 0, SECCOMP_RET_ERRNO | calls[i].error);
		if (!always)            /* what the next one looks at */
			put(BPF_LD | BPF_W | BPF_ABS, 0, offsetof(struct seccomp_data, nr));
		return 0;
	}
	fprintf(stderr, "without: no call %s\n", name);
	return -1;
}

int main(int argc, char **argv)
{
	char *name = argc > 2 ? strtok(argv[1], ",") : NULL;

	if (!name)
		return 2;
	for (; name; name = strtok(NULL, ","))
		if (deny(name))
			return 2;
	put(BPF_RET | BPF_K, 0, SECCOMP_RET_ALLOW);
	const struct sock_fprog program = { length, code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
		perror("without");
		return 77;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
