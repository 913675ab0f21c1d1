/* SPDX-License-Identifier: MIT */
/*
 * The file belongs to the user, in a folder where nobody else can replace it.  Whoever
 * could write to it could make the tracer say hello, but no more than that, since the
 * tracer checks whose the socket is.
 */
#include "tracer/preload/life/standby.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "tracer/preload/base/clock.h"
#include "tracer/preload/base/sys.h"
#include "tracer/preload/base/tracer.h"
#include "tracer/preload/life/given.h"

static struct {
	char path[TRACER_PATH_MAX];
} page;

static char *standby_put_text(char *to, const char *text)
{
	size_t length = strlen(text);

	memcpy(to, text, length + 1);
	return to + length;
}

static char *standby_put_number(char *to, uint64_t number)
{
	char digits[24];
	unsigned n = sizeof(digits) - 1;

	digits[n] = 0;
	do
		digits[--n] = (char)('0' + number % 10);
	while (number /= 10);
	return standby_put_text(to, digits + n);
}

/* Whether nobody but this user, and root, can make files in this folder. */
static bool is_ours(const char *folder)
{
	struct stat status;
	long fd = sys_call6(SYS_openat, AT_FDCWD, (long)folder,
			    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0, 0, 0);
	long r = sys_failed(fd) ? fd : sys_call3(SYS_fstat, fd, (long)&status, 0);

	if (!sys_failed(fd))
		sys_call3(SYS_close, fd, 0, 0);
	return !sys_failed(r) && status.st_uid == (uid_t)sys_call3(SYS_geteuid, 0, 0, 0) &&
	       !(status.st_mode & (S_IWGRP | S_IWOTH));
}

/* Puts the folder into page.path and returns the path's end; NULL: there is no such
 * folder. */
static char *choose_folder(const char *runtime)
{
	if (runtime && runtime[0] == '/' && strlen(runtime) < TRACER_PATH_MAX - 128) {
		char *end = standby_put_text(page.path, runtime);

		if (is_ours(page.path))
			return end;
	}
	char *end = standby_put_number(standby_put_text(page.path, STANDBY_FOLDER),
			       (uint64_t)sys_call3(SYS_geteuid, 0, 0, 0));

	sys_call3(SYS_mkdirat, AT_FDCWD, (long)page.path, 0700);
	return is_ours(page.path) ? end : NULL;
}

static void standby_fill(struct wire_standby *standby)
{
	standby->magic = STANDBY_MAGIC;
	standby->version = WIRE_VERSION;
	standby->pid = (int32_t)sys_call3(SYS_getpid, 0, 0, 0);
}

/* Whether a file may be as large; if not, the kernel would send SIGXFSZ, which ends the
 * program.  A filter of system calls may keep what the limit is. */
static bool may_be_there(void)
{
	struct rlimit limit = { .rlim_cur = RLIM_INFINITY };

	sys_call3(SYS_getrlimit, RLIMIT_FSIZE, (long)&limit, 0);
	return limit.rlim_cur >= STANDBY_BYTES;
}

static int standby_map(int fd)
{
	long at = may_be_there() ? sys_call3(SYS_ftruncate, fd, STANDBY_BYTES, 0) : -EFBIG;

	if (!sys_failed(at))
		at = sys_call6(SYS_mmap, (long)&tracer.page, STANDBY_BYTES,
			       PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
	if (sys_failed(at))
		return (int)at;
	sys_call3(SYS_madvise, at, STANDBY_BYTES, MADV_DONTDUMP);
	standby_fill(&tracer.page);
	tracer.standby = &tracer.page;
	return 0;
}

int standby_open(const char *(*variable)(const char *name))
{
	char *end = choose_folder(variable("XDG_RUNTIME_DIR"));
	long fd;
	int r;

	if (!end)
		return -EACCES;
	end = standby_put_text(end, "/" STANDBY_PREFIX);
	end = standby_put_number(end, (uint64_t)sys_call3(SYS_getpid, 0, 0, 0));
	standby_put_number(standby_put_text(end, "."), clock_nanoseconds());
	fd = sys_call6(SYS_openat, AT_FDCWD, (long)page.path,
		       O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600, 0, 0);
	if (sys_failed(fd))
		return (int)fd;
	r = standby_map((int)fd);
	sys_call3(SYS_close, fd, 0, 0);
	if (r < 0)
		sys_call3(SYS_unlinkat, AT_FDCWD, (long)page.path, 0);
	given_find();
	return r;
}

void standby_close(void)
{
	if (tracer.standby && !tracer.shared &&
	    tracer.standby->pid == (int32_t)sys_call3(SYS_getpid, 0, 0, 0))
		sys_call3(SYS_unlinkat, AT_FDCWD, (long)page.path, 0);
}

struct link_map *standby_handle(void)
{
	struct link_map *map;
	Dl_info info;

	return dladdr1((void *)standby_handle, &info, (void **)&map, RTLD_DL_LINKMAP) ? map
										      : NULL;
}

void standby_library(char *path, size_t size)
{
	const struct link_map *map = standby_handle();
	const char *name = map ? map->l_name : "";

	path[0] = 0;
	if (name[0] == '/' && strlen(name) < size)
		standby_put_text(path, name);
}
