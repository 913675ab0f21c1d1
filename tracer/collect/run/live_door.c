/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the door's thread does with news, output and the time. */
#include "tracer/collect/run/live.h"
#include "tracer/collect/daemon/daemon.h"
#include "tracer/collect/run/live_look.h"
#include "tracer/collect/run/live_python.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tracer/collect/recording/programs.h"
#include "tracer/collect/target/ending.h"

#define THREADS_NAMED 1024              /* live threads whose names are refreshed */
#define LIVING_MOST 1024                /* processes looked at, or killed, at once */
#define LINGER 2.0                      /* seconds that helpers have to end after the
					 * first process ... */
#define LINGER_MOST 30.0                /* ... and the most, if one of them ends each
					 * time */

/* --- an exec after which no traced program appeared --- */

/* Whether the first process's image went into an exec, or never began for want
 * of descriptors or memory (*unborn): no events will come from it. */
static bool has_left(struct reader *reader, enum session_follow follow, bool *unborn)
{
	struct reader_status status = { 0 };
	bool lives = reader_status(reader, 1, &status);

	*unborn = lives && status.counts.unborn;
	return lives && (*unborn || (status.counts.leaving && follow != FOLLOW_NONE));
}

/* A new image that can be traced begins within the first second.  If it was held up for
 * longer and comes later, the process has not left after all. */
static void look_for_exec(struct live *live, bool ended)
{
	bool unborn, left = has_left(live->parts.reader, live->options.follow, &unborn);
	struct course_state state;

	course_read(live->parts.course, &state);
	if (state.stopped)
		return;
	if (!course_look(live->parts.course, left, ended) || ended || live->unfit)
		return;
	live_say(live, unborn ? "the program has said hello, but not begun to be traced: nothing of "
				"it is seen"
			      : "the program became one that can't be traced: its figures end here");
}

/* --- a seccomp filter under which the tracer makes no system calls --- */

static void note_filtered(struct roster *roster, struct course *course, unsigned filtered)
{
	if (roster_filtered(roster, filtered) && !course_has_ended(course))
		course_say(course, "a seccomp filter was set: code that is loaded from now on cuts "
			   "stacks, and processes that begin are not followed");
}

/* --- news of the keeper --- */

static void started(struct live *live, int32_t pid)
{
	roster_start(live->parts.roster, pid);
	rundir_set_target(live->folder, pid);
	live->target = ending_open(pid);
	triggers_begin(live->parts.triggers);
	live_attach_call(live);
	live_changed(live);
}

static void failed(struct live *live, int code)
{
	char reason[256];

	snprintf(reason, sizeof(reason), "cannot run %.180s: %s", live->options.argv[0],
		 strerror(code));
	course_unmet(live->parts.course, reason);
	roster_set_failed(live->parts.roster, code);
	course_end(live->parts.course, 0);
	course_read_to_end(live->parts.course);
}

/* Tells processes that are left over to continue without being traced. */
static void stop_image(struct image *image, void *user)
{
	(void)user;
	if (image->segment)
		atomic_store(&segment_control(image->segment)->state, WIRE_STOPPED);
}

/* Notes a library whose allocations can't be seen, in any process. */
static void note_unseen(struct roster *roster, struct reader *reader)
{
	struct reader_status all;

	reader_status(reader, 0, &all);
	roster_unseen(roster, all.counts.unseen);
}

/* The run is over: what the rings still hold is read. */
static void live_door_ended(struct live *live)
{
	struct reader_status last;

	live_ends(live);                /* the list of processes does not change any
					 * more */
	live_attach_before(live);
	call_over(&live->attached.call);
	course_end(live->parts.course, live->unseen.linger_until > 0 ? live->unseen.ended_at
							       : live_now(live));
	live->unseen.linger_until = 0;
	triggers_end(live->parts.triggers);
	reader_each(live->parts.reader, stop_image, NULL);
	reader_finish(live->parts.reader);
	triggers_last_of_all(live->parts.triggers);
	if (live->options.follow == FOLLOW_ALL)
		unseen_end(&live->unseen);
	look_for_exec(live, true);
	reader_status(live->parts.reader, 1, &last);
	live_python(live, &last.counts);
	reader_status(live->parts.reader, 0, &last);
	note_filtered(live->parts.roster, live->parts.course, last.counts.filtered);
	note_unseen(live->parts.roster, live->parts.reader);
	moments_point(live->parts.moments);
	meter_still(live->parts.meter);
	/* Screens show the last tick; a recording freezes its last moments first. */
	if (live->options.mode != SESSION_RECORD)
		reader_told(live->parts.reader);
	course_read_to_end(live->parts.course);
}

