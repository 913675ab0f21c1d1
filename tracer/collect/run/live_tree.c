/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How processes come and go.  Each says hello: after exec from the tracer's constructor,
 * after a fork at its first event.  memtop has a pidfd for each, which tells when it
 * ends, whoever its parent is (parents are not changed).  Only the door's thread adds to
 * the list of processes.
 */
#include "tracer/collect/run/live.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "tracer/collect/recording/programs.h"
#include "tracer/collect/target/ending.h"

#define ENDS 64                         /* processes whose ends are handled in one go */

/* The keeper's word may still be on its way when the target says hello. */
static bool is_first_process(const struct live *live, int32_t pid)
{
	int32_t known = roster_pid(live->parts.roster);

	if (live->goes_on)
		return false;           /* another process may have its pid by now */
	return known ? pid == known : gauges_parent(pid) == live->keeper.pid;
}

/* --- untraced ones --- */

/* A process that was listed as not followed has said hello after all. */
static void decline(struct live *live, const struct meet_hello *hello, int32_t pid,
		    const char *reason)
{
	int argc = 0;
	char **argv = argv_of(pid, &argc);

	uint32_t process =
		unseen_list(&live->unseen, pid, gauges_parent(pid), argc, argv, reason);
	argv_free(argv);
	if (!process)
		return;
	roster_meet(live->parts.roster, process, hello, 0);
	unseen_met(&live->unseen, pid, hello);
}

/* --- hello --- */

/* In the reader's thread: an image waits for names. */
static void live_waiting(void *user)
{
	struct live *live = user;

	reader_beat(live->parts.reader);
}

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
			.look_at_end = live->options.look_at_end && !live->options.sample,
			.sample_seed = live->options.sample_seed,
		},
		.family = live->parts.family,
		.process = process,
		.pid = pid,
		.inside = hello->pid,
		.namesakes = roster_folds(live->parts.roster),
		.parts = live->options.parts,
		.call = live_call,
		.waiting = live_waiting,
		.user = live,
	};
	struct error error;

	if (image_new(out, &options, &error) == 0)
		return 0;
	live_say(live, "%s", error.text);
	course_unmet(live->parts.course, error.text);
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
	if (reader_take(live->parts.reader, image, forked ? hello->image : 0, forked ? hello->fork : 0))
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

	reader_end(live->parts.reader, process, true);
	int fd = new_image(live, hello, pid, process, &number);
	if (fd < 0)
		return -1;
	moments_restart(live->parts.moments, process);
	char **argv = argv_of(pid, &argc);
	roster_rename(live->parts.roster, process, argc, argv);
	roster_meet(live->parts.roster, process, hello, number);
	unseen_met(&live->unseen, pid, hello);
	if (process == 1)
		live_say(live, "the program became another one: its figures start again");
	return fd;
}

/* The first image of the first process. */
static int first_image(struct live *live, const struct meet_hello *hello, int32_t pid)
{
	uint64_t number;
	int fd = new_image(live, hello, pid, 1, &number);

	if (fd < 0)
		return -1;
	roster_meet_first(live->parts.roster, pid, hello, number);
	unseen_met(&live->unseen, pid, hello);
	course_meet(live->parts.course);
	return fd;
}

/* Puts a new process into the list, and its pidfd among those that are watched.
 * False: it could not be, and the pidfd is closed. */
static bool list_process(struct live *live, const struct newcomer *newcomer,
			 uint32_t process)
{
	struct epoll_event end = { .events = EPOLLIN, .data.u32 = process };

	if (roster_add(live->parts.roster, newcomer) != process) {
		close(newcomer->pidfd);
		return false;
	}
	unseen_met(&live->unseen, newcomer->pid, newcomer->hello);
	if (epoll_ctl(live->ends, EPOLL_CTL_ADD, newcomer->pidfd, &end) == 0)
		return true;
	close(roster_end(live->parts.roster, process));
	return false;
}

