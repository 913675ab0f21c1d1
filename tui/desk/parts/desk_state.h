/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_DESK_PARTS_DESK_STATE_H
#define TUI_DESK_PARTS_DESK_STATE_H
/*
 * Where the desk stands.  Three things are in one state each, and go from one to the
 * other by the functions below and by nothing else:
 *
 *	life      RUNS <-> SUSPENDED, and from both to ENDED, which is never left
 *	picture   SHOWN -> OLD -> UNSEEN; drawing makes OLD of UNSEEN, showing makes SHOWN
 *	wanted    NOTHING -> NEWER -> ANOTHER; asking for the table makes NOTHING
 *
 * Who gets the keys (enum desk_keys) is not kept: it follows from the life, the prompt,
 * the screen on top and the focus, and desk_keys tells it.
 */
#include <stdbool.h>

enum life {
	LIFE_RUNS,
	LIFE_SUSPENDED,                 /* the shell has the terminal: nothing is drawn or read */
	LIFE_ENDED                      /* no key means anything; the driver returns */
};

/* What becomes of a target that still runs when the desk ends. */
enum desk_end {
	DESK_STAYS, DESK_KILLS, DESK_LEAVES,
	DESK_HANGS_UP,                  /* it gets SIGHUP, as its terminal has gone */
	DESK_DETACHES                   /* it ran already, and goes on as before */
};

enum picture {
	PICTURE_SHOWN,                  /* the terminal shows what there is */
	PICTURE_OLD,                    /* something changed since */
	PICTURE_UNSEEN                  /* the screen on top was never drawn: it knows no rows */
};

enum wanted {
	WANTED_NOTHING,                 /* the table on top is right, or was asked for */
	WANTED_NEWER,                   /* a newer heap came: the same table of that */
	WANTED_ANOTHER                  /* the view or the screen changed: another table */
};

/* Who answers a key. */
enum desk_keys {
	KEYS_NOBODY,                    /* the desk has ended */
	KEYS_PROMPT,                    /* a line is being typed */
	KEYS_TARGET,                    /* the target's terminal has the focus */
	KEYS_DIALOG,                    /* the quit dialog, before which no prompt opens */
	KEYS_SCREEN
};

struct desk_state {
	enum life life;
	enum picture picture;
	enum wanted wanted;
	bool whole;                     /* each cell is due, not only those that changed;
					 * then the picture is not SHOWN */
	unsigned resumes;               /* while SUSPENDED: as often the shell had come back */
	enum desk_end end;              /* but for STAYS only when the life is ENDED */
	int status;                     /* what app_run returns; -1: the target's own */
};

/* RUNS, with a picture that was never drawn and no table yet. */
void state_begin(struct desk_state *state);

/* RUNS -> SUSPENDED. */
void state_suspend(struct desk_state *state, unsigned resumes);
/* SUSPENDED -> RUNS: the whole picture is due. */
void state_resume(struct desk_state *state);
/* -> ENDED.  A second end changes nothing if the first decided about the target. */
void state_end(struct desk_state *state, enum desk_end end, int status);
/* -> ENDED, as a script does: with its status, and with what becomes of its target. */
void state_end_script(struct desk_state *state, enum desk_end end, int status);

/* SHOWN -> OLD. */
void state_touch(struct desk_state *state);
/* The same, and each cell is due. */
void state_repaint(struct desk_state *state);
/* Another screen is on top, or it has another size: -> UNSEEN, and -> ANOTHER. */
void state_another_top(struct desk_state *state);
/* UNSEEN -> OLD: it is on the canvas. */
void state_drawn(struct desk_state *state);
/* OLD -> SHOWN: it is on the terminal.  It was drawn before. */
void state_shown(struct desk_state *state);

/* NOTHING -> NEWER. */
void state_want_newer(struct desk_state *state);
/* -> ANOTHER. */
void state_want_another(struct desk_state *state);
/* -> NOTHING: the table was asked for.  Something was wanted before. */
void state_asked(struct desk_state *state);

#endif
