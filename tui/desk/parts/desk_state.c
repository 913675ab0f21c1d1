/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The transitions of the desk's state, with assertions on what holds before and after
 * each. */
#include "tui/desk/parts/desk_state.h"

#include <assert.h>

/* Asserts what holds at any time. */
static void desk_state_check(const struct desk_state *state)
{
	assert(state->end == DESK_STAYS || state->life == LIFE_ENDED);
	assert(!state->whole || state->picture != PICTURE_SHOWN);
	assert(state->status >= -1);
	(void)state;
}

void state_begin(struct desk_state *state)
{
	*state = (struct desk_state){
		.life = LIFE_RUNS,
		.picture = PICTURE_UNSEEN,
		.wanted = WANTED_NOTHING,
		.end = DESK_STAYS,
		.status = -1,
	};
	desk_state_check(state);
}

void state_suspend(struct desk_state *state, unsigned resumes)
{
	assert(state->life == LIFE_RUNS);
	state->life = LIFE_SUSPENDED;
	state->resumes = resumes;
	desk_state_check(state);
}

void state_resume(struct desk_state *state)
{
	assert(state->life == LIFE_SUSPENDED);
	state->life = LIFE_RUNS;
	state_repaint(state);
}

void state_end(struct desk_state *state, enum desk_end end, int status)
{
	state->life = LIFE_ENDED;
	if (state->end == DESK_STAYS) {
		state->end = end;
		state->status = status;
	}
	desk_state_check(state);
}

void state_end_script(struct desk_state *state, enum desk_end end, int status)
{
	assert(state->life != LIFE_SUSPENDED);
	assert(status >= 0);
	state_end(state, end, status);
	state->status = status;
	desk_state_check(state);
}

void state_touch(struct desk_state *state)
{
	if (state->picture == PICTURE_SHOWN)
		state->picture = PICTURE_OLD;
	desk_state_check(state);
}

void state_repaint(struct desk_state *state)
{
	state_touch(state);
	state->whole = true;
	desk_state_check(state);
}

void state_another_top(struct desk_state *state)
{
	state->picture = PICTURE_UNSEEN;
	state_want_another(state);
}

void state_drawn(struct desk_state *state)
{
	if (state->picture == PICTURE_UNSEEN)
		state->picture = PICTURE_OLD;
	desk_state_check(state);
}

void state_shown(struct desk_state *state)
{
	assert(state->life == LIFE_RUNS);
	assert(state->picture == PICTURE_OLD);
	state->picture = PICTURE_SHOWN;
	state->whole = false;
	desk_state_check(state);
}

void state_want_newer(struct desk_state *state)
{
	if (state->wanted == WANTED_NOTHING)
		state->wanted = WANTED_NEWER;
	desk_state_check(state);
}

void state_want_another(struct desk_state *state)
{
	state->wanted = WANTED_ANOTHER;
	desk_state_check(state);
}

void state_asked(struct desk_state *state)
{
	assert(state->wanted != WANTED_NOTHING);
	state->wanted = WANTED_NOTHING;
	desk_state_check(state);
}