/* A process that was not known: a child, grandchild, ... of the first. */
static int new_process(struct live *live, const struct meet_hello *hello, int32_t pid)
{
	uint32_t process = roster_place(live->parts.roster);
	int pidfd = process <= ROSTER_MAX ? ending_open(pid) : -1, fd = -1;
	bool ended = process <= ROSTER_MAX && pidfd < 0 && errno == ESRCH;
	uint64_t number = 0;

	if (pidfd >= 0)
		fd = new_image(live, hello, pid, process, &number);
	if (fd < 0) {
		if (pidfd >= 0)
			close(pidfd);
		/* (Of a forked child see live_hello.) */
		if (!ended || hello->kind != MEET_FORK)
			decline(live, hello, pid, ended ? "it ended before memtop could answer it" :
							  "memtop had no room for it");
		return -1;
	}
	int argc = 0;
	char **argv = argv_of(pid, &argc);
	const struct newcomer newcomer = { .process = process,
					   .pid = pid,
					   .ppid = gauges_parent(pid),
					   .pidfd = pidfd,
					   .image = number,
					   .hello = hello,
					   .argc = argc,
					   .argv = argv };
	bool listed = list_process(live, &newcomer, process);

	argv_free(argv);
	if (listed)
		return fd;
	reader_end(live->parts.reader, process, true);
	return -1;
}

static void process_ended(struct live *live, uint32_t process);

/* A process says that it can't be traced, before or after it was given a segment. */
static int unfit(struct live *live, const struct meet_hello *hello, int32_t pid,
		 bool first)
{
	char text[256];
	enum roll_reason reason = hello->image < ROLL_REASONS ? (enum roll_reason)hello->image
							      : ROLL_UNKNOWN;

	roll_reason_text(reason, hello->fork < 4096 ? (int)hello->fork : 0, text,
			 sizeof(text));
	uint32_t process = first ? 1 : roster_find(live->parts.roster, pid);
	struct course_state state;

	course_read(live->parts.course, &state);
	bool unmet = first && !state.met;
	bool known = unmet;
	if (reason == ROLL_UNMET)
		known |= roster_set_reason(live->parts.roster, process, text);
	if (unmet)
		course_unmet(live->parts.course, text);
	live->unfit |= first;
	if (first && !unmet)
		live_say(live, "not traced: %s", text);
	if (!known && live->options.follow == FOLLOW_ALL)
		decline(live, hello, pid, text);
	return -1;
}

static int live_meet(struct live *live, const struct meet_hello *hello, int32_t pid)
{
	enum session_follow follow = live->options.follow;
	bool first = is_first_process(live, pid);

	uint32_t process = first ? 1 : roster_find(live->parts.roster, pid);
	struct course_state state;

	course_read(live->parts.course, &state);
	bool over = state.stopped || state.ended;
	if (live->unseen.hellos >= UNSEEN_HELLOS)
		unseen_call_roll(&live->unseen);
	if (first)
		live->unfit = false;
	if (hello->kind == MEET_UNFIT)
		return unfit(live, hello, pid, first);
	if (first && hello->kind != MEET_EXEC)
		return -1;
	if (over || (!first && follow != FOLLOW_ALL)) {
		if (!first)
			decline(live, hello, pid, over ? "tracing had stopped" : "--follow");
		return -1;
	}
	if (first && state.met && follow == FOLLOW_NONE)
		return -1;
	if (first && !state.met)
		return first_image(live, hello, pid);
	if (process && hello->kind == MEET_FORK) {
		process_ended(live, process);   /* another process has its pid already */
		process = 0;
	}
	if (!process)
		return new_process(live, hello, pid);
	int fd = replace_image(live, hello, pid, process);
	if (fd >= 0 && first)
		course_meet(live->parts.course);
	return fd;
}

static bool child_has_ended(int32_t pid)
{
	int fd = ending_open(pid);
	struct pollfd end = { .fd = fd, .events = POLLIN };

	if (fd < 0)
		return errno == ESRCH;
	bool ended = poll(&end, 1, 0) > 0;

	close(fd);
	return ended;
}

/* While it says hello a forked child waits for the answer.  One that was killed meanwhile has
 * done as little as one that never says hello, and like that one it is in no list.  The reader
 * may have closed its fork already; it leaves that of one who lives open from here on. */
int live_hello(struct live *live, const struct meet_hello *hello, int32_t pid)
{
	int fd = -1;

	if (hello->kind != MEET_FORK)
		return live_meet(live, hello, pid);
	atomic_store(&live->greeted, pid);
	if (!child_has_ended(pid))
		fd = live_meet(live, hello, pid);
	atomic_store(&live->greeted, 0);
	return fd;
}

void live_unheard(struct live *live, int32_t pid, bool closed)
{
	/* What becomes of a child the roll tells. */
	if (is_first_process(live, pid))
		course_unmet(live->parts.course, closed ? "it came to memtop, and was gone before it had "
						    "said who it is"
						  : "its libmemtop.so is of another version than "
						    "this memtop; install both anew");
}

