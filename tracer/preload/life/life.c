/* SPDX-License-Identifier: MIT */
/*
 * How the tracer of one image begins.  Whatever fails on the way (no memtop, no
 * descriptor, no memory, an old kernel) leads to ASLEEP, where a hook costs a test and a
 * jump (behind/gate.h).
 */
#include "tracer/preload/life/life.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include "tracer/machine/machine.h"
#include "tracer/preload/behind/bind.h"
#include "tracer/preload/behind/bypass.h"
#include "tracer/preload/behind/gate.h"
#include "tracer/preload/base/clock.h"
#include "tracer/preload/base/cow.h"
#include "tracer/preload/ring/full.h"
#include "tracer/preload/base/guard.h"
#include "tracer/preload/base/own.h"
#include "tracer/preload/segment/meeting.h"
#include "tracer/preload/python/py.h"
#include "tracer/preload/behind/real.h"
#include "tracer/preload/referee/referee.h"
#include "tracer/preload/exec/roll.h"
#include "tracer/preload/life/seats.h"
#include "tracer/preload/life/sleep.h"
#include "tracer/preload/life/standby.h"
#include "tracer/preload/ring/sample.h"
#include "tracer/preload/unwind/stack.h"
#include "tracer/preload/base/sys.h"
#include "tracer/preload/segment/table.h"
#include "tracer/preload/life/thread_life.h"
#include "tracer/preload/base/affairs.h"
#include "tracer/preload/base/tracer.h"
#include "tracer/wire/env.h"

/* The loader's own record of where the kernel put argc, argv and the environment; it is
 * there before libc's own environ. */
extern void *__libc_stack_end;

static const char *first_environment(const char *name)
{
	size_t length = strlen(name);
	char **at = (char **)__libc_stack_end;

	at += *(uintptr_t *)at + 2;     /* argc, argv, NULL */
	for (; *at; at++)
		if (!strncmp(*at, name, length) && (*at)[length] == '=')
			return *at + length + 1;
	return NULL;
}

static bool keep_path(char *to, const char *name)
{
	const char *value = first_environment(name);

	if (!value || strlen(value) >= TRACER_PATH_MAX)
		return false;
	memcpy(to, value, strlen(value) + 1);
	return true;
}

/* If the segment could shrink while it is used, the target would get SIGBUS. */
static int check_seals(int fd)
{
	long seals = sys_call3(SYS_fcntl, fd, F_GET_SEALS, 0);

	return !sys_failed(seals) && (seals & F_SEAL_SHRINK) ? 0 : -EPERM;
}

static int open_segment(int fd)
{
	int r = check_seals(fd);

	if (r == 0)
		r = table_open(fd);
	if (r == 0)
		tracer.control = table_control();
	if (r == 0 && (tracer.control->magic != WIRE_MAGIC ||
		       tracer.control->version != WIRE_VERSION))
		r = -EPROTO;
	return r;
}

/* The clock, and where memtop finds what it needs for looks at the heap. */
static void start_clock(void)
{
	struct wire_control *control = tracer.control;

	tracer.counts = false;
	tracer.tsc = machine_counter_usable();
	atomic_store(&tracer.threads, 0);
	tracer.stamp_base = 0;
	tracer.stamp_base = clock_ticks();
	atomic_store(&control->stamp_clock,
		     tracer.tsc ? WIRE_CLOCK_TSC : WIRE_CLOCK_MONOTONIC);
	atomic_store(&control->stamp_hz, tracer.tsc ? 0 : UINT64_C(1000000000));
	atomic_store(&control->stamp_base, tracer.stamp_base);
	atomic_store(&control->cow, cow_ready());
	atomic_store(&control->own, own_list());
	tracer.image = control->image;
	tracer.pid = (int32_t)sys_call3(SYS_getpid, 0, 0, 0);
}

/* Tells memtop that this image will not be traced, and why. */
static void tell_unfit(enum roll_reason reason, int error)
{
	struct meet_hello hello = {
		.kind = MEET_UNFIT,
		.image = reason,
		.fork = (uint64_t)-error,
	};
	bool greeted;
	int fd = meeting_join(tracer.meeting, &hello, roll_open, &greeted);

	if (fd >= 0)                    /* not to be expected: memtop has nothing to give */
		sys_call3(SYS_close, fd, 0, 0);
}

