/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/run/live_attach.h"

#include <stdatomic.h>
#include <stdio.h>
#include "tracer/collect/attach/space.h"
#include "tracer/collect/run/live.h"
#include "tracer/collect/run/roll.h"
#include "tracer/heap/catalog/earlier.h"

void live_attach_call(struct live *live)
{
	char meeting[RUNDIR_MAX + 8], unseen[64];

	if (!live->attached.call.page)
		return;
	if (space_find(live->options.attach, unseen, sizeof(unseen)))
		roster_unseen(live->roster, unseen);
	snprintf(meeting, sizeof(meeting), "%s/meet", live->folder);
	call_make(&live->attached.call, meeting);
}

void live_attach_watch(struct live *live)
{
	int answer = live->attached.call.page ? call_answer(&live->attached.call) : 0;
	char text[256];

	if (answer >= 0)
		return;
	call_over(&live->attached.call);
	roll_reason_text(ROLL_UNMET, -answer, text, sizeof(text));
	course_unmet(live->course, text);
	course_stop(live->course);
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

	roster_attached(live->roster, before);
	earlier_set(live->family->catalog, before);
}

void live_attach_before(struct live *live)
{
	if (live->attached.call.page)
		reader_each(live->reader, note_before, live);
}

void live_detach(struct live *live)
{
	struct course_state state;

	if (!live->attached.call.page || !live->reader ||
	    atomic_exchange(&live->attached.let_go, true))
		return;
	live_attach_before(live);
	call_over(&live->attached.call);
	reader_each(live->reader, let_go_image, NULL);
	call_leave(&live->attached.call);
	course_read(live->course, &state);
	if (!state.met)
		course_unmet(live->course, "it allocated nothing");
	if (!state.ended)
		course_stop(live->course);
	live_say(live, "detached; the program keeps running");
}