void live_stop(struct live *live)
{
	reader_each(live->parts.reader, stop_image, NULL);
	course_stop(live->parts.course);
	live_say(live, "tracing has stopped; the program keeps running");
}

/* --- the first process has ended, and others go on --- */

static bool has_followers(struct live *live)
{
	return unseen_is_company(&live->unseen) || unseen_may_come(&live->unseen);
}

static bool has_daemon(struct live *live)
{
	int32_t pids[LIVING_MOST];
	size_t length = roster_living(live->parts.roster, pids, LIVING_MOST);

	return daemon_is_among(pids, length);
}

/* The last lines that the caller of `record` reads. */
static void say_going_on(struct live *live, size_t length)
{
	int status, signal;

	roster_status(live->parts.roster, &status, &signal);
	if (live->options.quiet)
		return;
	dprintf(STDERR_FILENO, "memtop: %s %s %d, and %zu process%s that it left go%s on, ",
		live->options.argv[0], signal ? "was ended by signal" : "ended with status",
		signal ? signal : status, length, length == 1 ? "" : "es",
		length == 1 ? "es" : "");
	if (live->options.wait)
		dprintf(STDERR_FILENO, "recorded until the last one ends, or Ctrl-C\n");
	else
		dprintf(STDERR_FILENO, "recorded in the background until the last one ends, "
			"or memtop ctl %d stop; memtop list shows it\n", (int)getpid());
}

/* The first process's pid may be another's by now: ctl finds the run by who goes on. */
static void name_survivor(struct live *live)
{
	int32_t pid;

	if (!roster_living(live->parts.roster, &pid, 1) || pid == live->named)
		return;
	live->named = pid;
	rundir_set_target(live->folder, pid);
}

/* The run goes on without its first process, whose figures are those of its end.  A
 * recording's caller gets the status now, and memtop proper stays as a daemon. */
static void live_go_on(struct live *live)
{
	int32_t pids[LIVING_MOST];
	int status, signal;
	size_t length;

	live->goes_on = true;
	live->unseen.linger_until = 0;
	roster_first_ended(live->parts.roster);
	reader_end(live->parts.reader, 1, false);
	length = roster_living(live->parts.roster, pids, LIVING_MOST);
	roster_status(live->parts.roster, &status, &signal);
	meter_still(live->parts.meter);
	if (live->options.mode == SESSION_RECORD)
		say_going_on(live, length);
	if (live->options.mode != SESSION_RECORD || live->options.wait) {
		name_survivor(live);
		return;
	}
	rundir_set_target(live->folder, getpid());
	daemon_begin();
	keeper_leave(&live->keeper, signal ? 128 + signal : status);
}

/* Called a few times a second while other processes go on. */
static void look_after(struct live *live)
{
	if (daemon_told_to_end())
		live_stop(live);
	else if (!unseen_is_company(&live->unseen))
		live_door_ended(live);
	else if (live->named)
		name_survivor(live);
}

/* Who was left without a screen, and is traced no longer, needs memtop only for what it
 * prints: once nobody has the terminal open, not at all. */
static bool is_done_with(const struct live *live, const struct course_state *state,
			 bool terminal)
{
	return live->goes_on && state->stopped && state->orphaned && !state->ended && !terminal;
}

/*
 * The first process has ended.  If a verdict or a recording is to be complete, helpers
 * that notice this and end too (such as Python's resource tracker) get a little time,
 * during which they are still followed.  Then the run ends, or goes on with the remaining
 * processes; with daemons it goes on at once.
 */
