/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The library comes as a file without a name (memfd), which the process itself makes and
 * we fill, so that it need not see our folders; where such files may not be executed, it
 * comes by its path.  It is opened under a spelling of its name that nobody else uses,
 * since the loader compares names.  It stays open: closing it would unmap hooks that
 * threads may be in.
 */
#include "tracer/collect/attach/inject.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "tracer/collect/attach/afar.h"
#include "tracer/collect/attach/borrow.h"
#include "tracer/collect/attach/choose.h"
#include "tracer/collect/attach/filters.h"
#include "tracer/collect/attach/refuse.h"
#include "tracer/collect/target/launch.h"
#include "tracer/ground/whole.h"
#include "tracer/wire/standby.h"
#include "tracer/machine/machine.h"
#include "tracer/machine/process.h"
#include "tracer/ground/shared/page.h"

#define STACK (256u << 10)              /* for the loader, and for our code's first
					 * steps */
#define MAPPED (STACK + 2 * PAGE)       /* and a page of code, and below the stack one of
					 * data */
#define CHOICE 5.0                      /* seconds to find a thread to borrow */
#define TRIES 5
#define WAITS 10u                       /* seconds that the thread waits for us in the
					 * end */
#define PROBE UINT64_C(1000000000)      /* ns for which other threads may hold the
					 * loader's lock */
#define OPENING UINT64_C(20000000000)
#define MEMFD_EXEC 0x10u                /* Linux 6.3 */
#define SPELLING "/proc/self//fd/%ld"

/* What the code below is given; a copy of it lies in the process. */
struct errand {
	uint64_t dlopen, path, flags, handle;
	uint64_t dlsym, name, result;
	uint64_t dlerror, text;
	uint64_t fd;                    /* the code closes it at its end; negative:
					 * none */
	uint64_t errno_location, saved;
	uint64_t done;                  /* 1: the code is done and only waits to be taken
					 * out */
	struct pollfd watch;            /* it stops waiting when the pipe's other end
					 * closes; then it closes this */
	uint64_t seconds, nanoseconds;
	char said[2][1024];             /* path of the library, name of its door */
	uint64_t exception[3];          /* struct dl_exception of glibc (dl-error.h): object and
					 * error, which are texts, and what of them is malloced */
	char nothing[8], fault[32];     /* those texts */
};

/* In machine/.../process/errand.c: errand_code asks the program for the name; errand_open
 * opens the library before that. */
extern const char errand_code[], errand_open[], errand_end[];
_Static_assert(offsetof(struct errand, flags) == 16 && offsetof(struct errand, name) == 40 &&
	       offsetof(struct errand, text) == 64 && offsetof(struct errand, done) == 96 &&
	       offsetof(struct errand, watch) == 104 && offsetof(struct errand, seconds) == 112,
	       "as that code has them");

struct inject {
	int32_t pid;
	struct afar afar;
	struct borrow borrow;
	struct borrow_errand run;       /* what the borrowed thread runs */
	struct errand errand;
	uint64_t map;                   /* code, data and stack in the process; 0: not
					 * mapped */
	char library[PATH_MAX];
	int end;                        /* our end of the pipe that the thread watches;
					 * -1: none */
	uint64_t raise;                 /* the loader's own way out of itself; 0: not found */
	int32_t inside;                 /* the thread's id in its namespace */
	bool rescued;                   /* it was needed */
	bool busy;                      /* other threads held the loader's lock all the
					 * time */
	struct error *error;
};

static long inject_call(struct inject *in, long number, uint64_t a, uint64_t b, uint64_t c,
			uint64_t d)
{
	/* The last two are a mapping's descriptor (none) and offset. */
	const uint64_t arguments[6] = { a, b, c, d, UINT64_MAX, 0 };

	return borrow_call(&in->borrow, number, arguments);
}

/* ---- the library ------------------------------------------------------- */

