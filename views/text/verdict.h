/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIEWS_TEXT_VERDICT_H
#define VIEWS_TEXT_VERDICT_H
/* The result of `check`: each limit with the figure that the run had. */
#include "tracer/heap/catalog/program.h"
#include "views/filter/limit.h"
#include "views/format/format.h"
#include "views/format/out.h"
#include "views/table/table.h"

/* A process that exceeds a limit, other than the one whose lines are shown. */
struct verdict_over {
	const struct process *process;
	uint64_t value;
};

struct verdict_limit {
	const struct limit *limit;
	char name[128];                 /* "--max-peak=5M", or a ceiling as it was given */
	/* "peak", "exit" or "finalize"; copied, since the snapshot may be freed. */
	char moment[64];
	uint64_t value;
	bool broken;
	const struct process *process;  /* the process that the figure is of; NULL: the
					 * first */
	struct table *lines;            /* broken: the lines that hold the most; owned, or NULL */
	unsigned judged, unjudged;      /* LIMIT_LEAKING: processes that ran for long
					 * enough for verdicts, and those that did not;
					 * LIMIT_UNREACHABLE: those with a look, and those
					 * without */
	uint64_t undecided;             /* LIMIT_LEAKING: lines that may leak or not */
	struct verdict_over *over;      /* LIMIT_UNREACHABLE, broken: the other processes
					 * that exceed it or, with --tree, add to the sum;
					 * owned */
	size_t over_length;
	unsigned over_others;           /* how many more there are, which are not named */
};

#define SUPPRESSIONS_MAX 32u            /* with LIMITS_MAX ceilings, WATCH_JUDGES parts */

/* What a suppression kept from the limits, with its name and reason; texts are
 * borrowed. */
struct verdict_suppressed {
	const char *name, *reason;
	uint64_t peak;                  /* of what it kept from the limits, in bytes */
	bool used;
};

/* Whether the figure is not known. */
static inline bool verdict_unknown(const struct verdict_limit *of)
{
	return of->limit->figure > LIMIT_FIGURES - 1 && !of->judged;
}

/* Whether a limit held because its filter kept no memory at any time: it may be misspelt, or
 * what it means may be called otherwise now. */
bool verdict_is_void(const struct verdict_limit *of);
#define VERDICT_VOID "its filter kept nothing"

struct verdict {
	const struct program *program;
	const char *ending;             /* "ended with status 0"; NULL: it was not started */
	struct snapshot *end;           /* the last moment; NULL: nothing was traced */
	uint64_t unresolved;
	struct verdict_limit limits[LIMITS_MAX + 2];
	size_t length, broken;
	struct verdict_suppressed suppressed[SUPPRESSIONS_MAX];
	size_t suppressed_length;
	/* Why it can't be said that the run passed; "" if it can. */
	char doubt[512];
	bool doubt_allowed;             /* by --allow-loss */
	char host[65], date[24];        /* where, and when it began: "2026-11-29T01:02:03" of UTC */
};

/* VERDICT_SIGNAL: no limit is broken or unknown, but a signal ended the program. */
enum verdict_word { VERDICT_PASSED, VERDICT_FAILED, VERDICT_UNKNOWN, VERDICT_SIGNAL };
/* The result of the limits alone, without regard to the status with which the program
 * ended. */
enum verdict_word verdict_word(const struct verdict *verdict);
const char *verdict_word_name(enum verdict_word word);

/* Writes the table for people.  0 or the sink's error. */
int verdict_text(const struct verdict *verdict, struct sink *sink);

/* Parts of that table, for other forms of it.  Texts from the program are made safe. */
#define VERDICT_AMOUNT_MAX (FORMAT_MAX + 8)
/* A limit and its figure as people read them ("< 5120 KiB", "~19.8 MiB"), or exact to the
 * byte where the two would look equal. */
void verdict_amounts(const struct verdict *verdict, const struct verdict_limit *of,
		     char at_most[VERDICT_AMOUNT_MAX], char was[VERDICT_AMOUNT_MAX]);
/* "check failed: ./worker ended with status 0", without a newline. */
void verdict_put_word(struct out *out, const struct verdict *verdict);
/* "BROKEN", "unknown" or "ok", then in parentheses the process that the figure is of, if
 * it is not the first, and what could not be judged; without a newline. */
void verdict_put_result(struct out *out, const struct verdict_limit *of);
/* The places that held the most, in one or more indented lines each; nothing for an
 * unbroken limit. */
void verdict_put_lines(struct out *out, const struct verdict_limit *of);
/* "suppressed [NAME]: at most 12 KiB, REASON", without a newline. */
void verdict_put_suppressed(struct out *out, const struct verdict_suppressed *of);
/* Frees the lines and releases the snapshot. */
void verdict_clear(struct verdict *verdict);

#endif
