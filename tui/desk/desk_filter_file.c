/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The list of filters on disk: $XDG_CONFIG_HOME/memtop/filters, one a line,
 * "on NAME EXPR" or "off NAME EXPR", NAME "-" where there is none.  It is read
 * when the screens open, with all of them off: what a filter hides must not be missed
 * days later; memtoprc can switch one on.  It is written when the user says so.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tui/desk/desk_filter.h"
#include "tui/desk/desk_data.h"
#include "tracer/ground/lines.h"
#include "tui/desk/parts/settings.h"
#include "tracer/ground/folder.h"

static bool desk_filter_file_path_of(struct desk *desk, const char *name, char path[4096])
{
	char folder[4096];
	if (settings_config_path(folder) &&
	    (size_t)snprintf(path, 4096, "%s/%s", folder, name) < 4096)
		return true;
	desk_fail(desk, "there is no folder for settings: HOME is not set");
	return false;
}

static bool write_list(const struct saved_filters *saved, const char *path)
{
	mode_t mask = umask(077);
	FILE *file = fopen(path, "we");
	umask(mask);
	if (!file)
		return false;
	fputs("# memtop's filters: on|off NAME EXPR, see F in memtop\n", file);
	for (size_t i = 0; i < saved->length; i++) {
		const struct saved_filter *filter = &saved->all[i];
		fprintf(file, "%s %s %s\n", filter->on ? "on" : "off",
			filter->name ? filter->name : "-", filter->text);
	}
	bool failed = ferror(file);
	return !fclose(file) && !failed;
}

void desk_filters_save(struct desk *desk)
{
	char path[4096], fresh[4096];
	if (!desk_filter_file_path_of(desk, "filters", path) ||
	    !desk_filter_file_path_of(desk, "filters.new", fresh))
		return;
	folder_make(path);
	if (write_list(&desk->filters, fresh) && !rename(fresh, path)) {
		desk_say(desk, "saved: %.200s", path);
		return;
	}
	desk_fail(desk, "%.150s: %s", path, strerror(errno));
	unlink(fresh);
}

/* One line of the file; false with what is wrong said. */
static bool desk_filter_file_read_line(struct desk *desk, char *line, unsigned number,
				       bool asked)
{
	struct filter_error error = {.text = "on or off, a name or -, and a filter are due"};
	struct saved_filters *saved = &desk->filters;
	size_t last = saved->length;
	char *rest = line, *state = strsep(&rest, " "), *name = strsep(&rest, " ");
	bool on = !strcmp(state, "on");
	if (!rest || !rest[strspn(rest, " \t")] || (!on && strcmp(state, "off")) ||
	    !saved_set(saved, last, rest, &error)) {
		desk_fail(desk, "filters, line %u: %.150s", number, error.text);
		return false;
	}
	saved->all[last].on = on && asked;
	return !strcmp(name, "-") || desk_filter_name(desk, last, name);
}

void desk_filters_load(struct desk *desk, bool asked)
{
	char path[4096], problem[256], *line;
	struct lines lines;
	bool good = true;
	if (!asked && !settings_config_path(path))
		return;
	if (!desk_filter_file_path_of(desk, "filters", path))
		return;
	FILE *file = settings_open(path, problem);
	if (!file) {
		if (asked || problem[0])
			desk_fail(desk, "%.150s: %s", path,
				  problem[0] ? problem : strerror(errno));
		return;
	}
	/* Filters of --filter are kept; all others are replaced by those of the file. */
	struct filter_error error;
	struct saved_filters *saved = &desk->filters;
	size_t first = saved_find(saved, NULL);
	char *kept = !asked && first < saved->length
			     ? strdup(saved->all[first].text)
			     : NULL;
	saved_clear(saved);
	if (kept)
		saved_set(saved, 0, kept, &error);
	free(kept);
	lines_begin(&lines, file);
	while ((line = lines_next(&lines)))
		if (line[0] && line[0] != '#')
			good = desk_filter_file_read_line(desk, line, lines.number, asked) &&
			       good;
	if (lines.problem) {
		desk_fail(desk, "filters, line %u: %.150s", lines.number, lines.problem);
		good = false;
	}
	lines_end(&lines);
	fclose(file);
	desk_filters(desk);
	if (asked && good)
		desk_say(desk, "loaded: %.200s", path);
}