static bool inject_copy(int from, int to)
{
	static char bytes[1 << 16];
	ssize_t n;

	while ((n = whole_read(from, bytes, sizeof(bytes))) > 0)
		if (!whole_write(to, bytes, (size_t)n))
			return false;
	return n == 0;
}

static bool fill_memfd(const struct inject *in, long fd)
{
	char path[64];
	bool done = false;

	snprintf(path, sizeof(path), "/proc/%d/fd/%ld", (int)in->pid, fd);
	int to = open(path, O_WRONLY | O_CLOEXEC);
	int from = open(in->library, O_RDONLY | O_CLOEXEC);

	if (to >= 0 && from >= 0)
		done = inject_copy(from, to);
	if (to >= 0)
		close(to);
	if (from >= 0)
		close(from);
	return done;
}

/* A file in memory that the process may execute.  Returns its descriptor there, or
 * -errno. */
static long make_memfd(struct inject *in)
{
	static const char name[] = "libmemtop.so";
	uint64_t at = in->map + PAGE;
	long fd;

	if (!afar_write(&in->afar, at, name, sizeof(name)))
		return -EFAULT;
	fd = inject_call(in, SYS_memfd_create, at, MFD_CLOEXEC | MEMFD_EXEC, 0, 0);
	if (fd == -EINVAL)              /* older kernels do not know that flag */
		fd = inject_call(in, SYS_memfd_create, at, MFD_CLOEXEC, 0, 0);
	if (fd < 0)
		return fd;
	if (fill_memfd(in, fd))
		return fd;
	inject_call(in, SYS_close, (uint64_t)fd, 0, 0, 0);
	return -EIO;
}

bool inject_sees(int32_t pid, const char *library)
{
	char path[PATH_MAX + 32];
	struct stat ours, theirs;

	snprintf(path, sizeof(path), "/proc/%d/root%s", (int)pid, library);
	return stat(library, &ours) == 0 && stat(path, &theirs) == 0 &&
	       ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

/* ---- whether memtop lives ---------------------------------------------- */

/* Makes a pipe in the process whose other end only we hold: the kernel closes it however
 * we end.  Without a pipe the thread waits WAITS seconds. */
static void inject_watch(struct inject *in)
{
	uint64_t at = in->map + PAGE;
	char path[64];
	int pair[2];

	in->errand.watch.fd = -1;
	if (inject_call(in, SYS_pipe2, at, O_CLOEXEC, 0, 0) != 0 ||
	    !afar_read(&in->afar, at, pair, sizeof(pair)))
		return;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)in->pid, pair[1]);
	in->end = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	inject_call(in, SYS_close, (uint64_t)pair[1], 0, 0, 0);
	if (in->end >= 0)
		in->errand.watch.fd = pair[0];
	else
		inject_call(in, SYS_close, (uint64_t)pair[0], 0, 0, 0);
}

static void inject_unwatch(struct inject *in)
{
	if (in->errand.watch.fd >= 0)
		inject_call(in, SYS_close, (uint64_t)in->errand.watch.fd, 0, 0, 0);
	in->errand.watch.fd = -1;
}

/* ---- the errand -------------------------------------------------------- */

static uint64_t of_loader(const struct afar *afar, const char *name)
{
	uint64_t at = afar_symbol(afar, &afar->libc, name);

	return at ? at : afar_symbol(afar, &afar->libdl, name);
}

/* libc's, which its dlopen catches; since 2.41 it has the loader's, as seen there. */
static uint64_t way_out(const struct afar *afar)
{
	static const char name[] = "_dl_signal_exception";
	uint64_t at = afar_symbol(afar, &afar->libc, name);

	return at ? at : afar_symbol(afar, &afar->loader, name);
}

