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
#include "tui/desk/parts/pane.h"

#define READ_MOST (256u * 1024)         /* bytes of output that are emulated at a time */
#define TYPED_MOST (1u << 20)           /* bytes that wait for the target */

static void pane_send(void *user, const char *bytes, size_t length)
{
	struct pane *pane = user;
	size_t sent = pane->typed_length ? 0 : session_input(pane->session, bytes, length);
	size_t rest = length - sent;
	if (!rest)
		return;
	if (!pane->typed)
		pane->typed = malloc(TYPED_MOST);
	if (!pane->typed || pane->typed_length + rest > TYPED_MOST) {
		foot_say(pane->foot, true, "the program does not read its input: keys are lost");
		return;
	}
	memcpy(pane->typed + pane->typed_length, bytes + sent, rest);
	pane->typed_length += rest;
}

int pane_open(struct pane *pane, struct session *session, struct output *output,
	      struct foot *foot)
{
	pane->session = session;
	pane->output = output;
	pane->foot = foot;
	pane->printed = malloc(READ_MOST);
	pane->emulator = emulator_new(80, 24, pane_send, pane);
	return pane->printed && pane->emulator ? 0 : -ENOMEM;
}

void pane_close(struct pane *pane)
{
	emulator_free(pane->emulator);
	free(pane->printed);
	free(pane->typed);
}

void pane_resize(struct pane *pane, unsigned width, unsigned height)
{
	if (pane->width == width && pane->height == height)
		return;
	pane->width = width;
	pane->height = height;
	session_resize(pane->session, width, height);
	emulator_resize(pane->emulator, width, height);
}

static void send_rest(struct pane *pane)
{
	size_t sent = session_input(pane->session, pane->typed, pane->typed_length);
	if (!sent)
		return;
	pane->typed_length -= sent;
	memmove(pane->typed, pane->typed + sent, pane->typed_length);
}

/* Whether the target seems to wait for an answer while nobody is looking: what it printed
 * last ends in mid-line, as questions do, or it reads from its terminal without having
 * printed anything. */
static bool asks(struct pane *pane, bool live, bool shown, bool printed, bool awaited)
{
	if (shown || printed || !live)
		pane->question = !shown && live &&
				 emulator_canvas(pane->emulator, 0)->cursor_x > 0;
	pane->seen = awaited && (pane->seen || shown);
	return live && (pane->question || (awaited && !pane->seen));
}

bool pane_read(struct pane *pane, bool live, bool shown, bool awaited)
{
	struct output *output = pane->output;
	uint64_t before = pane->position, passed = emulator_passed(pane->emulator);
	size_t n = session_output(pane->session, &pane->position, pane->printed, READ_MOST);
	if (pane->position - before > n)
		emulator_skip(pane->emulator);
	emulator_feed(pane->emulator, pane->printed, n);
	if (pane->typed_length)
		send_rest(pane);
	/* A view that is scrolled back stays on the same lines while new ones come. */
	if (output->scroll)
		output->scroll += (unsigned)(emulator_passed(pane->emulator) - passed);
	output->above = emulator_above(pane->emulator);
	if (output->scroll > output->above)
		output->scroll = output->above;
	if (shown)
		output->canvas = emulator_canvas(pane->emulator, output->scroll);
	bool asked = output->asks;
	output->asks = asks(pane, live, shown, n > 0, awaited);
	return (shown && n > 0) || output->asks != asked;
}

unsigned pane_key(struct pane *pane, uint32_t key)
{
	struct output *output = pane->output;
	unsigned reaction = REACT_IGNORED;
	if (key == KEY_CTRL(']')) {
		output->focus = false;
		return REACT_HANDLED;
	}
	if (output->scroll) {
		output->scroll = 0;
		reaction = REACT_HANDLED | REACT_REBUILD;
	}
	emulator_key(pane->emulator, key);
	return reaction;
}

bool pane_mouse(struct pane *pane, const struct key_event *inside)
{
	return !pane->output->scroll && emulator_mouse(pane->emulator, inside);
}
