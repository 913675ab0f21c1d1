/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Processes that come and go.  Each says hello: after exec from its constructor,
 * after a fork at its first event; and each has a pidfd, by whose end its own is
 * seen, whoever its parent is (nothing is changed about who that is).  Only the
 * door's thread adds to the list of processes.
 */
#include "tracer/collect/run/live.h"
#include "tracer/collect/run/live_parts.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "tracer/collect/recording/programs.h"
#include "tracer/heap/sum.h"
#include "tracer/ground/array.h"

#define ENDS 64                         /* processes whose end is taken at once */

/* Its state and parent, or 0: no such process. */
static char state_of(int32_t pid, int *parent)
{
	char path[32], text[512], state = 0;

	*parent = 0;
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return 0;
	size_t n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = 0;
	/* The name stands in parentheses and may hold anything, even ')'. */
	const char *after = strrchr(text, ')');
	if (!after || sscanf(after + 1, " %c %d", &state, parent) != 2)
		return 0;
	return state;
}

bool live_is_alive(int32_t pid)
{
	int ignored;
	char state = pid ? state_of(pid, &ignored) : 0;

	return state && state != 'Z' && state != 'X';
}

static int32_t parent_of(int32_t pid)
{
	int parent;

	return state_of(pid, &parent) ? parent : 0;
}

/* The keeper's word may still be on its way when the target says hello. */
static bool is_first_process(struct live *live, int32_t pid)
{
	pthread_mutex_lock(&live->lock);
	int32_t known = live->program.pid;
	pthread_mutex_unlock(&live->lock);
	return known ? pid == known : parent_of(pid) == live->keeper.pid;
}

/* --- the list; lock held --- */

size_t live_add_process(struct live *live, int32_t pid, int32_t parent, bool traced, int argc,
			char *const *argv)
{
	size_t n = live->program.processes_length;

	if (n == LIVE_PROCESSES ||
	    !array_grow(&live->kin, &live->kin_room, n + 1, sizeof(*live->kin)) ||
	    program_add(&live->program, pid, parent, traced, argc, argv) != 0)
		return 0;
	live->kin[n] = (struct kin){ .pidfd = -1 };
	live->program.processes[n].began = n ? live_now(live) : 0;
	live->version++;
	return n + 1;
}

void live_first_process(struct live *live, int32_t pid)
{
	if (live->program.processes_length == 0)
		live_add_process(live, pid, 0, true, live->program.argc, live->program.argv);
}

/* The number of the living, traced process with this pid; 0: none. */
static uint32_t find_alive(const struct live *live, int32_t pid)
{
	const struct program *program = &live->program;

	for (size_t i = program->processes_length; i-- > 0;)
		if (program->processes[i].pid == pid && program->processes[i].traced &&
		    program->processes[i].ended == 0)
			return (uint32_t)i + 1;
	return 0;
}

/* The pid of the process whose image has that number; 0: unknown. */
static int32_t pid_of_image(const struct live *live, uint64_t image)
{
	for (size_t i = live->program.processes_length; image && i-- > 0;)
		if (live->kin[i].image == image)
			return live->program.processes[i].pid;
	return 0;
}

static void rename_process(struct live *live, uint32_t process, int argc, char **argv)
{
	struct process *p = &live->program.processes[process - 1];

	argv_free(p->argv);
	p->argv = argv;
	p->argc = argv ? argc : 0;
	live->version++;
}

/* --- untraced ones --- */

/* A process that was listed as not followed has said hello after all. */
static void decline(struct live *live, const struct meet_hello *hello, int32_t pid,
		    const char *reason)
{
	int argc = 0;
	char **argv = argv_of(pid, &argc);

	live_unfollowed(live, pid, parent_of(pid), argc, argv, reason);
	argv_free(argv);
	pthread_mutex_lock(&live->lock);
	struct program *program = &live->program;
	if (program->processes_length && program->processes[program->processes_length - 1].pid == pid)
		live_met(live, program->processes_length - 1, hello);
	pthread_mutex_unlock(&live->lock);
}

