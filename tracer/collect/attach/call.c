/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/attach/call.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tracer/collect/attach/inject.h"
#include "tracer/collect/attach/refuse.h"
#include "tracer/collect/target/launch.h"
#include "tracer/wire/wire.h"

static int check_process(int32_t pid, struct refuse_status *whose, struct error *error)
{
	if (!refuse_read(pid, whose))
		return deny(error, pid, "there is no such process");
	if (pid == getpid())
		return deny(error, pid, "that is this memtop");
	if (refuse_unfound(whose, pid, error) != 0)
		return -1;
	/* Root may open the page, or load a tracer there, but that tracer could not reach
	 * the folder of root's memtop. */
	if (whose->user != geteuid())
		return deny(error, pid, "it belongs to another user (%u), who cannot "
			    "reach this memtop; attach as that user, as root by setpriv --reuid=%u "
			    "--regid=%u --clear-groups memtop attach %d", (unsigned)whose->user,
			    (unsigned)whose->user, (unsigned)whose->group, (int)pid);
	return 0;
}

/* ---- its page ---------------------------------------------------------- */

struct mapped {
	char path[PATH_MAX];
	ino_t inode;
};

/* Whether a line of /proc/PID/maps is that of a standby page. */
static bool is_page(const char *line, struct mapped *page)
{
	unsigned long inode;
	int path = 0;

	if (sscanf(line, "%*x-%*x %*4s %*x %*x:%*x %lu %n", &inode, &path) != 1 || !path ||
	    !strstr(line + path, "/" STANDBY_PREFIX))
		return false;
	snprintf(page->path, sizeof(page->path), "%s", line + path);
	page->path[strcspn(page->path, "\n")] = '\0';
	page->inode = inode;
	return true;
}

/* 1: there is one, 0: none, or -errno. */
static int find_page(int32_t pid, struct mapped *page)
{
	char path[32], line[PATH_MAX + 128];
	bool found = false;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return -errno;
	while (!found && fgets(line, sizeof(line), file))
		found = is_page(line, page);
	int failed = ferror(file) ? EACCES : 0;
	fclose(file);
	return found ? 1 : -failed;
}

/* Opens the very file that is mapped, by its path here or by that in the process's
 * root. */
static int open_page(int32_t pid, const struct mapped *page)
{
	char path[PATH_MAX + 32];
	struct stat status;

	for (int i = 0; i < 2; i++) {
		int n = i ? snprintf(path, sizeof(path), "/proc/%d/root", (int)pid) : 0;

		snprintf(path + n, sizeof(path) - (size_t)n, "%s", page->path);
		int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
		if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
		    status.st_ino == page->inode && status.st_size >= (int)STANDBY_BYTES)
			return fd;
		if (fd >= 0)
			close(fd);
	}
	return -1;
}

/* Checks that the page belongs to the process's user or root and that others can't access
 * it, and locks it. */
static int check_page(int fd, int32_t pid, const struct refuse_status *whose,
		      struct error *error)
{
	struct stat status;

	if (fstat(fd, &status) != 0 || (status.st_mode & 077) ||
	    (status.st_uid != whose->user && status.st_uid != 0))
		return deny(error, pid, "others than its user can access its standby page");
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		return deny(error, pid, "another memtop is attached to it, or to one of "
			       "its family");
	return 0;
}

static int map_page(struct call *call, int32_t pid, struct error *error)
{
	void *at = mmap(NULL, STANDBY_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
			call->fd, 0);

	if (at == MAP_FAILED)
		return deny(error, pid, "its standby page can't be mapped: %s",
			       strerror(errno));
	call->page = at;
	if (call->page->magic != STANDBY_MAGIC || call->page->version != WIRE_VERSION)
		return deny(error, pid, "the tracer that sleeps in it is from another "
			       "version of memtop");
	return 0;
}

static int no_page(int32_t pid, int number, struct error *error)
{
	return deny(error, pid, "it can't be inspected (%s); it may have forbidden "
		      "tracing (prctl PR_SET_DUMPABLE), or be in another user namespace",
		      strerror(number));
}

/* Opens, locks and maps the page; 1: the process has none. */
static int take_page(struct call *call, int32_t pid, const struct refuse_status *whose,
		     struct error *error)
{
	struct mapped page = { .path = "" };
	int found = find_page(pid, &page);

	if (found < 0)
		return no_page(pid, -found, error);
	if (found == 0)
		return 1;
	call->fd = open_page(pid, &page);
	if (call->fd < 0)
		return deny(error, pid, "its standby page %.200s can't be opened, or was "
			      "removed", page.path);
	if (check_page(call->fd, pid, whose, error) == 0 &&
	    map_page(call, pid, error) == 0)
		return 0;
	call_close(call);
	return -1;
}

/* Tells a tracer that was loaded into the program where its file is, for the programs
 * that the process starts. */
static void tell_library(struct call *call)
{
	char library[PATH_MAX];
	struct error ignored;

	call->page->library[0] = '\0';
	if (launch_library(library, &ignored) == 0 && strlen(library) < STANDBY_LIBRARY &&
	    inject_sees(call->pid, library))
		memcpy(call->page->library, library, strlen(library) + 1);
}

/* Lets a tracer in that was loaded into the program: until then none of the program's
 * calls lead to it. */
