/* SPDX-License-Identifier: MIT */
#ifndef TRACER_GROUND_SHARED_OLDER_H
#define TRACER_GROUND_SHARED_OLDER_H
/*
 * Names that the headers of older systems lack: Debian 11 has those of Linux 5.10 and
 * glibc 2.31.  The numbers are the kernel's and the same on all machines.  Whoever uses
 * one of them needs a second way for kernels that do not know it.
 */
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <linux/futex.h>

#ifndef MADV_POPULATE_WRITE             /* Linux 5.14 */
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MREMAP_DONTUNMAP                /* Linux 5.7, glibc 2.32 */
#define MREMAP_DONTUNMAP 4
#endif
#ifndef SYS_futex_waitv                 /* Linux 5.16 */
#define SYS_futex_waitv 449
#endif
#ifndef FUTEX_32                        /* Linux 5.16's linux/futex.h */
#define FUTEX_32 2
struct futex_waitv {
	uint64_t val, uaddr;
	uint32_t flags, reserved;
};
#endif
#ifndef SYS_close_range                 /* Linux 5.9, glibc 2.34 */
#define SYS_close_range 436
#endif
#ifndef CLOSE_RANGE_UNSHARE             /* Linux 5.9's linux/close_range.h */
#define CLOSE_RANGE_UNSHARE (1u << 1)
#endif
/* PTRACE_GET_RSEQ_CONFIGURATION, Linux 5.13: only linux/ptrace.h defines it, which can't
 * be included together with sys/ptrace.h. */
#define OLDER_GET_RSEQ 0x420f
struct older_rseq {
	uint64_t address;
	uint32_t size, signature, flags, pad;
};

#endif
