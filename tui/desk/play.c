/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Plays a script on the desk without a terminal.  Each line is one key, `type`, `wait` or
 * `:command`.  A key never fails; a `wait` or a `:command` that fails ends the script with a
 * message that names the line.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include "tracer/ground/clock.h"
#include "tracer/ground/utf8.h"
#include "tui/message/message.h"
#include "tui/desk/desk_data.h"
#include "tui/desk/desk_life.h"
#include "tui/desk/desk_prompt.h"
#include "tracer/ground/lines.h"
#include "tui/term/prompt.h"

#define PATIENCE 60.0                   /* seconds after which a `wait` fails */

struct play {
	struct desk *desk;
	struct session *session;        /* the desk's */
	struct session_status status;   /* when it was last read */
	char problem[320];
};

/* Waits at most so long for something from the session, and reads it. */
static void pump(struct play *play, int milliseconds)
{
	struct pollfd fd = {.fd = session_fd(play->session), .events = POLLIN};
	poll(&fd, 1, milliseconds);
	session_drain_events(play->session);
	session_status(play->session, &play->status);
}

static bool is_recording(const struct play *play)
{
	return session_fd(play->session) < 0;
}

static bool play_ended(struct play *play, const char *text)
{
	(void)text;
	return is_recording(play) || session_program(play->session)->ended;
}

static bool marked(struct play *play, const char *text)
{
	size_t n;
	const struct mark *marks = session_marks(play->session, &n);
	for (size_t i = 0; i < n; i++)
		if (!strcmp(marks[i].text, text))
			return true;
	return false;
}

/* Whether the library in the target has reported, or never will. */
static bool greeted(struct play *play, const char *text)
{
	return play->status.met || play_ended(play, text);
}

/* Waits until `arrived` is true.  False: it is not true when the target has ended, or the time is
 * up. */
static bool play_wait_for(struct play *play,
			  bool (*arrived)(struct play *play, const char *text),
			  const char *text)
{
	double until = clock_seconds() + PATIENCE;
	session_status(play->session, &play->status);
	while (!arrived(play, text)) {
		if (clock_seconds() > until)
			return false;
		/* A target that has ended reports nothing more: what is left is read once
		 * more, and then there is nothing to wait for. */
		if (arrived != play_ended && play_ended(play, text)) {
			pump(play, 10);
			return arrived(play, text);
		}
		pump(play, 20);
	}
	return true;
}

/* Waits for a look at the heap that was asked for, whose moment is then shown. */
static bool play_looked(struct play *play)
{
	double until = clock_seconds() + PATIENCE;
	while (play->desk->asked.looks.awaited) {
		if (clock_seconds() > until)
			return false;
		if (!is_recording(play))
			pump(play, 20);
		desk_refresh(play->desk, false);
	}
	return true;
}

/* Waits until all events of the target are read, all names are known, and a look that was asked
 * for has been taken.  If the target goes on allocating, it waits a second only.  False: it took
 * too long. */
static bool play_settle(struct play *play)
{
	if (!play_wait_for(play, greeted, "") || !play_looked(play))
		return false;
	uint64_t events;
	double until = clock_seconds() + 1;
	do {
		events = play->status.totals.events;
		if (!is_recording(play))
			pump(play, 20);
	} while (play->status.totals.events != events && clock_seconds() < until);
	if (!session_settle(play->session, PATIENCE))
		return false;
	desk_refresh(play->desk, true);
	return true;
}

static bool do_wait(struct play *play, const char *text)
{
	bool done = false;
	if (!strcmp(text, "settled"))
		done = play_settle(play);
	else if (!strcmp(text, "exit"))
		done = play_wait_for(play, play_ended, "");
	else if (!strncmp(text, "mark ", 5))
		done = play_wait_for(play, marked, text + 5);
	else
		snprintf(play->problem, sizeof play->problem,
			 "wait for what? settled, exit, or mark TEXT");
	if (!done && !play->problem[0])
		snprintf(play->problem, sizeof play->problem, "it did not come");
	desk_refresh(play->desk, false);
	return done;
}

/* Whether keys are text for the prompt or for the target, and not commands. */
static bool is_text(const struct desk *desk)
{
	enum desk_keys keys = desk_keys(desk);
	return keys == KEYS_PROMPT || keys == KEYS_TARGET;
}

static bool press(struct play *play, uint32_t key)
{
	struct key_event event = {.key = key};
	bool text = is_text(play->desk);
	desk_key(play->desk, &event);
	/* What a key has asked for is there before the next one is pressed; keys of a text are
	 * not worth that. */
	if (!text || !is_text(play->desk))
		desk_refresh(play->desk, false);
	return true;
}

static bool type(struct play *play, const char *text)
{
	size_t left = strlen(text), used;
	for (; left; text += used, left -= used) {
		uint32_t code;
		used = utf8_decode(text, left, &code);
		press(play, code);
	}
	desk_refresh(play->desk, false);
	return true;
}

static bool command(struct play *play, const char *line)
{
	snprintf(play->problem, sizeof play->problem, "%s", desk_command(play->desk, line));
	desk_refresh(play->desk, false);
	return !play->problem[0];
}

static bool play_token(struct play *play, const char *line)
{
	if (line[0] == ':' && line[1])
		return command(play, line + 1);
	if (!strncmp(line, "type ", 5))
		return type(play, line + 5);
	if (!strncmp(line, "wait ", 5))
		return do_wait(play, line + 5);
	uint32_t key = key_parse(line);
	if (key)
		return press(play, key);
	snprintf(play->problem, sizeof play->problem,
		 "this is not a key, type, wait or :command");
	return false;
}

/* Handles a line.  What is typed in a prompt applies only at the end of the line, as nobody sees
 * the screens in between. */
static bool token(struct play *play, const char *line)
{
	bool done = play_token(play, line);
	desk_prompt_verdict(play->desk);
	if (desk_prompt_apply(play->desk))
		desk_refresh(play->desk, false);
	return done;
}

/* Prints why the script ends here, and returns the status 1. */
static int play_fail(unsigned number, const char *line, const char *problem)
{
	struct error error = {.status = 1};
	snprintf(error.text, sizeof error.text, "play: line %u: %.160s%s: %.300s", number, line,
		 strlen(line) > 160 ? "..." : "", problem);
	return message_fail(&error);
}

static int play_lines(struct play *play, FILE *file)
{
	struct lines lines;
	char *line;
	int status = 0;
	lines_begin(&lines, file);
	while (!status && desk_keys(play->desk) != KEYS_NOBODY && (line = lines_next(&lines)))
		if (line[0] && line[0] != '#' && !token(play, line))
			status = play_fail(lines.number, line, play->problem);
	if (lines.problem)
		status = play_fail(lines.number, "the script can't be read",
				   lines.problem);
	lines_end(&lines);
	return status;
}

int play_run(struct desk *desk, const char *path)
{
	struct play play = {.desk = desk, .session = desk->session};
	struct error error = {.status = 1};
	FILE *file = strcmp(path, "-") ? fopen(path, "re") : stdin;
	if (!file) {
		snprintf(error.text, sizeof error.text, "play: %.300s: %s", path, strerror(errno));
		return message_fail(&error);
	}
	desk_refresh(desk, true);
	int status = play_lines(&play, file);
	if (file != stdin)
		fclose(file);
	return status;
}
