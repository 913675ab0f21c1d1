/* SPDX-License-Identifier: GPL-3.0-or-later */
/* States what is known and does not guess the cause: even near a ceiling, a program may
 * end for a reason of its own.  The OOM killer sends SIGKILL, and the cgroup counts its
 * victims.  The count alone may be about another process of the cgroup, so both must be
 * present. */
#include "views/text/ending.h"

#include <stdio.h>
#include <string.h>
#include "views/format/format.h"

#define KILLED 9                        /* SIGKILL */
#define NEAR 90.0                       /* percent of a ceiling */

enum ending_how ending_how(const struct program *program)
{
	if (!program->ended)
		return program->cut_off ? ENDED_CUT_OFF : ENDED_NOT;
	if (program->status_unknown)
		return ENDED_UNKNOWN;
	if (program->signal == KILLED && program->oom_kills)
		return ENDED_OOM_KILL;
	return program->signal ? ENDED_SIGNAL : ENDED_EXIT;
}

const char *ending_word(enum ending_how how)
{
	static const char *const words[] = {
		[ENDED_EXIT] = "exit",	     [ENDED_SIGNAL] = "signal", [ENDED_OOM_KILL] = "oom_kill",
		[ENDED_UNKNOWN] = "unknown", [ENDED_NOT] = "running",	[ENDED_CUT_OFF] = "cut_off",
	};

	return words[how];
}

const struct ceiling *ending_ceiling(const struct program *program)
{
	const struct ceilings *ceilings = &program->ceilings;

	for (size_t i = 0; i < ceilings->length; i++)
		if (ceiling_percent(&ceilings->of[i], ceilings->of[i].most) >= NEAR)
			return &ceilings->of[i];
	return NULL;
}

void ending_text(const struct program *program, char text[ENDING_MAX])
{
	const struct ceiling *ceiling = ending_ceiling(program);
	char share[FORMAT_MAX], bytes[FORMAT_MAX];
	int n = 0;

	switch (ending_how(program)) {
	case ENDED_CUT_OFF:
		n = snprintf(text, ENDING_MAX, "was still running at the last write "
			     "(memtop was killed or its disk full, or it is still recording)");
		break;
	case ENDED_NOT:
		n = snprintf(text, ENDING_MAX, "is still running, but no longer traced");
		break;
	case ENDED_UNKNOWN:
		n = snprintf(text, ENDING_MAX, "ended with an unknown status");
		break;
	case ENDED_EXIT:
		n = snprintf(text, ENDING_MAX, "ended with status %d", program->exit_status);
		break;
	case ENDED_SIGNAL:
	case ENDED_OOM_KILL:
		n = snprintf(text, ENDING_MAX, "was ended by signal %d (%.60s)%s", program->signal,
			     strsignal(program->signal),
			     ending_how(program) == ENDED_OOM_KILL ? ", by the OOM killer" : "");
		break;
	}
	if (!ceiling)
		return;
	format_percent((double)ceiling->most, (double)ceiling->bytes, share);
	format_size((double)ceiling->bytes, false, bytes);
	snprintf(text + n, ENDING_MAX - (size_t)n, ", at %s %% of %s (%s)", share,
		 ceiling_name(ceiling->kind), bytes);
}

bool ending_is_unusual(const struct program *program)
{
	enum ending_how how = ending_how(program);

	return (how != ENDED_EXIT && how != ENDED_NOT) || program->exit_status ||
	       ending_ceiling(program);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

void ending_story(const struct program *program, const struct table *held,
		  const struct table *grown, char *text, size_t size)
{
	char how[ENDING_MAX], clock[FORMAT_MAX], bytes[FORMAT_MAX];
	const struct row *most = held && held->length ? table_row(held, 0) : NULL;
	const struct row *rise = grown && grown->length ? table_row(grown, 0) : NULL;
	size_t n;

	ending_text(program, how);
	format_clock(program->seconds, clock);
	n = (size_t)snprintf(text, size, "%.60s %s, after %s",
			     program->argc ? base_name(program->argv[0]) : "?", how, clock);
	if (most && most->now.size && n < size) {
		format_size((double)most->now.size, false, bytes);
		n += (size_t)snprintf(text + n, size - n, "; most memory: %s at %s", bytes,
				      base_name(most->key));
	}
	if (rise && rise->growth && rise->growth->since >= 0 && rise->growth->bytes > 0 && n < size) {
		format_size(rise->growth->bytes, true, bytes);
		format_clock(rise->growth->since, clock);
		snprintf(text + n, size - n, "; most growth: %s a minute since %s at %s (%s)", bytes,
			 clock, base_name(rise->key), growth_word(rise->growth->word));
	}
}