/* --- ends --- */

static void process_ended(struct live *live, uint32_t process)
{
	int pidfd = roster_end(live->parts.roster, process);

	if (pidfd < 0)
		return;
	epoll_ctl(live->ends, EPOLL_CTL_DEL, pidfd, NULL);
	close(pidfd);
	reader_end(live->parts.reader, process, false);
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

/* What it left is its own, or is added to what another one left. */
static void bequeath(struct live *live, uint32_t process, struct snapshot *exit,
		     struct snapshot *peak)
{
	const struct live_parts *parts = &live->parts;
	uint32_t head = exit && peak && !live->options.judged ? roster_fold(parts->roster, process) : 0;

	if (head && head != process) {
		estate_join(parts->estate, head, exit, peak);
		if (parts->chronicle)
			chronicle_join(parts->chronicle, process, head);
		moments_vacate(parts->moments, process);
		return;
	}
	moments_record(parts->moments, exit);
	moments_record(parts->moments, peak);
	if (head)
		estate_add_head(parts->estate, process, exit, peak);
	else
		estate_add(parts->estate, process, exit, peak);
	if (!live->options.judged)
		return;
	roster_leave(parts->roster, process);
	course_leave(parts->course);
}

bool live_fold(struct live *live, uint32_t process)
{
	const struct live_parts *parts = &live->parts;

	if (estate_has_highest(parts->estate, process))
		return false;
	struct snapshot *exit = estate_moment(parts->estate, process, false);
	struct snapshot *peak = estate_moment(parts->estate, process, true);
	uint32_t head = exit && peak ? roster_fold(parts->roster, process) : 0;

	if (head && head == process) {
		estate_lead(parts->estate, process, exit, peak);
	} else if (head) {
		estate_move(parts->estate, process, head, exit, peak);
		if (parts->chronicle)
			chronicle_join(parts->chronicle, process, head);
		looks_forget(parts->looks, process);
		moments_vacate(parts->moments, process);
	}
	snapshot_release(exit);
	snapshot_release(peak);
	return true;
}

static void live_tree_ended(void *user, struct image *image)
{
	struct live *live = user;

	triggers_last(live->parts.triggers, image);

	struct snapshot *exit = moments_last(live->parts.moments, image, MOMENT_EXIT);
	struct snapshot *peak = moments_last(live->parts.moments, image, MOMENT_PEAK);
	struct image_counts counts;

	image_counts(image, &counts);
	for (unsigned i = 0; i < live->options.parts.length; i++)
		estate_add_part(live->parts.estate, i, image_part(image, i),
				image->process);
	roster_unseen(live->parts.roster, counts.unseen);
	bequeath(live, image->process, exit, peak);
}

/* Whether the blocks that a parent had at a fork are not needed for that child any more:
 * it has said hello and got its copy, or has ended without.  One that is being met gets
 * them even if it ends meanwhile. */
static bool gone(void *user, const struct image *parent, int32_t pid)
{
	struct live *live = user;

	/* In another PID namespace the pids that it reports mean nothing here. */
	if (pid == 0)
		atomic_store(&live->unseen.nameless, true);
	if (pid == 0 || parent->inside != parent->pid)
		return false;
	bool over = roster_find(live->parts.roster, pid) || !unseen_is_alive(&live->unseen, pid);
	/* Looked at after that: if the door began to meet it since, it lived then (live_hello). */
	if (atomic_load(&live->greeted) == pid)
		return false;
	if (over)
		return true;
	if (atomic_load(&live->unseen.listing))
		unseen_silent(&live->unseen, pid, parent->pid);
	return false;
}

static void changed(void *user) { live_changed(user); }

static void live_tree_news(void *user, const struct image *image, struct history_news *news)
{
	const struct live *live = user;

	bool second = !(news->why & ~(unsigned)(HISTORY_PEAK | HISTORY_MODULE));

	chronicle_news(live->parts.chronicle, image->process, image->number, news);
	if (second && live->parts.writer)
		writer_tick(live->parts.writer);
}

static double live_tree_now(void *user) { return live_now(user); }

const struct reader_ops live_reader_ops = {
	.changed = changed,
	.ended = live_tree_ended,
	.gone = gone,
	.news = live_tree_news,
	.now = live_tree_now,
};