static bool inject_functions(struct inject *in)
{
	struct errand *e = &in->errand;

	e->dlopen = of_loader(&in->afar, "dlopen");
	e->dlsym = of_loader(&in->afar, "dlsym");
	e->dlerror = of_loader(&in->afar, "dlerror");
	/* Before 2.34, when dlopen came to libc, dlerror frees the text of any exception. */
	if (afar_symbol(&in->afar, &in->afar.libc, "dlopen"))
		in->raise = way_out(&in->afar);
	e->errno_location = afar_symbol(&in->afar, &in->afar.libc, "__errno_location");
	return e->dlopen && e->dlsym && e->dlerror && e->errno_location;
}

static int inject_map(struct inject *in)
{
	long at = inject_call(in, SYS_mmap, 0, MAPPED, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS);

	if (at < 0)
		return deny(in->error, in->pid, "it can't map memory: %s",
			      strerror((int)-at));
	in->map = (uint64_t)at;
	if (!afar_write(&in->afar, in->map, errand_code,
			(size_t)(errand_end - errand_code)))
		return deny(in->error, in->pid, "its memory can't be written");
	at = inject_call(in, SYS_mprotect, in->map, PAGE, PROT_READ | PROT_EXEC, 0);
	if (at < 0)
		return deny(in->error, in->pid, "it may not execute memory of its own (%s)",
			      strerror((int)-at));
	inject_watch(in);
	in->inside = (int32_t)inject_call(in, SYS_gettid, 0, 0, 0, 0);
	return 0;
}

static void inject_unmap(struct inject *in)
{
	if (in->map)
		inject_call(in, SYS_munmap, in->map, MAPPED, 0, 0);
	in->map = 0;
}

static int read_results(struct inject *in)
{
	return afar_read(&in->afar, in->map + PAGE, &in->errand, sizeof(in->errand)) ? 0 : -EFAULT;
}

/* ---- a fault on the way ------------------------------------------------ */

/*
 * A thread that is taken out of the loader by force would keep its lock.  So after a fault
 * the loader is made to fail as it does over a library that lacks a symbol: it undoes what
 * it had begun, gives the lock back and returns an error.  That way begins where the lock
 * is taken.  In libc or the allocator the fault came from a heap that is damaged, with a
 * lock whose owner nobody knows, and which that way would take.
 */
static uint64_t inject_rescue(void *user, uint64_t at)
{
	struct inject *in = user;
	const struct afar *afar = &in->afar;

	if (in->rescued || afar_in(&afar->libc, at) || afar_in(&afar->allocator, at) ||
	    !afar_owns(afar, &afar->loader, in->inside))
		return 0;
	in->rescued = in->raise != 0;
	return in->raise;
}

/* The object that failed, and why, as the loader's function takes them. */
static void describe_fault(struct errand *e, uint64_t at)
{
	snprintf(e->fault, sizeof(e->fault), "a fault on the way");
	e->exception[0] = at + offsetof(struct errand, nothing);
	e->exception[1] = at + offsetof(struct errand, fault);
	e->exception[2] = 0;
}

/* Runs the errand in `in` from this part of the code, and reads its results back. */
static int errand_run(struct inject *in, const char *part, const char *path,
		      const char *name, uint64_t patience)
{
	struct errand *e = &in->errand;
	uint64_t at = in->map + PAGE;

	snprintf(e->said[0], sizeof(e->said[0]), "%s", path);
	snprintf(e->said[1], sizeof(e->said[1]), "%s", name);
	e->path = at + offsetof(struct errand, said[0]);
	e->name = at + offsetof(struct errand, said[1]);
	e->done = 0;
	e->seconds = WAITS;
	describe_fault(e, at);
	if (!afar_write(&in->afar, at, e, sizeof(*e)))
		return -EFAULT;
	in->run = (struct borrow_errand){
		.code = in->map + (uint64_t)(part - errand_code),
		.end = in->map + PAGE,
		.top = in->map + MAPPED,
		.data = at,
		.done = at + offsetof(struct errand, done),
		.rescue = inject_rescue,
		.user = in,
		.with = at + offsetof(struct errand, exception),
	};
	int r = borrow_run(&in->borrow, &in->run, patience);

	return r == 0 ? read_results(in) : r;
}
_Static_assert(sizeof(struct errand) <= PAGE, "one page");