static void ended_with(struct live *live, int status)
{
	struct course_state state;

	roster_set_status(live->parts.roster, status);
	live_ends(live);
	course_read(live->parts.course, &state);
	if ((live->options.mode != SESSION_RECORD && !live->options.goes_on) ||
	    live->options.follow != FOLLOW_ALL || state.stopped || !has_followers(live)) {
		live_door_ended(live);
		return;
	}
	live->unseen.ended_at = live_now(live);
	live->unseen.linger_until = live->unseen.ended_at + LINGER;
	if (live->options.goes_on && has_daemon(live))
		live_go_on(live);
}

/* Ends the run once the helper processes have ended too, or have had their time. */
static void linger(struct live *live, bool one_ended)
{
	struct unseen *unseen = &live->unseen;
	double now = live_now(live);

	bool company = unseen_is_company(unseen);
	bool late = now >= unseen->linger_until;

	if (live->options.goes_on && company && (late || has_daemon(live)))
		live_go_on(live);
	else if (!company && (late || !unseen_may_come(unseen)))
		live_door_ended(live);
	else if (late)
		live_door_ended(live);
	else if (one_ended && now < unseen->ended_at + LINGER_MOST)
		unseen->linger_until = now + LINGER;
}

static void live_door_ends(void *user)
{
	struct live *live = user;

	live_ends(live);
	if (live->unseen.linger_until > 0)
		linger(live, true);
	if (live->goes_on && !course_has_ended(live->parts.course) &&
	    !unseen_is_company(&live->unseen))
		live_door_ended(live);
}

void live_kill(struct live *live, int number)
{
	int32_t pid = course_has_ended(live->parts.course) ? 0 : roster_pid(live->parts.roster);

	bool alone = live->options.mode == SESSION_RECORD || live->options.attach;
	int32_t pids[LIVING_MOST];
	size_t length = roster_living(live->parts.roster, pids, LIVING_MOST);

	for (size_t i = 0; live->goes_on && pid > 0 && i < length; i++)
		kill(pids[i], number);
	if (pid > 0 && !live->goes_on)
		kill(alone ? pid : -pid, number);
}

/* The process was attached to, and only its parent is told how it ended. */
static void vanished(struct live *live)
{
	roster_set_unknown(live->parts.roster);
	live_door_ended(live);
	live_say(live, "the program ended; only its parent learns its status");
}

static void news(void *user, const struct keeper_message *message)
{
	struct live *live = user;

	switch (message->news) {
	case KEEPER_STARTED:
		started(live, message->value);
		break;
	case KEEPER_FAILED:
		failed(live, message->value);
		break;
	case KEEPER_ENDED:
		ended_with(live, message->value);
		break;
	case KEEPER_VANISHED:
		vanished(live);
		break;
	case KEEPER_RESUMED:
		course_resume(live->parts.course);
		break;
	case KEEPER_SIGNAL:
		if (triggers_signal(live->parts.triggers, message->value))
			break;
		if (live->options.attach && live->options.mode == SESSION_RECORD)
			live_detach(live);
		if (live->goes_on && live->options.mode == SESSION_RECORD)
			live_stop(live);        /* with --wait nobody else is told */
		/* In a recording the target has had the signal already; a screen just
		 * goes away; a script ends its target. */
		if (live->options.mode == SESSION_PLAY && !live->options.attach)
			live_kill(live, SIGTERM);
		if (live->options.mode != SESSION_RECORD && message->value != SIGINT)
			course_orphan(live->parts.course, message->value);
		break;
	case KEEPER_UNLED:
		course_unlead(live->parts.course);
		break;
	case KEEPER_GONE:
		if (live->goes_on && live->options.mode == SESSION_RECORD)
			break;
		course_orphan(live->parts.course, 0);
		break;
	}
	live_changed(live);
}

/* --- output and ticks --- */

static void live_door_output(void *user, const char *bytes, size_t length)
{
	struct live *live = user;

	transcript_write(live->parts.transcript, bytes, length);
	if (live->log) {
		fwrite(bytes, 1, length, live->log);
		fflush(live->log);
	}
	live_changed(live);
}

