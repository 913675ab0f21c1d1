/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kinds of values that say where names come from. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "tui/options/options_parts.h"

int parse_source_map(const struct parse *parse)
{
	struct options *options = parse->options;
	const char *equals = strchr(parse->value, '=');

	if (!equals || equals == parse->value || !equals[1])
		return options_refuse_value(parse, "OLD=NEW");
	if (options->source_maps_length == SOURCE_MAPS_MAX)
		return options_refuse(parse->error, "--source-map: at most %d maps",
				      SOURCE_MAPS_MAX);
	options->source_maps[options->source_maps_length++] = parse->value;
	return 0;
}

/* The absolute path of a folder that exists, which options_free frees.  NULL with the
 * reason in parse->error. */
static char *whole_folder(const struct parse *parse)
{
	char *real = realpath(parse->value, NULL);
	struct stat status;

	if (real && stat(real, &status) == 0 && S_ISDIR(status.st_mode))
		return real;
	options_refuse(parse->error, "--%s=%.300s: %s", parse->option->name, parse->value,
		       real ? "it is not a folder" : strerror(errno));
	free(real);
	return NULL;
}

int parse_sysroot(const struct parse *parse)
{
	struct options *options = parse->options;
	char *real = whole_folder(parse);

	if (!real)
		return -1;
	free(options->sysroot);
	options->sysroot = real;
	options->session.search.sysroot = strcmp(real, "/") == 0 ? NULL : real;
	return 0;
}

/* libdwfl takes these folders as one text with colons between them. */
int parse_debug_path(const struct parse *parse)
{
	struct options *options = parse->options;
	char *real = whole_folder(parse);

	if (!real)
		return -1;
	if (!strchr(real, ':') && options->debug_paths_length < DEBUG_PATHS_MAX) {
		options->debug_paths[options->debug_paths_length++] = real;
		return 0;
	}
	if (strchr(real, ':'))
		options_refuse(parse->error, "--debug-path=%.300s: its name may not have a colon",
			       parse->value);
	else
		options_refuse(parse->error, "--debug-path: at most %d folders", DEBUG_PATHS_MAX);
	free(real);
	return -1;
}

void options_free_names(struct options *options)
{
	for (size_t i = 0; i < options->debug_paths_length; i++)
		free((void *)(uintptr_t)options->debug_paths[i]);
	free(options->sysroot);
	options->debug_paths_length = 0;
	options->debug_paths[0] = options->sysroot = NULL;
}