/* --- hello --- */

static int make_image(struct live *live, const struct meet_hello *hello, int32_t pid,
		      uint32_t process, struct image **out)
{
	const struct image_options options = {
		.segment = {
			.nframe = live->options.nframe,
			.python_nframe = live->python_nframe,
			.python = (uint8_t)live->options.python,
			.max_traces = live->options.max_traces,
			.drop = live->options.drop,
			.maps = live->options.maps,
			.referee = live->options.referee,
			.sample = live->options.sample,
			.sample_seed = live->options.sample_seed,
		},
		.family = live->family,
		.process = process,
		.pid = pid,
		.inside = hello->pid,
		.parts = live->options.parts,
		.call = live_call,
		.waiting = live_waiting,
		.user = live,
	};
	struct error error;

	if (image_new(out, &options, &error) == 0)
		return 0;
	live_say(live, "%s", error.text);
	pthread_mutex_lock(&live->lock);
	memcpy(live->unmet, live->message, sizeof(live->unmet));
	pthread_mutex_unlock(&live->lock);
	return -1;
}

/* The segment's fd and the image's number, or -1. */
static int new_image(struct live *live, const struct meet_hello *hello, int32_t pid,
		     uint32_t process, uint64_t *number)
{
	bool forked = hello->kind == MEET_FORK;
	struct image *image;

	if (make_image(live, hello, pid, process, &image) != 0)
		return -1;
	int fd = segment_fd(image->segment);
	*number = image->number;
	if (reader_take(live->reader, image, forked ? hello->image : 0, forked ? hello->fork : 0))
		return fd;
	image_free(image);
	return -1;
}

/* Another image takes the place of a process's present one. */
static int replace_image(struct live *live, const struct meet_hello *hello, int32_t pid,
			 uint32_t process)
{
	int argc = 0;
	uint64_t number;

	reader_end(live->reader, process, true);
	int fd = new_image(live, hello, pid, process, &number);
	if (fd < 0)
		return -1;
	kept_forget(live->kept, process);
	if (live->writer)
		writer_restart(live->writer, process);
	char **argv = argv_of(pid, &argc);
	pthread_mutex_lock(&live->lock);
	rename_process(live, process, argc, argv);
	live_met(live, process - 1, hello);
	live->kin[process - 1].image = number;
	live->kin[process - 1].images++;
	pthread_mutex_unlock(&live->lock);
	live_say(live, "pid %d became another program: its figures begin anew", (int)pid);
	return fd;
}

/* The first image of the first process. */
static int first_image(struct live *live, const struct meet_hello *hello, int32_t pid)
{
	uint64_t number;
	int fd = new_image(live, hello, pid, 1, &number);

	if (fd < 0)
		return -1;
	pthread_mutex_lock(&live->lock);
	live_first_process(live, pid);
	live_met(live, 0, hello);
	live->kin[0].image = number;
	live->kin[0].images++;
	live->images++;
	pthread_mutex_unlock(&live->lock);
	return fd;
}

/* A process that was not known: a child, grandchild, ... of the first. */
static int new_process(struct live *live, const struct meet_hello *hello, int32_t pid)
{
	uint32_t process = (uint32_t)live->program.processes_length + 1;
	struct epoll_event end = { .events = EPOLLIN, .data.u32 = process };
	int pidfd = process <= LIVE_PROCESSES ? (int)syscall(SYS_pidfd_open, pid, 0) : -1, fd = -1;
	uint64_t number = 0;

	if (pidfd >= 0)
		fd = new_image(live, hello, pid, process, &number);
	if (fd < 0) {
		if (pidfd >= 0)
			close(pidfd);
		decline(live, hello, pid, "memtop had no room for it");
		return -1;
	}
	int argc = 0;
	char **argv = argv_of(pid, &argc);
	int32_t parent = parent_of(pid);

	pthread_mutex_lock(&live->lock);
	if (hello->kind == MEET_FORK && pid_of_image(live, hello->image))
		parent = pid_of_image(live, hello->image);
	bool added = live_add_process(live, pid, parent, true, argc, argv) == process;
	if (added) {
		live_met(live, process - 1, hello);
		live->kin[process - 1].pidfd = pidfd;
		live->kin[process - 1].image = number;
		live->kin[process - 1].images = 1;
	}
	pthread_mutex_unlock(&live->lock);
	argv_free(argv);
	if (added && epoll_ctl(live->ends, EPOLL_CTL_ADD, pidfd, &end) == 0)
		return fd;
	close(pidfd);
	reader_end(live->reader, process, true);
	return -1;
}