/* *greeted is set when memtop has made room for this image. */
static int life_meet(struct meet_hello hello, bool *greeted)
{
	int fd = meeting_join(tracer.meeting, &hello, roll_open, greeted), r;

	if (fd < 0 && !*greeted && hello.kind == MEET_FORK)
		roll_unmet(fd);
	/* memtop knows whom it has declined, so nothing more is told. */
	if (fd == -ECONNREFUSED)
		*greeted = false;
	if (fd < 0)
		return fd;
	r = open_segment(fd);
	sys_call3(SYS_close, fd, 0, 0);
	return r;
}

/* The threads' key, once for all segments. */
static int make_key(void)
{
	static bool made;
	int r = made ? 0 : -pthread_key_create(&tracer.key, thread_key_end);

	made = made || r == 0;
	return r;
}

/* Parts that exist once for the process are there already if there was a segment
 * before. */
static int start_stacks(bool python)
{
	static bool started;
	int r = started ? stack_again(python) : stack_start(python);

	started = started || r == 0;
	return r;
}

/* Once: who writes over the segment later waits for nothing that was not asked for. */
static void read_wishes(bool python)
{
	if (python)
		tracer.control->nframe = tracer.control->python_nframe;
	tracer.python_only = tracer.control->python == WIRE_PYTHON_ONLY;
	tracer.maps = tracer.control->maps;
	tracer.look_at_end = tracer.control->look_at_end;
}

int life_join(bool (*look)(void))
{
	bool greeted, python;
	int r = life_meet((struct meet_hello){.kind = MEET_EXEC}, &greeted);

	if (r == 0) {
		python = look();
		read_wishes(python);
		r = start_stacks(python);
	}
	if (r == 0 && tracer.control->referee)
		referee_start();
	if (r == 0)
		r = sample_start();
	if (r == 0)
		r = make_key();
	if (r == 0)
		start_clock();
	else if (greeted)
		tell_unfit(ROLL_UNMET, r);
	return r;
}

/* Makes a tracer that may sleep go to sleep; without a standby page it can't. */
static void life_lie_down(void)
{
	const char *wish = first_environment(ENV_STANDBY);

	if (!wish || !*wish || !strcmp(wish, "0") || standby_open(first_environment) < 0)
		return;
	if (!tracer.library[0])
		standby_library(tracer.library, sizeof(tracer.library));
	py_look_ahead();
	tracer.pid = (int32_t)sys_call3(SYS_getpid, 0, 0, 0);
}

static void life_let_go(void)
{
	bind_give_back();
	gate_open();
}

/* Starts a new image, from reading the environment to where the first event is
 * possible. */
static int life_start(void)
{
	int r;

	real_find();
	bind_hide();
	tracer.inherit = keep_path(tracer.library, ENV_LIBRARY) &&
			 keep_path(tracer.meeting, ENV_MEETING);
	if (!real_comes_first()) {
		if (tracer.inherit)
			tell_unfit(ROLL_MALLOC, 0);
		return -ENOEXEC;
	}
	real_find_plain();
	life_lie_down();
	if (!tracer.inherit && !tracer.standby)
		return -ENOENT;
	r = (int)sys_call3(SYS_madvise, (long)&tracer.life, 4096, MADV_WIPEONFORK);
	if (r == 0)
		r = tracer.inherit ? life_join(py_look) : -ENOENT;
	tracer.inherit = r == 0;
	if (r == 0 || tracer.standby)
		bind_take();
	if (tracer.standby)
		bypass_find();
	if (r != 0 && tracer.standby)
		bypass_open();
	if (r == 0)
		tracer.let_go = life_let_go;
	return r;
}

/* ---- loaded into a running program ------------------------------------- */

