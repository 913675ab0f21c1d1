/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_OPTIONS_OPTIONS_PARTS_H
#define TUI_OPTIONS_OPTIONS_PARTS_H
/* The internals of the command line: options.c reads it; options_limits.c reads the
 * values of check's limits, options_view.c those about rows and formats, and
 * options_names.c those about where names come from. */
#include "tui/options/options.h"

struct option;
struct parse {
	struct options *options;
	const struct option *option;
	const char *value;              /* NULL for options without one */
	struct error *error;
};

struct option {
	const char *name;
	char letter;
	int (*parse)(const struct parse *parse);
	size_t offset;                  /* of the field in struct options */
	const char *words;
	unsigned commands;              /* 1 << VERB_... */
	const char *argument;           /* NULL: takes none; "[=EXPR]": may have one */
	const char *help;
};

/* Each of the following writes into parse->error why the command line is refused, and
 * returns -1. */
__attribute__((format(printf, 2, 3)))
int options_refuse(struct error *error, const char *format, ...);
/* "--size=x: not EXPECTED". */
int options_refuse_value(const struct parse *parse, const char *expected);
/* Refuses a filter that is wrong, and says where. */
int options_refuse_filter(const struct parse *parse, const struct filter_error *wrong);
/* The member of struct options that the option sets. */
void *options_field(const struct parse *parse);

/* Read values of different kinds.  0, or -1 with parse->error. */
int parse_limit(const struct parse *parse);
int parse_ceiling(const struct parse *parse);
int parse_leaking(const struct parse *parse);
int parse_unreachable(const struct parse *parse);
int parse_growth(const struct parse *parse);
int parse_report(const struct parse *parse);
int parse_source_map(const struct parse *parse);
int parse_sysroot(const struct parse *parse);
int parse_debug_path(const struct parse *parse);
int parse_view_key(const struct parse *parse);
int parse_sort(const struct parse *parse);
int parse_format(const struct parse *parse);
int parse_export_format(const struct parse *parse);

/* Frees what the last two allocated. */
void options_free_names(struct options *options);

#endif
