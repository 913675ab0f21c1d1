/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options that say how a view is shown: rows, order and format. */
#include "tui/options/options_parts.h"
#include <string.h>

int parse_view_key(const struct parse *parse)
{
	int key = view_key_parse(parse->value);

	if (!strcmp(parse->value, "help")) {
		parse->options->list = LIST_KEYS;
		return 0;
	}
	if (key < 0) {
		char all[256];
		view_key_list(all, sizeof(all));
		return options_refuse_value(parse, all);
	}
	parse->options->view.by = (enum view_key)key;
	parse->options->by_given = true;
	return 0;
}

int parse_sort(const struct parse *parse)
{
	const struct column *column = column_find(parse->value);

	if (!strcmp(parse->value, "help")) {
		parse->options->list = LIST_COLUMNS;
		return 0;
	}
	if (!column)
		return options_refuse_value(parse, "a column; --sort=help lists them");
	if (column->needs == NEEDS_DIFF && parse->options->verb != VERB_DIFF)
		return options_refuse(parse->error, "--sort=%s: a column of diff only",
				      parse->value);
	parse->options->view.sort = column->id;
	return 0;
}

int parse_format(const struct parse *parse)
{
	parse->options->format = parse->option->words[0] == 'j' ? REPORT_JSON : REPORT_CSV;
	return 0;
}

int parse_export_format(const struct parse *parse)
{
	if (!strcmp(parse->value, "help")) {
		parse->options->format_help = true;
		return 0;
	}
	parse->options->export = export_format_find(parse->value);
	if (!parse->options->export)
		return options_refuse_value(parse, "a format; --format=help lists them");
	return 0;
}
