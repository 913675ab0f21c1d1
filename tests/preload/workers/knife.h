/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_PRELOAD_WORKERS_KNIFE_H
#define TESTS_PRELOAD_WORKERS_KNIFE_H
/*
 * The page that libknife.so, load.c and tests/cli/kills.py share: who is who in a
 * run, what was called how often, whether the knife fell.  kills.py reads the list
 * below out of this file, so its lines keep their form.
 */
#include <stdint.h>

/* The leader is of the session on a target's terminal. */
enum { KNIFE_KEEPER, KNIFE_PROPER, KNIFE_TARGET, KNIFE_LEADER, KNIFE_ROLES };

#define KNIFE_JUMPS(X) \
	X(execve) X(waitpid) X(signalfd) X(socketpair) X(mkdtemp) \
	X(bind) X(listen) X(accept4) X(recv) X(send) X(sendmsg) X(socket) X(symlink) \
	X(memfd_create) X(ftruncate) X(fallocate) X(eventfd) X(epoll_ctl) \
	X(poll) X(pthread_create) X(pthread_join) X(pthread_setname_np) X(realpath) \
	X(pwrite64) X(pread64) X(fdatasync) X(unlink) X(rmdir) X(close) X(opendir) X(readdir) \
	X(sqlite3_open_v2) X(sqlite3_exec) X(sqlite3_step) X(sqlite3_close) \
	X(sqlite3_prepare_v3) X(sqlite3_wal_checkpoint_v2) X(elf_begin) X(dwarf_getsrclines) \
	X(dwfl_module_getsymtab) X(tcsetattr) X(newterm) X(endwin) X(wrefresh) X(write)
#define KNIFE_LIST(X) KNIFE_JUMPS(X) X(syscall)

#define KNIFE_ENUM(function) KNIFE_##function,
/* Before and after a fork; the rest is the list. */
enum { KNIFE_fork, KNIFE_forked, KNIFE_LIST(KNIFE_ENUM) KNIFE_FUNCTIONS };

struct knife_page {
	int32_t pid[KNIFE_ROLES];
	uint32_t fallen;                /* somebody was killed, or is just about to be */
	uint32_t calls[KNIFE_ROLES][KNIFE_FUNCTIONS];
};

#endif
