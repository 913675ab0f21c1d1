/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_PARTS_DESK_STATE_H
#define TUI_DESK_PARTS_DESK_STATE_H
/*
 * The state of the desk.  It has three parts, each of which changes only by the functions
 * below:
 *
 * 	life      RUNS <-> SUSPENDED, and from both to ENDED, which is final
 * 	picture   SHOWN -> OLD -> UNSEEN; drawing: UNSEEN to OLD; showing: OLD to SHOWN
 * 	wanted    NOTHING -> NEWER -> ANOTHER; asking for the table leads to NOTHING
 *
 * Who gets the keys (enum desk_keys) is not stored: desk_keys derives it from the life,
 * the prompt, the screen on top and the focus.
 */
#include <stdbool.h>

enum life {
	LIFE_RUNS,
	LIFE_SUSPENDED,                 /* the shell has the terminal: nothing is drawn or read */
	LIFE_ENDED                      /* keys mean nothing; the driver returns */
};

/* What happens to a target that still runs when the desk ends. */
enum desk_end {
	DESK_STAYS, DESK_KILLS, DESK_LEAVES,
	DESK_HANGS_UP,                  /* it gets SIGHUP, as its terminal has gone */
	DESK_DETACHES                   /* it ran before memtop came, and continues */
};

enum picture {
	PICTURE_SHOWN,                  /* the terminal shows the current state */
	PICTURE_OLD,                    /* something changed since */
	PICTURE_UNSEEN                  /* the screen on top was never drawn, and has no
					 * rows yet */
};

enum wanted {
	WANTED_NOTHING,                 /* the table on top is right, or has been asked
					 * for */
	WANTED_NEWER,                   /* a newer heap came: the same table of that
					 * one */
	WANTED_ANOTHER                  /* the view or the screen changed: another table */
};

/* Who gets a key. */
enum desk_keys {
	KEYS_NOBODY,                    /* the desk has ended */
	KEYS_PROMPT,                    /* a line is being typed */
	KEYS_TARGET,                    /* the target's terminal has the focus */
	KEYS_DIALOG,                    /* the quit dialog, during which no prompt can be
					 * opened */
	KEYS_SCREEN
};

struct desk_state {
	enum life life;
	enum picture picture;
	enum wanted wanted;
	bool whole;                     /* every cell must be sent, not only those that
					 * changed; then the picture is not SHOWN */
	unsigned resumes;               /* while SUSPENDED: how often the shell had
					 * resumed us */
	enum desk_end end;              /* only when ENDED may it differ from STAYS */
	int status;                     /* what app_run returns; -1: the target's own */
};

/* RUNS, with a picture that was never drawn and no table yet. */
void state_begin(struct desk_state *state);

/* RUNS -> SUSPENDED. */
void state_suspend(struct desk_state *state, unsigned resumes);
/* SUSPENDED -> RUNS: the whole picture is due. */
void state_resume(struct desk_state *state);
/* -> ENDED.  A second end changes nothing if the first one decided about the target. */
void state_end(struct desk_state *state, enum desk_end end, int status);
/* -> ENDED by a script, which determines the status and what happens to its target. */
void state_end_script(struct desk_state *state, enum desk_end end, int status);

/* SHOWN -> OLD. */
void state_touch(struct desk_state *state);
/* The same, but every cell must be sent. */
void state_repaint(struct desk_state *state);
/* Another screen is on top, or the size has changed: -> UNSEEN, and -> ANOTHER. */
void state_another_top(struct desk_state *state);
/* UNSEEN -> OLD: the screen is on the canvas. */
void state_drawn(struct desk_state *state);
/* OLD -> SHOWN: it is on the terminal.  It must have been drawn before. */
void state_shown(struct desk_state *state);

/* NOTHING -> NEWER. */
void state_want_newer(struct desk_state *state);
/* -> ANOTHER. */
void state_want_another(struct desk_state *state);
/* -> NOTHING: the table has been asked for.  Something must have been wanted. */
void state_asked(struct desk_state *state);

#endif
