/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_OPTIONS_OPTIONS_PARTS_H
#define TUI_OPTIONS_OPTIONS_PARTS_H
/* The inside of the command line: options.c reads it, options_limits.c has the kinds of
 * values that check's limits are given by, options_view.c those of rows and forms,
 * options_names.c those of where names come from. */
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

/* Each of these says in parse->error why the command line is refused, and returns -1. */
__attribute__((format(printf, 2, 3)))
int options_refuse(struct error *error, const char *format, ...);
/* "--size=x: not EXPECTED". */
int options_refuse_value(const struct parse *parse, const char *expected);
/* A filter that is none, with the place where it ceases to be one. */
int options_refuse_filter(const struct parse *parse, const struct filter_error *wrong);
/* The field of struct options that the option fills. */
void *options_field(const struct parse *parse);

/* Kinds of values: 0, or -1 with parse->error. */
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

/* Frees what the last two took. */
void options_free_names(struct options *options);

#endif
