/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What record and check have in common: they run a program without a screen. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "tui/commands/cmd.h"
#include "views/text/ending.h"

#define NAMING_TIME 30.0                /* seconds: the default of --symbol-time */
#define SLICE 0.1                       /* seconds between two looks for Ctrl-C */

/* The reason, or else how the program ended, or else the last that was said. */
static void why_untraced(const struct program *program, const struct session_status *status,
			 char text[ENDING_MAX])
{
	char ending[ENDING_MAX];

	ending_text(program, ending);
	if (*status->unmet)
		snprintf(text, ENDING_MAX, "%s", status->unmet);
	else if (program->ended && !program->status_unknown)
		snprintf(text, ENDING_MAX, "the program %.*s", ENDING_MAX - 16, ending);
	else
		snprintf(text, ENDING_MAX, "%s", *status->message ? status->message
						  : "libmemtop.so was never loaded");
}

bool cmd_say_untraced(const struct program *program, const struct session_status *status)
{
	struct error error = { .status = STATUS_FAILED };
	char why[ENDING_MAX];

	why_untraced(program, status, why);
	snprintf(error.text, sizeof error.text, "%.200s: nothing was traced: %s",
		 program->argc ? program->argv[0] : "?", why);
	message_fail(&error);
	/* If exec failed, the keeper's status is 126 or 127. */
	return program->ended && !program->signal && program->exit_status != 126 &&
	       program->exit_status != 127;
}

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

void cmd_name_frames(struct session *session, double seconds)
{
	const struct sigaction action = { .sa_handler = interrupt };
	int slices = (int)((seconds > 0 && seconds < 1e6 ? seconds : NAMING_TIME) / SLICE);

	sigaction(SIGINT, &action, NULL);
	while (slices-- >= 0 && !interrupted && !session_settle(session, SLICE))
		;
}