/* Reads the RSS, and what was traced at that time. */
static void live_door_read_gauges(struct live *live, double now)
{
	struct reader_status status;
	struct gauges gauges;

	int32_t pid = roster_pid(live->parts.roster);

	if (pid == 0 || live->goes_on || gauges_read(pid, &gauges) != 0)
		return;
	reader_status(live->parts.reader, 1, &status);
	meter_gauges(live->parts.meter, now, &gauges, status.totals.current);
}

static void name_threads(struct family *family, struct reader *reader)
{
	struct reader_thread threads[THREADS_NAMED];
	size_t length = reader_threads(reader, threads, THREADS_NAMED);
	char name[17];

	for (size_t i = 0; i < length; i++) {
		if (gauges_thread_name(threads[i].pid, threads[i].tid, name) != 0)
			continue;
		pthread_mutex_lock(&family->lock);
		catalog_rename_thread(family->catalog, threads[i].id,
				      catalog_intern(family->catalog, name,
						     strlen(name)));
		pthread_mutex_unlock(&family->lock);
	}
}

/* Done once a second: rates and names of threads. */
static void second(struct live *live, double now)
{
	struct reader_status status;

	look_for_exec(live, false);
	if (reader_status(live->parts.reader, 0, &status))
		note_filtered(live->parts.roster, live->parts.course,
			      status.counts.filtered);
	if (reader_status(live->parts.reader, 1, &status))
		live_python(live, &status.counts);
	note_unseen(live->parts.roster, live->parts.reader);
	live_attach_before(live);
	if (!live->goes_on)
		meter_second(live->parts.meter, now, &status.totals);
	name_threads(live->parts.family, live->parts.reader);
}

/* If the keeper was killed, nobody reports how the target ended, but its pidfd tells that
 * it did.  A target that has not said hello may still be starting; as long as somebody
 * has its terminal open, memtop waits for it. */
static void watch_orphan(struct live *live, bool terminal)
{
	struct pollfd target = { .fd = live->target, .events = POLLIN };
	if (live->target >= 0 ? poll(&target, 1, 0) != 1 : terminal)
		return;
	bool began = roster_pid(live->parts.roster) > 0;
	roster_set_unknown(live->parts.roster);
	live_door_ended(live);
	live_say(live, began ? "the program ended; its status is unknown: memtop's first process was killed"
			     : "memtop's first process was killed before the program could start");
}

static void live_door_tick(void *user, bool terminal)
{
	struct live *live = user;
	double now = live_now(live);

	struct course_state state;

	course_read(live->parts.course, &state);
	bool due = course_kill_due(live->parts.course);
	if (live->unseen.linger_until > 0) {
		linger(live, false);
		return;
	}
	unseen_call_roll(&live->unseen);
	if (live->goes_on && !state.ended && !state.stopped)
		look_after(live);
	if (is_done_with(live, &state, terminal)) {
		live_door_ended(live);
		return;
	}
	if (!state.met && !state.ended)
		live_attach_watch(live);
	if (state.orphaned && !state.ended && !live->goes_on)
		watch_orphan(live, terminal);
	if (due)
		live_kill(live, SIGKILL);
	if (live->parts.chronicle)
		chronicle_work(live->parts.chronicle);
	if (!state.met || state.ended)
		return;
	if (meter_gauges_due(live->parts.meter, now))
		live_door_read_gauges(live, now);
	if (meter_second_due(live->parts.meter, now))
		second(live, now);
	if (kept_point_due(live->parts.kept, now))
		moments_point(live->parts.moments);
	live_changed(live);
}

static double live_door_watch(void *user)
{
	const struct live *live = user;

	return triggers_watch(live->parts.triggers);
}

static int hello(void *user, const struct meet_hello *said, int32_t pid)
{
	return live_hello(user, said, pid);
}

static void unheard(void *user, int32_t pid, bool closed)
{
	live_unheard(user, pid, closed);
}

const struct door_ops live_door_ops = {
	.hello = hello,
	.unheard = unheard,
	.ends = live_door_ends,
	.ctl = live_ctl,
	.news = news,
	.output = live_door_output,
	.tick = live_door_tick,
	.watch = live_door_watch,
};
