/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/run/live_attach.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include "tracer/collect/attach/space.h"
#include "tracer/collect/run/live.h"
#include "tracer/collect/run/roll.h"
#include "tracer/heap/catalog/earlier.h"

/* Milliseconds before each try, in which a program that is busy answers by itself. */
static const long pauses[] = { 20, 100, 500, 2500 };
#define PAUSE_STEP 10L

/* False: the tracer has answered, or is to be let go. */
static bool rouser_waits(struct live *live, long milliseconds)
{
	const struct timespec step = { 0, PAUSE_STEP * 1000000 };

	for (long past = 0; past <= milliseconds; past += PAUSE_STEP) {
		if (atomic_load(&live->attached.let_go) || call_answer(&live->attached.call))
			return false;
		nanosleep(&step, NULL);
	}
	return true;
}

/* Takes the hooks out, if the rouser and who wants them out agree. */
static void rouser_take_out(struct live *live)
{
	if (atomic_fetch_add(&live->attached.leaving, 1) == 1)
		call_leave(&live->attached.call);
}

static void *rouser_main(void *user)
{
	const size_t tries = sizeof(pauses) / sizeof(*pauses);
	struct live *live = user;

	for (size_t i = 0; i < tries && rouser_waits(live, pauses[i]); i++) {
		atomic_store(&live->attached.busy, true);
		call_rouse(&live->attached.call);
		atomic_store(&live->attached.busy, false);
	}
	rouser_take_out(live);
	return NULL;
}

static void begin_to_rouse(struct live *live)
{
	live->attached.called = true;
	live->attached.rousing =
		pthread_create(&live->attached.rouser, NULL, rouser_main, live) == 0;
	if (live->attached.rousing)
		pthread_setname_np(live->attached.rouser, "rouser");
	else
		rouser_take_out(live);
}

void live_attach_end(struct live *live)
{
	if (live->attached.rousing)
		pthread_join(live->attached.rouser, NULL);
	live->attached.rousing = false;
	if (!live->attached.called)
		rouser_take_out(live);
}

void live_attach_still(struct live *live)
{
	const struct timespec step = { 0, PAUSE_STEP * 100000 };

	while (atomic_load(&live->attached.busy))
		nanosleep(&step, NULL);
}

void live_attach_call(struct live *live)
{
	char meeting[RUNDIR_MAX + 8], unseen[64];

	if (!live->attached.call.page)
		return;
	if (space_find(live->options.attach, unseen, sizeof(unseen)))
		roster_unseen(live->parts.roster, unseen);
	snprintf(meeting, sizeof(meeting), "%s/meet", live->folder);
	call_make(&live->attached.call, meeting);
	begin_to_rouse(live);
}

void live_attach_watch(struct live *live)
{
	int answer = live->attached.call.page ? call_answer(&live->attached.call) : 0;
	char text[256];

	if (answer >= 0)
		return;
	call_over(&live->attached.call);
	roll_reason_text(ROLL_UNMET, -answer, text, sizeof(text));
	course_unmet(live->parts.course, text);
	course_stop(live->parts.course);
}

/* Says in the segment's control page that nobody will read it any more. */
static void let_go_image(struct image *image, void *user)
{
	(void)user;
	if (image->segment)
		atomic_store(&segment_control(image->segment)->state, WIRE_DETACHED);
}

/* Notes for the first process what was allocated before memtop attached. */
static void note_before(struct image *image, void *user)
{
	struct live *live = user;

	if (image->process != 1 || !image->segment)
		return;
	uint64_t before = segment_control(image->segment)->before;

	roster_attached(live->parts.roster, before);
	earlier_set(live->parts.family->catalog, before);
}

void live_attach_before(struct live *live)
{
	if (live->attached.call.page)
		reader_each(live->parts.reader, note_before, live);
}

void live_detach(struct live *live)
{
	struct course_state state;

	if (!live->attached.call.page || !live->parts.reader ||
	    atomic_exchange(&live->attached.let_go, true))
		return;
	live_attach_before(live);
	call_over(&live->attached.call);
	reader_each(live->parts.reader, let_go_image, NULL);
	/* Whoever waits for names next has to wait for those of the last stacks, too. */
	reader_catch_up(live->parts.reader);
	rouser_take_out(live);
	course_read(live->parts.course, &state);
	if (!state.met)
		course_unmet(live->parts.course, "it allocated nothing");
	if (!state.ended)
		course_stop(live->parts.course);
	live_say(live, "detached; the program keeps running");
}