static int lie_down_late(void)
{
	int r = (int)sys_call3(SYS_madvise, (long)&tracer.life, 4096, MADV_WIPEONFORK);

	if (r < 0)
		return r;
	real_find_late();
	r = standby_open(first_environment);
	if (r < 0)
		return r;
	gate_open();
	tracer.standby->handle = (uintptr_t)standby_handle();
	atomic_store(&tracer.standby->late, 1);
	py_look_ahead();
	tracer.pid = (int32_t)sys_call3(SYS_getpid, 0, 0, 0);
	tracer.library[0] = 0;
	tracer.declined = false;
	return 0;
}

int life_come_late(void)
{
	uint32_t off = TRACER_ASLEEP;
	int r;

	if (tracer.standby)
		return 0;
	if (!atomic_compare_exchange_strong(&tracer.life, &off, TRACER_STARTING))
		return -EBUSY;
	r = lie_down_late();
	atomic_store(&tracer.life, TRACER_ASLEEP);
	return r;
}

/* ---- a library that can't be seen -------------------------------------- */

/* The name of the first one; forked children inherit it and report it again. */
static char unseen[64];

static void tell_unseen(void)
{
	for (unsigned i = sizeof(unseen) - 1; unseen[0] && i-- > 0;)
		tracer.control->unseen[i] = unseen[i];
}

void life_unseen(const char *name)
{
	size_t length = strlen(name);

	if (unseen[0])
		return;
	memcpy(unseen, name, length < sizeof(unseen) ? length : sizeof(unseen) - 1);
	tell_unseen();
}

/* ---- a forked child ---------------------------------------------------- */

/*
 * A forked child has only this thread.  The pieces of its parent's segment were not
 * inherited, and whatever other threads of the parent were doing to the private tables
 * may be half done.  So everything that refers to a piece, a ring or an id of the old
 * segment is dropped without looking at it.  What stays are the next definitions of the
 * hooks and the set of sampled blocks, which are changed one word at a time.
 */
static int start_forked(void)
{
	struct meet_hello hello = {
		.kind = MEET_FORK,
		.image = tracer.image,
		.fork = guard.fork,
	};
	bool greeted;
	int r;

	guard.frame = 0;
	guard.thread = NULL;
	guard_look_again();
	guard.opening = 0;
	guard.fork = 0;
	seats_forget();
	roll_forked();
	if (tracer.standby && !tracer.awake) {
		table_forget();
		tracer.pid = (int32_t)sys_call3(SYS_getpid, 0, 0, 0);
		return -EAGAIN;
	}
	/* Under a seccomp filter memtop can't be met; only the roll can be written. */
	if (sys_closed())
		roll_filtered();
	if (tracer.declined || sys_closed())
		return -ECONNREFUSED;
	atomic_store(&sys_gate.inside, 0);
	table_forget();
	r = life_meet(hello, &greeted);
	if (r == 0)
		r = stack_restart();
	if (r == 0) {
		py_restart();
		tell_unseen();
		start_clock();
		full_inherit();
	} else if (greeted) {
		tell_unfit(ROLL_UNMET, r);
	}
	atomic_store(&tracer.stalled, 0);
	return r;
}

/* What the tracer is once it has started with this result. */
static uint32_t life_begun(int r)
{
	if (r == 0)
		return TRACER_ON;
	return tracer.standby && table_control() ? TRACER_DOZING : TRACER_ASLEEP;
}

void life_begin(void)
{
	uint32_t unborn = TRACER_UNBORN, life;
	int saved = errno;
	bool forked;
	int r;

	/* One thread starts the tracer; events of other threads meanwhile go unrecorded.
	 * In practice there is no second thread before the first allocation. */
	if (!atomic_compare_exchange_strong(&tracer.life, &unborn, TRACER_STARTING))
		return;
	forked = tracer.born;
	tracer.born = true;
	r = forked ? start_forked() : life_start();
	tracer.awake = r == 0;
	if (r < 0 && !tracer.standby)
		tracer.declined = true;
	life = life_begun(r);
	if (life == TRACER_ASLEEP)
		gate_open();
	if (life == TRACER_ON)
		affairs_begin();
	/* Pairs with the hooks' loads of life: the segment is mapped before. */
	atomic_store_explicit(&tracer.life, life, memory_order_release);
	errno = saved;
}
