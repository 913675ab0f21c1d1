/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the door's thread answers to `memtop ctl`.  A caller that asked for a moment or a
 * mark is answered once it is in the recording, by the thread that writes it.
 */
#include "tracer/collect/run/live.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tracer/collect/holders/holders.h"
#include "tracer/collect/recording/programs.h"
#include "tracer/collect/run/live_look.h"

#define LIVING_MOST 1024                /* processes that are counted, at most */

/* In `record` the main thread finishes the file and ends memtop, which is the answer.
 * With a screen, memtop goes on and finishes the file now. */
static int ctl_stop(struct live *live, const char *argument, struct error *error)
{
	(void)argument;
	(void)error;
	if (live->options.attach)
		live_detach(live);
	else
		live_stop(live);
	if (live->options.mode == SESSION_RECORD)
		return DOOR_LATER;
	if (live->parts.writer && live->options.output)
		writer_finish_later(live->parts.writer);
	return 0;
}

/* --- answers that wait for the recording --- */

struct ctl_caller {
	struct live *live;
	int fd;                         /* where the caller waits */
	char sentence[2048];            /* the answer, if all goes well */
};

/* NULL: out of memory. */
static struct ctl_caller *caller_new(struct live *live, int fd)
{
	struct ctl_caller *caller = calloc(1, sizeof(*caller));

	if (caller)
		*caller = (struct ctl_caller){ .live = live, .fd = fd };
	return caller;
}

/* Answers and ends the caller's wait. */
static void caller_answer(void *user, const struct error *error)
{
	struct ctl_caller *caller = user;

	door_answer(caller->fd, !error, error ? error->text : caller->sentence);
	free(caller);
}

/* Answers once all that was kept so far is in the recording; without one, at once. */
static void caller_answer_later(struct ctl_caller *caller)
{
	struct writer *writer = caller->live->parts.writer;

	if (!writer || !writer_tell(writer, caller_answer, caller))
		caller_answer(caller, NULL);
}

/* A look that ctl asked for has ended. */
static void ctl_looked(void *user, struct snapshot *found, const struct error *error)
{
	struct ctl_caller *caller = user;

	if (!found) {
		caller_answer(caller, error);
		return;
	}
	live_look_sentence(found, caller->sentence, sizeof(caller->sentence));
	if (found->look->held)
		holders_add_heaviest(found->look->held, caller->sentence,
				     sizeof(caller->sentence));
	caller_answer_later(caller);
}

static int ctl_heap(struct live *live, int fd, const char *name, bool retained,
		    struct error *error)
{
	if (!moments_may_name(name, error))
		return -1;
	const struct look_order order = { .name = name, .retained = retained };
	struct ctl_caller *caller = caller_new(live, fd);

	if (caller && live_look_later(live, &order, ctl_looked, caller))
		return DOOR_TAKEN;
	free(caller);
	*error = (struct error){ 125, "cannot look at the heap: out of memory" };
	return -1;
}

static int ctl_snapshot(struct live *live, const char *name, struct error *error)
{
	int number = moments_snapshot(live->parts.moments, name, error);

	if (number > 0)                 /* the screen tells of it, where nobody asked for it */
		live_say(live, name && *name ? "snapshot %d '%s' taken" : "snapshot %d%s taken",
			 number, name ? name : "");
	return number;
}

static int ctl_mark(struct live *live, const char *text, struct error *error)
{
	return triggers_mark(live->parts.triggers, text, error);
}

static const struct {
	const char *word;
	/* -1: refused with *error; DOOR_LATER; above 0: a snapshot's number. */
	int (*run)(struct live *live, const char *argument, struct error *error);
} ctl_words[] = {
	{ "snapshot", ctl_snapshot },
	{ "mark", ctl_mark },
	{ "stop", ctl_stop },
};

/* For `memtop list`: see ctl_list. */
static int ctl_status(struct live *live, char *answer, size_t size)
{
	struct program program = { 0 };
	struct reader_status status;
	char name[128];
	int32_t pids[LIVING_MOST];
	struct course_state course;

	course_read(live->parts.course, &course);
	/* All that memtop still does for it is to read what it prints. */
	if (course.stopped && course.orphaned) {
		snprintf(answer, size, "tracing has stopped");
		return -1;
	}
	if (roster_copy(live->parts.roster, &program) != 0) {
		snprintf(answer, size, "out of memory");
		return -1;
	}
	reader_status(live->parts.reader, 0, &status);
	snprintf(name, sizeof(name), "%s", program.argc ? program.argv[0] : "?");
	for (char *at = name; *at; at++)
		*at = (unsigned char)*at < ' ' ? '?' : *at;
	bool alone = live->goes_on && live->options.mode == SESSION_RECORD &&
		     !live->options.wait;
	int32_t pid, first = program_survivors(&program, &pid) ? pid : program.pid;
	snprintf(answer, size, "%d\t%zu\t%.0f\t%llu\t%s\t%s", alone ? (int)getpid() : first,
		 roster_living(live->parts.roster, pids, LIVING_MOST), program.started,
		 (unsigned long long)status.totals.current, name, live->path);
	program_clear(&program);
	return 0;
}

/* Whether the process is one of those that are followed. */
static int ctl_has(struct live *live, const char *argument, char *answer, size_t size)
{
	bool has = roster_find(live->parts.roster, (int32_t)strtol(argument, NULL, 10)) != 0;

	snprintf(answer, size, "%s", has ? "yes" : "no");
	return has ? 0 : -1;
}

/* Waits until what was kept is in the recording before the caller is answered. */
static int answer_later(struct live *live, int fd, const char *sentence)
{
	struct ctl_caller *caller = live->parts.writer ? caller_new(live, fd) : NULL;

	if (!caller)
		return 0;
	snprintf(caller->sentence, sizeof(caller->sentence), "%s", sentence);
	caller_answer_later(caller);
	return DOOR_TAKEN;
}

int live_ctl(void *user, const char *line, int fd, char *answer, size_t size)
{
	struct error error = { 2, "" };
	size_t word = strcspn(line, " ");
	const char *argument = line[word] ? line + word + 1 : "";

	bool held = word == 4 && memcmp(line, "held", word) == 0;
	if (held || (word == 4 && memcmp(line, "heap", word) == 0)) {
		int result = ctl_heap(user, fd, argument, held, &error);

		if (result == -1)
			snprintf(answer, size, "%s", error.text);
		return result;
	}
	if (word == 6 && memcmp(line, "status", word) == 0)
		return ctl_status(user, answer, size);
	if (word == 3 && memcmp(line, "has", word) == 0)
		return ctl_has(user, argument, answer, size);
	for (size_t i = 0; i < sizeof(ctl_words) / sizeof(*ctl_words); i++) {
		if (strlen(ctl_words[i].word) != word ||
		    memcmp(line, ctl_words[i].word, word) != 0)
			continue;
		int result = ctl_words[i].run(user, argument, &error);
		if (result == -1)
			snprintf(answer, size, "%s", error.text);
		else if (result > 0)
			snprintf(answer, size, "snapshot %d", result);
		if (result < 0 || ctl_words[i].run == ctl_stop)
			return result;
		return answer_later(user, fd, answer);
	}
	snprintf(answer, size, "'%.*s' is not known; there are snapshot [NAME], heap [NAME], "
		 "held [NAME], mark TEXT, stop",
		 (int)(word < 64 ? word : 64), line);
	return -1;
}