/* The loader's lock may be held by a thread that waits for the borrowed one. dlsym takes
 * that lock before it does anything else, so a thread that waits for it there can still
 * be taken out.  One that is only slow may have it, and is let go on. */
static int wait_for_loader(struct inject *in)
{
	int r = errand_run(in, errand_code, "", "free", PROBE);
	uint64_t word;
	long number;

	for (unsigned i = 0; r == -ETIMEDOUT && i < WAITS; i++) {
		if (!borrow_halt(&in->borrow) || !borrow_stands(&in->borrow, &number, &word))
			return -ESRCH;
		if (number == SYS_futex && choose_is_lock(&in->afar, word))
			return -EDEADLK;
		r = borrow_resume(&in->borrow, &in->run, PROBE);
		if (r == 0)
			r = read_results(in);
	}
	return r == 0 && in->rescued ? -EFAULT : r;
}

/* What the loader said, or "". */
static void loader_words(const struct inject *in, char *text, size_t size)
{
	size_t n = 0;

	while (n + 1 < size && in->errand.text &&
	       afar_read(&in->afar, in->errand.text + n, text + n, 1) && text[n])
		n++;
	text[n] = '\0';
}

static int not_done(struct inject *in, int r)
{
	const char *const busy = "its loader or its allocator is busy";

	in->busy = r == -EDEADLK;
	if (r == -EDEADLK || r == -ETIMEDOUT)
		return deny(in->error, in->pid, "%s; try again", busy);
	if (r == -ESRCH)
		return deny(in->error, in->pid, "it has ended");
	if (r == -EFAULT && !in->rescued)
		return deny(in->error, in->pid, "its loader or its allocator faulted, and may have "
			      "kept a lock");
	return deny(in->error, in->pid, "its loader can't be called: %s", strerror(-r));
}

/* Reads what the door answered, which is 1 + an errno. */
static int judge_answer(struct inject *in)
{
	char text[256];

	if (in->errand.result == 1)
		return 0;
	if (in->errand.result > 1)
		return deny(in->error, in->pid, "its tracer can't start there: %s",
			      strerror((int)in->errand.result - 1));
	loader_words(in, text, sizeof(text));
	return deny(in->error, in->pid, "its loader refuses the library: %.200s", text);
}

/* Whether the process sees a /proc, in whatever root directory it has. */
static bool has_proc(int32_t pid)
{
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/root/proc/stat", (int)pid);
	return access(path, F_OK) == 0;
}

static int open_library(struct inject *in)
{
	char path[PATH_MAX];
	bool proc = has_proc(in->pid);
	long fd = proc ? make_memfd(in) : -ENOENT;
	int r;

	snprintf(path, sizeof(path), "%s", in->library);
	if (fd >= 0)
		snprintf(path, sizeof(path), SPELLING, fd);
	else if (!proc && !inject_sees(in->pid, in->library))
		return deny(in->error, in->pid, "its root directory has neither /proc, by which the "
			      "library comes, nor %.150s", in->library);
	else if (!inject_sees(in->pid, in->library))
		return deny(in->error, in->pid, "it can make no file in memory that may be "
			      "executed (%s), and does not see %.150s", strerror((int)-fd),
			      in->library);
	in->errand.flags = 2;           /* RTLD_NOW, and not RTLD_GLOBAL: nothing of the
					 * program's binds to us */
	in->errand.fd = fd >= 0 ? (uint64_t)fd : UINT64_MAX;
	r = errand_run(in, errand_open, path, STANDBY_DOOR, OPENING);
	return r < 0 ? not_done(in, r) : judge_answer(in);
}

static int go_in(struct inject *in)
{
	int r;

	if (inject_map(in) != 0)
		return -1;
	r = wait_for_loader(in);
	return r < 0 ? not_done(in, r) : open_library(in);
}

/* Runs the door of the library that is loaded already: it puts the hooks in or takes them
 * out. */