static void process_ended(struct live *live, uint32_t process);

/* It can't be traced, and knows why: before it was given a segment, or after. */
static int unfit(struct live *live, const struct meet_hello *hello, int32_t pid, bool first)
{
	char text[256];
	enum roll_reason reason = hello->image < ROLL_REASONS ? (enum roll_reason)hello->image
							      : ROLL_UNKNOWN;

	roll_reason_text(reason, hello->fork < 4096 ? (int)hello->fork : 0, text, sizeof(text));
	pthread_mutex_lock(&live->lock);
	uint32_t process = first ? 1 : find_alive(live, pid);
	bool met = process && live->kin[process - 1].images && reason == ROLL_UNMET;
	if (met && !live->program.processes[process - 1].reason) {
		live_set_reason(live, process - 1, text);
		live->untraced += !first;       /* of the first the reader tells: has_left */
	}
	if (first && live->images == 0)
		snprintf(live->unmet, sizeof(live->unmet), "%s", text);
	bool known = met || (first && live->images == 0);
	pthread_mutex_unlock(&live->lock);
	if (!known && live->options.follow == FOLLOW_ALL)
		decline(live, hello, pid, text);
	return -1;
}

int live_hello(struct live *live, const struct meet_hello *hello, int32_t pid)
{
	enum session_follow follow = live->options.follow;
	bool first = is_first_process(live, pid);

	pthread_mutex_lock(&live->lock);
	uint32_t process = first ? 1 : find_alive(live, pid);
	unsigned images = live->images;
	bool over = live->stopped || live->program.ended;
	pthread_mutex_unlock(&live->lock);
	if (live->unseen.hellos >= LIVE_HELLOS)
		live_call_roll(live);
	if (hello->kind == MEET_UNFIT)
		return unfit(live, hello, pid, first);
	if (first && hello->kind != MEET_EXEC)
		return -1;
	if (over || (!first && follow != FOLLOW_ALL)) {
		if (!first)
			decline(live, hello, pid, over ? "tracing had stopped" : "--follow");
		return -1;
	}
	if (first && images > 0 && follow == FOLLOW_NONE)
		return -1;
	if (first && images == 0)
		return first_image(live, hello, pid);
	if (process && hello->kind == MEET_FORK) {
		process_ended(live, process);   /* its pid is another's already */
		process = 0;
	}
	if (!process)
		return new_process(live, hello, pid);
	int fd = replace_image(live, hello, pid, process);
	if (fd >= 0 && first) {
		pthread_mutex_lock(&live->lock);
		live->images++;
		live->left = live->leaving = false;
		pthread_mutex_unlock(&live->lock);
	}
	return fd;
}

/* --- ends --- */

static void process_ended(struct live *live, uint32_t process)
{
	pthread_mutex_lock(&live->lock);
	struct kin *kin = &live->kin[process - 1];
	int pidfd = kin->pidfd;
	bool was_alive = pidfd >= 0;
	/* After the end of the run the list stays as it is: whoever judges looks at it. */
	if (was_alive && !live->program.ended) {
		live->program.processes[process - 1].ended = live_now(live);
		live->version++;
	}
	kin->pidfd = -1;
	pthread_mutex_unlock(&live->lock);
	if (!was_alive)
		return;
	epoll_ctl(live->ends, EPOLL_CTL_DEL, pidfd, NULL);
	close(pidfd);
	reader_end(live->reader, process, false);
}

