/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The target's terminal: what it prints goes into the emulator as it comes,
 * shown or not, for its queries must be answered; keys, pasted text and the
 * mouse go out to it while it has the focus.  What the target does not read at
 * once waits here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "tui/desk/desk.h"

#define READ_MOST (256u * 1024)         /* bytes of output that are emulated at once */
#define TYPED_MOST (1u << 20)           /* bytes that wait for the target */

static void send(void *user, const char *bytes, size_t length)
{
	struct desk *desk = user;
	size_t sent = desk->pane.typed_length ? 0 : session_input(desk->session, bytes, length);
	size_t rest = length - sent;
	if (!rest)
		return;
	if (!desk->pane.typed)
		desk->pane.typed = malloc(TYPED_MOST);
	if (!desk->pane.typed || desk->pane.typed_length + rest > TYPED_MOST) {
		context_say(&desk->context, true, "the target reads nothing: keys are lost");
		return;
	}
	memcpy(desk->pane.typed + desk->pane.typed_length, bytes + sent, rest);
	desk->pane.typed_length += rest;
}

int pane_open(struct desk *desk)
{
	desk->pane.output = malloc(READ_MOST);
	desk->pane.emulator = emulator_new(80, 24, send, desk);
	return desk->pane.output && desk->pane.emulator ? 0 : -ENOMEM;
}

void pane_close(struct desk *desk)
{
	emulator_free(desk->pane.emulator);
	free(desk->pane.output);
	free(desk->pane.typed);
}

void pane_resize(struct desk *desk, unsigned width, unsigned height)
{
	if (desk->pane.width == width && desk->pane.height == height)
		return;
	desk->pane.width = width;
	desk->pane.height = height;
	session_resize(desk->session, width, height);
	emulator_resize(desk->pane.emulator, width, height);
}

static void send_rest(struct desk *desk)
{
	size_t sent = session_input(desk->session, desk->pane.typed, desk->pane.typed_length);
	if (!sent)
		return;
	desk->pane.typed_length -= sent;
	memmove(desk->pane.typed, desk->pane.typed + sent, desk->pane.typed_length);
}

bool pane_read(struct desk *desk)
{
	struct context *context = &desk->context;
	uint64_t before = desk->pane.position, passed = emulator_passed(desk->pane.emulator);
	size_t n = session_output(desk->session, &desk->pane.position, desk->pane.output, READ_MOST);
	if (desk->pane.position - before > n)
		emulator_skip(desk->pane.emulator);
	emulator_feed(desk->pane.emulator, desk->pane.output, n);
	if (desk->pane.typed_length)
		send_rest(desk);
	/* A view that was scrolled back stays on the same lines while new ones come. */
	if (context->output_scroll)
		context->output_scroll +=
			(unsigned)(emulator_passed(desk->pane.emulator) - passed);
	context->output_above = emulator_above(desk->pane.emulator);
	if (context->output_scroll > context->output_above)
		context->output_scroll = context->output_above;
	if (desk_top(desk)->ops != &output_screen)
		return false;
	context->output = emulator_canvas(desk->pane.emulator, context->output_scroll);
	if (n)
		desk_touch(desk);
	return n > 0;
}

void pane_key(struct desk *desk, uint32_t key)
{
	struct context *context = &desk->context;
	if (key == KEY_CTRL(']')) {
		context->output_focus = false;
		desk_touch(desk);
		return;
	}
	if (context->output_scroll) {
		context->output_scroll = 0;
		desk_view_changed(desk);
	}
	emulator_key(desk->pane.emulator, key);
}

bool pane_mouse(struct desk *desk, const struct key_event *event)
{
	struct area body = layout_of(&desk->context, &output_screen, desk->canvas->width,
				     desk->canvas->height).body;
	struct key_event inside = *event;
	if (desk_top(desk)->ops != &output_screen || event->y <= body.y ||
	    event->y >= body.y + body.height)
		return false;
	inside.x -= body.x;
	inside.y -= body.y + 1;
	bool wheel = event->key == KEY_WHEEL_UP || event->key == KEY_WHEEL_DOWN;
	if (!desk->context.output_focus) {
		if (!wheel)
			desk_act(desk, ACTION_FOCUS, "");
		return !wheel;
	}
	if (!desk->context.output_scroll && emulator_mouse(desk->pane.emulator, &inside))
		return true;
	return !wheel;
}
