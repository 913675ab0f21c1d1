/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The target's terminal.  What the target prints goes into the emulator as it comes,
 * whether or not it is shown, because its queries must be answered.  Keys, pasted text
 * and the mouse go to the target while it has the focus; what the target does not read at
 * once waits here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tui/desk/parts/console.h"

#define READ_MOST (256u * 1024)         /* bytes of output that are emulated at a time */
#define TYPED_MOST (1u << 20)           /* bytes that wait for the target */

static void console_send(void *user, const char *bytes, size_t length)
{
	struct console *console = user;
	size_t sent = console->typed_length ? 0 : session_input(console->session, bytes, length);
	size_t rest = length - sent;
	if (!rest)
		return;
	if (!console->typed)
		console->typed = malloc(TYPED_MOST);
	if (!console->typed || console->typed_length + rest > TYPED_MOST) {
		foot_say(console->foot, true, "the program does not read its input: keys are lost");
		return;
	}
	memcpy(console->typed + console->typed_length, bytes + sent, rest);
	console->typed_length += rest;
}

int console_open(struct console *console, struct session *session, struct output *output,
		 struct foot *foot)
{
	console->session = session;
	console->output = output;
	console->foot = foot;
	console->printed = malloc(READ_MOST);
	console->emulator = emulator_new(80, 24, console_send, console);
	return console->printed && console->emulator ? 0 : -ENOMEM;
}

void console_close(struct console *console)
{
	emulator_free(console->emulator);
	free(console->printed);
	free(console->typed);
}

void console_resize(struct console *console, unsigned width, unsigned height)
{
	if (console->width == width && console->height == height)
		return;
	console->width = width;
	console->height = height;
	session_resize(console->session, width, height);
	emulator_resize(console->emulator, width, height);
}

static void send_rest(struct console *console)
{
	size_t sent = session_input(console->session, console->typed, console->typed_length);
	if (!sent)
		return;
	console->typed_length -= sent;
	memmove(console->typed, console->typed + sent, console->typed_length);
}

/* Whether the target seems to wait for an answer while nobody is looking: what it printed
 * last ends in mid-line, as questions do, or it reads from its terminal without having
 * printed anything. */
static bool asks(struct console *console, bool live, bool shown, bool printed, bool awaited)
{
	if (shown || printed || !live)
		console->question = !shown && live &&
				 emulator_canvas(console->emulator, 0)->cursor_x > 0;
	console->seen = awaited && (console->seen || shown);
	return live && (console->question || (awaited && !console->seen));
}

bool console_read(struct console *console, bool live, bool shown, bool awaited)
{
	struct output *output = console->output;
	uint64_t before = console->position, passed = emulator_passed(console->emulator);
	size_t n = session_output(console->session, &console->position, console->printed,
				  READ_MOST);
	if (console->position - before > n)
		emulator_skip(console->emulator);
	emulator_feed(console->emulator, console->printed, n);
	if (console->typed_length)
		send_rest(console);
	/* A view that is scrolled back stays on the same lines while new ones come. */
	if (output->scroll)
		output->scroll += (unsigned)(emulator_passed(console->emulator) - passed);
	output->above = emulator_above(console->emulator);
	if (output->scroll > output->above)
		output->scroll = output->above;
	if (shown)
		output->canvas = emulator_canvas(console->emulator, output->scroll);
	bool asked = output->asks;
	output->asks = asks(console, live, shown, n > 0, awaited);
	return (shown && n > 0) || output->asks != asked;
}

unsigned console_key(struct console *console, uint32_t key)
{
	struct output *output = console->output;
	unsigned reaction = REACT_IGNORED;
	if (key == KEY_CTRL(']')) {
		output->focus = false;
		return REACT_HANDLED;
	}
	if (output->scroll) {
		output->scroll = 0;
		reaction = REACT_HANDLED | REACT_REBUILD;
	}
	emulator_key(console->emulator, key);
	return reaction;
}

bool console_mouse(struct console *console, const struct key_event *inside)
{
	return !console->output->scroll && emulator_mouse(console->emulator, inside);
}