static int let_in(struct call *call, struct error *error)
{
	uint64_t handle = call->page->handle;

	if (!atomic_load(&call->page->late))
		return 0;
	atomic_store(&call->page->order, STANDBY_TAKE);
	if (handle && inject(call->pid, &handle, error) == 0) {
		tell_library(call);
		return 0;
	}
	if (!handle)
		deny(error, call->pid, "its standby page is damaged");
	call_close(call);
	return -1;
}

/* Loads a tracer into the process. */
static int bring_in(struct call *call, const struct refuse_status *whose,
		    struct error *error)
{
	uint64_t handle = 0;
	int r;

	r = inject(call->pid, &handle, error);
	if (r == 0)
		r = take_page(call, call->pid, whose, error);
	if (r == 0)
		tell_library(call);
	return r > 0 ? deny(error, call->pid, "its tracer's page is not there") : r;
}

int call_find(struct call *call, int32_t pid, struct error *error)
{
	struct refuse_status whose;
	int r;

	*call = (struct call){ .fd = -1, .pid = pid };
	if (check_process(pid, &whose, error) != 0)
		return -1;
	call->inside = whose.inside;
	r = take_page(call, pid, &whose, error);
	if (r == 0)
		return let_in(call, error);
	return r > 0 ? bring_in(call, &whose, error) : r;
}

void call_leave(struct call *call)
{
	uint64_t handle = call->page ? call->page->handle : 0;
	struct error ignored;

	if (!handle || !atomic_load(&call->page->late))
		return;
	call_over(call);
	atomic_store(&call->page->order, STANDBY_GIVE_BACK);
	inject(call->pid, &handle, &ignored);
}

/* ---- the call ---------------------------------------------------------- */

void call_make(struct call *call, const char *meeting)
{
	struct wire_standby *page = call->page;
	uint32_t number = atomic_load(&page->calls) + 1;

	/* The tracer keeps the highest bit for itself (tracer_passes). */
	call->number = number && number <= INT32_MAX ? number : 1;
	atomic_store(&page->calls, call->number);
	snprintf(page->meeting, sizeof(page->meeting), "%s", meeting);
	atomic_store(&page->whom, call->inside);
	/* Pairs with the tracer's load: it sees all that was written to the page
	 * above. */
	atomic_store_explicit(&page->wanted, call->number, memory_order_release);
}

void call_rouse(struct call *call)
{
	uint64_t handle = atomic_load(&call->page->late) ? call->page->handle : 0;
	struct refuse_status whose;

	/* A stopped process can't be borrowed from. */
	if (call_answer(call) || !refuse_read(call->pid, &whose) || whose.state == 'T' ||
	    whose.state == 't')
		return;
	atomic_store(&call->page->order, STANDBY_ROUSE);
	inject_knock(call->pid, handle);
}

int call_answer(const struct call *call)
{
	if (!call->number || atomic_load(&call->page->answered) != call->number)
		return 0;
	int failed = atomic_load(&call->page->failed);

	return failed == 0 ? 1 : failed > 0 && failed < 4096 ? -failed : -EPROTO;
}

void call_over(struct call *call)
{
	if (call->page)
		atomic_store(&call->page->wanted, 0);
}

void call_close(struct call *call)
{
	if (call->page) {
		if (call->number)
			call_over(call);
		munmap(call->page, STANDBY_BYTES);
	}
	if (call->fd >= 0)
		close(call->fd);
	*call = (struct call){ .fd = -1 };
}

/* ---- what killed programs left ----------------------------------------- */

/* Whether any process that we may inspect has the page mapped. */
static bool is_mapped(const struct stat *status)
{
	DIR *processes = opendir("/proc");
	struct mapped page;
	bool found = false;

	for (struct dirent *entry; processes && !found && (entry = readdir(processes));) {
		int32_t pid = atoi(entry->d_name);

		if (pid > 0 && find_page(pid, &page) == 1)
			found = page.inode == status->st_ino;
	}
	if (processes)
		closedir(processes);
	return found || !processes;
}

/* Removes a page whose maker and all its children are gone.  A new page is kept: it may
 * be about to be mapped, or belong to a process of another pid namespace. */
static void sweep_page(int folder, const char *name)
{
	struct stat status;
	int pid;

	if (sscanf(name, STANDBY_PREFIX "%d.", &pid) != 1 || kill(pid, 0) == 0 ||
	    errno != ESRCH || fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISREG(status.st_mode) || status.st_uid != geteuid() || is_mapped(&status))
		return;
	unlinkat(folder, name, 0);
}

static void sweep_folder(const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *folder = fd >= 0 && fstat(fd, &status) == 0 && status.st_uid == geteuid()
			      ? fdopendir(fd) : NULL;

	if (!folder) {
		if (fd >= 0)
			close(fd);
		return;
	}
	for (struct dirent *entry; (entry = readdir(folder));)
		if (strncmp(entry->d_name, STANDBY_PREFIX, strlen(STANDBY_PREFIX)) == 0)
			sweep_page(fd, entry->d_name);
	closedir(folder);
}

void call_sweep(void)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char path[64];

	if (runtime && runtime[0] == '/')
		sweep_folder(runtime);
	snprintf(path, sizeof(path), STANDBY_FOLDER "%u", (unsigned)geteuid());
	sweep_folder(path);
}
