/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options that say what check allows. */
#include "tui/options/options_parts.h"
#include <stdlib.h>
#include <string.h>
#include "views/format/format.h"

/* The option's word is the figure that it limits. */
int parse_limit(const struct parse *parse)
{
	enum limit_figure figure = LIMIT_PEAK;
	struct filter_error wrong;

	while (strcmp(limit_figure_name(figure), parse->option->words))
		figure++;
	if (!limits_set(&parse->options->limits, figure, parse->value, &wrong))
		return 0;
	return options_refuse(parse->error, "--%s=%.80s: %s", parse->option->name,
			      parse->value, wrong.text);
}

int parse_ceiling(const struct parse *parse)
{
	struct filter_error wrong;

	if (!limits_add_ceiling(&parse->options->limits, parse->value, &wrong))
		return 0;
	return options_refuse_filter(parse, &wrong);
}

int parse_leaking(const struct parse *parse)
{
	struct filter_error wrong;

	if (!limits_add_leaking(&parse->options->limits, parse->value, &wrong))
		return 0;
	return options_refuse_filter(parse, &wrong);
}

int parse_unreachable(const struct parse *parse)
{
	struct filter_error wrong;

	if (limits_add_unreachable(&parse->options->limits, parse->value, &wrong))
		return options_refuse_filter(parse, &wrong);
	parse->options->session.look_at_end = true;
	return 0;
}

int parse_growth(const struct parse *parse)
{
	struct growth *growth = options_field(parse);
	size_t length = strlen(parse->value);
	char *end;

	*growth = (struct growth){ .text = parse->value };
	if (length < 2 || parse->value[length - 1] != '%')
		return format_parse_size(parse->value, &growth->bytes) == 0 ? 0 :
			options_refuse_value(parse, "a percentage such as 5% or a size");
	growth->percent = strtod(parse->value, &end);
	if (end != parse->value + length - 1 || !(growth->percent >= 0 && growth->percent < 1e6))
		return options_refuse_value(parse, "a percentage such as 5% or a size");
	return 0;
}

/* A file that is named twice is only written once. */
int parse_report(const struct parse *parse)
{
	struct check_options *check = &parse->options->check;

	for (size_t i = 0; i < check->reports_length; i++) {
		if (!strcmp(check->reports[i], parse->value))
			return 0;
	}
	if (check->reports_length == REPORTS_MAX)
		return options_refuse(parse->error, "--report: at most %d of them", REPORTS_MAX);
	check->reports[check->reports_length++] = parse->value;
	return 0;
}
