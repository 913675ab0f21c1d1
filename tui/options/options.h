/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_OPTIONS_OPTIONS_H
#define TUI_OPTIONS_OPTIONS_H
/*
 * The command line: words in, one filled struct options out.  Every option is
 * a line of options.def, which --help prints too.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "tracer/collect/error.h"
#include "tracer/collect/run/session.h"
#include "tui/desk/app.h"
#include "views/export/formats.h"
#include "views/filter/filter.h"
#include "views/filter/limit.h"
#include "views/table/table.h"

enum verb {
#define VERB(id, word, function, usage, help) VERB_##id,
#include "tui/options/verbs.def"
#undef VERB
	VERBS
};

enum hyperlink { HYPERLINK_AUTO, HYPERLINK_ALWAYS, HYPERLINK_NEVER };
enum report_format { REPORT_TEXT, REPORT_JSON, REPORT_CSV, REPORT_TRACEMALLOC };

#define SOURCE_MAPS_MAX 64
#define DEBUG_PATHS_MAX 64
#define REPORTS_MAX 8

/* --max-growth: so much more than before, the one or the other. */
struct growth {
	const char *text;                       /* NULL: not given */
	double percent;
	uint64_t bytes;
};

struct suppressions;

/* How check judges. */
struct check_options {
	bool tree, allow_loss;
	int exit_code;                          /* 0: not given */
	const char *reports[REPORTS_MAX];       /* files */
	size_t reports_length;
	const char *suppress, *baseline;        /* files; NULL: none */
	struct growth growth;                   /* against the baseline */
	const struct suppressions *suppressions;        /* read by check; NULL: none */
};

struct options {
	enum verb verb;
	struct session_options session;         /* argv is not set */
	struct app_options app;
	struct view view;                       /* filters and the default limit are not set */
	enum report_format format;
	enum hyperlink hyperlink;       /* whether places in the text are links */
	const struct export_format *export;     /* of export; NULL: not given */
	struct limit_list limits;               /* of check */
	struct check_options check;
	bool by_given;
	bool format_help;                       /* --format=help */
	const char *filters[FILTERS_MAX];       /* checked; of a live view at most one */
	size_t filters_length;
	bool limit_given;
	struct mine mine;                       /* --mine */
	const char *process;                    /* --process; NULL: main */
	enum { LIST_NONE, LIST_COLUMNS, LIST_KEYS } list;       /* --sort=help, --by=help */
	bool help, version;
	const char *source_maps[SOURCE_MAPS_MAX + 1];
	size_t source_maps_length;
	const char *debug_paths[DEBUG_PATHS_MAX + 1];   /* of the options' own, as is sysroot */
	size_t debug_paths_length;
	char *sysroot;                          /* NULL: not given */
	struct rule rules[RULES_MAX];           /* --snapshot-at */
	size_t rules_length;
	char **words;                           /* NULL-terminated: what is no option */
	int words_length;
	char **environment;                     /* words of MEMTOP_OPTIONS */
};

/* The command that a first word names; VERB_LIVE for any other word or NULL. */
enum verb options_verb(const char *word);
/* "record", or "memtop" for VERB_LIVE. */
const char *options_verb_name(enum verb verb);

/*
 * Reads `argc` words (without the program's name and the verb) for a command,
 * those of `environment` (MEMTOP_OPTIONS; NULL: none) before them for commands
 * that start a program.  Pointers into argv stay; argv is reordered.  0, or -1
 * with *error (status 2).  Either way options_free is due.
 */
int options_parse(struct options *options, enum verb verb, int argc, char **argv,
		  const char *environment, struct error *error);
void options_free(struct options *options);

/* The help lines of the options that a command takes, in groups: of all, or of the first group
 * alone.  How many are left out. */
size_t options_describe(enum verb verb, bool whole, FILE *out);

#endif