void live_ends(void *user)
{
	struct live *live = user;
	struct epoll_event ends[ENDS];
	int n;

	do {
		n = epoll_wait(live->ends, ends, ENDS, 0);
		for (int i = 0; i < n; i++)
			process_ended(live, ends[i].data.u32);
	} while (n == ENDS);
}

/* --- in the reader's thread --- */

void live_waiting(void *user)
{
	struct live *live = user;

	reader_beat(live->reader);
}

static size_t rows_bytes(const struct snapshot *snapshot)
{
	return snapshot ? snapshot->rows_length * sizeof(*snapshot->rows) : 0;
}

/* Lock held: keeps the rows of the newest ended processes in memory. */
static void keep_rows(struct live *live, struct kin *kin, struct snapshot *exit,
		      struct snapshot *peak)
{
	kin->exit = exit;
	kin->peak = peak;
	live->kept_bytes += rows_bytes(exit) + rows_bytes(peak);
	while (live->kept_bytes > LIVE_KEPT && live->kept_first < live->program.processes_length) {
		struct kin *old = &live->kin[live->kept_first++];

		live->kept_bytes -= rows_bytes(old->exit) + rows_bytes(old->peak);
		snapshot_release(old->exit);
		snapshot_release(old->peak);
		old->exit = old->peak = NULL;
	}
}

static struct snapshot *last_moment(struct live *live, struct image *image,
				    enum moment_kind kind, const char *name)
{
	struct snapshot *snapshot = image_freeze(image, kind);

	if (!snapshot)
		return NULL;
	snapshot->time = live_now(live);
	snprintf(snapshot->name, sizeof(snapshot->name), "%s", name);
	if (live->writer)
		writer_snapshot(live->writer, snapshot);
	return snapshot;
}

static void ended(void *user, struct image *image)
{
	struct live *live = user;
	struct snapshot *exit = last_moment(live, image, MOMENT_EXIT, "exit");
	struct snapshot *peak = last_moment(live, image, MOMENT_PEAK, "peak");
	struct image_counts counts;

	image_counts(image, &counts);
	live_parts_ended(live, image);
	pthread_mutex_lock(&live->lock);
	struct kin *kin = &live->kin[image->process - 1];
	for (int i = 0; i < 2; i++) {
		struct snapshot *moment = i ? peak : exit;

		if (!live->gone[i])
			live->gone[i] = sum_new(live->family->catalog);
		if (live->gone[i] && moment)
			sum_add(live->gone[i], moment, true);
	}
	if (exit) {
		kin->last = exit->totals;
		kin->unknown = exit->unknown;
	}
	if (!*live->program.unseen)
		memcpy(live->program.unseen, counts.unseen, sizeof(counts.unseen));
	keep_rows(live, kin, exit, peak);
	pthread_mutex_unlock(&live->lock);
}

/* Children that said hello have taken their copy of the blocks; what became of the others? */
static bool gone(void *user, const struct image *parent, int32_t pid)
{
	struct live *live = user;

	/* In another PID namespace the pids that it reports mean nothing here. */
	if (pid == 0 || parent->inside != parent->pid)
		return false;
	pthread_mutex_lock(&live->lock);
	bool met = find_alive(live, pid) != 0;
	pthread_mutex_unlock(&live->lock);
	if (met)
		return true;
	if (!live_is_alive(pid))
		return true;
	if (atomic_load(&live->unseen.listing))
		live_silent(live, pid, parent->pid);
	return false;
}

static void changed(void *user) { live_changed(user); }

const struct reader_ops live_reader_ops = {
	.changed = changed,
	.ended = ended,
	.gone = gone,
};
