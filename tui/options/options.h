/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_OPTIONS_OPTIONS_H
#define TUI_OPTIONS_OPTIONS_H
/*
 * Turns the words of the command line into a struct options.  Every option has an entry
 * in options.def, from which --help is made too.
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

/* --max-growth: how much more than before is allowed, as bytes or as a share. */
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
	const char *suppress, *baseline;        /* names of files; NULL: not given */
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
	const char *filters[FILTERS_MAX];       /* checked; a live view has at most one */
	size_t filters_length;
	bool limit_given;
	struct mine mine;                       /* --mine */
	const char *process;                    /* --process; NULL: main */
	enum { LIST_NONE, LIST_COLUMNS, LIST_KEYS } list;       /* --sort=help, --by=help */
	bool help, version;
	const char *source_maps[SOURCE_MAPS_MAX + 1];
	size_t source_maps_length;
	const char *debug_paths[DEBUG_PATHS_MAX + 1];   /* allocated, as sysroot is */
	size_t debug_paths_length;
	char *sysroot;                          /* NULL: not given */
	struct rule rules[RULES_MAX];           /* --snapshot-at */
	size_t rules_length;
	char **words;                           /* NULL-terminated: words that are no
						 * options */
	int words_length;
	char **environment;                     /* words of MEMTOP_OPTIONS */
};

/* The command that a first word stands for; VERB_LIVE for any other word or NULL. */
enum verb options_verb(const char *word);
/* "record", or "memtop" for VERB_LIVE. */
const char *options_verb_name(enum verb verb);

/*
 * Reads `argc` words (without the program's name and the command) for a command.  For
 * commands that start a program, the words of `environment` (MEMTOP_OPTIONS; NULL: none)
 * are read before them.  The result points into argv, which is reordered.  0, or -1 with
 * *error (status 2).  options_free must be called either way.
 */
int options_parse(struct options *options, enum verb verb, int argc, char **argv,
		  const char *environment, struct error *error);
void options_free(struct options *options);

/* Prints help lines for the options of a command, in groups: all of them, or only the
 * first group.  Returns how many options are left out. */
size_t options_describe(enum verb verb, bool whole, FILE *out);

#endif