static int through_door(struct inject *in)
{
	int r;

	if (inject_map(in) != 0)
		return -1;
	r = wait_for_loader(in);
	if (r == 0) {
		in->errand.fd = UINT64_MAX;
		r = errand_run(in, errand_open, "", STANDBY_DOOR, OPENING);
	}
	return r < 0 ? not_done(in, r) : judge_answer(in);
}

/* The same for one that came with the program: the loader knows no scope of its own for it,
 * but all of the program's symbols are to be found. */
static int through_own_door(struct inject *in)
{
	int r;

	if (inject_map(in) != 0)
		return -1;
	r = wait_for_loader(in);
	return r < 0 ? r : errand_run(in, errand_code, "", STANDBY_DOOR, OPENING);
}

static int no_thread(struct inject *in, int r)
{
	struct refuse_status status;

	if (r == -ETIME && refuse_read(in->pid, &status) && status.state == 'D')
		return deny(in->error, in->pid, "for %d seconds it has been waiting in the kernel "
			    "where it can't be stopped, as for a child of vfork; try again",
			    (int)CHOICE);
	if (r == -ETIME)
		return deny(in->error, in->pid, "for %d seconds none of its threads "
			    "was where it could load a library safely; try again", (int)CHOICE);
	if (r == -ESRCH)
		return deny(in->error, in->pid, "it has ended");
	return refuse_trace(in->error, in->pid, -r);
}

static int with_thread(struct inject *in, int (*work)(struct inject *))
{
	int r;

	if (!MACHINE_LOOKS)
		return deny(in->error, in->pid, "memtop can't do that on " MACHINE_NAME
			      " yet; start it with memtop");
	bool known = borrow_prepare(&in->borrow, &in->afar);

	if (known && !inject_functions(in) && !in->afar.libdl.start && in->errand.errno_location)
		return deny(in->error, in->pid, "its glibc, which is older than 2.34, has dlopen in "
			      "libdl.so.2, and it has not loaded that; start it with memtop");
	if (!known || !in->errand.dlerror || !in->errand.errno_location)
		return deny(in->error, in->pid, "its C library is none that memtop knows its "
			      "way in (glibc 2.28 or newer)");
	if (filters_check(&in->borrow, in->error) != 0)
		return -1;
	for (int try = 0; try < TRIES; try++) {
		in->busy = in->rescued = false;
		r = choose_thread(&in->borrow, CHOICE);
		if (r < 0)
			return no_thread(in, r);
		in->end = in->errand.watch.fd = -1;
		r = work(in);
		inject_unwatch(in);
		inject_unmap(in);
		borrow_end(&in->borrow);
		if (in->end >= 0)
			close(in->end);
		if (!in->busy)
			break;
	}
	return r;
}

static int inject_begin(struct inject *in, int32_t pid, struct error *error)
{
	int r;

	*in = (struct inject){ .pid = pid, .error = error };
	if (launch_library(in->library, error) != 0)
		return -1;
	r = afar_open(&in->afar, pid);
	return r < 0 ? refuse_trace(error, pid, -r) : 0;
}

static struct inject injection;         /* static because it is too large for the stack */

int inject(int32_t pid, uint64_t *handle, struct error *error)
{
	struct inject *in = &injection;
	int r;

	if (inject_begin(in, pid, error) != 0)
		return -1;
	in->errand.handle = *handle;
	r = *handle ? 0 : refuse_program(&in->afar, error);
	if (r == 0)
		r = with_thread(in, *handle ? through_door : go_in);
	if (r == 0)
		*handle = in->errand.handle;
	afar_close(&in->afar);
	return r;
}

void inject_knock(int32_t pid, uint64_t handle)
{
	struct inject *in = &injection;
	struct error ignored;

	if (inject_begin(in, pid, &ignored) != 0)
		return;
	in->errand.handle = handle;
	with_thread(in, handle ? through_door : through_own_door);
	afar_close(&in->afar);
}
