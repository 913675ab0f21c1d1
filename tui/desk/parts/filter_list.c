/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The list of filters on disk: $XDG_CONFIG_HOME/memtop/filters, one a line,
 * "on NAME EXPR" or "off NAME EXPR", NAME "-" where there is none.  It is read
 * when the screens open, with all of them off: what a filter hides must not be missed
 * days later; memtoprc can switch one on.  It is written when the user says so.
 */
#include "tui/desk/parts/filter_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tracer/ground/folder.h"
#include "tracer/ground/lines.h"
#include "tui/desk/parts/settings.h"

/* Python's import machinery, blocks without a stack, and what the loader does:
 * itself, and by running the constructors of libraries; until glibc 2.33 it is called
 * ld-2.31.so. */
#define NOISE "-\"<frozen importlib*\" -\"<unknown>\" not any.module=ld-*.so*"

bool filters_start(struct saved_filters *saved)
{
	struct filter_error error;
	size_t last = saved->length;
	if (!saved_set(saved, last, NOISE, &error) || !saved_name(saved, last, "noise", &error))
		return false;
	saved->all[last].on = false;
	return true;
}

bool filters_name(struct saved_filters *saved, struct foot *foot, size_t which,
		  const char *name)
{
	struct filter_error error;
	if (which >= saved->length)
		return false;
	if (saved_name(saved, which, name, &error))
		return true;
	foot_fail(foot, "%s", error.text);
	return false;
}

static bool filters_path(struct foot *foot, const char *name, char path[4096])
{
	char folder[4096];
	if (settings_config_path(folder) &&
	    (size_t)snprintf(path, 4096, "%s/%s", folder, name) < 4096)
		return true;
	foot_fail(foot, "there is no folder for settings: HOME is not set");
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

void filters_save(const struct saved_filters *saved, struct foot *foot)
{
	char path[4096], fresh[4096];
	if (!filters_path(foot, "filters", path) ||
	    !filters_path(foot, "filters.new", fresh))
		return;
	folder_make(path);
	if (write_list(saved, fresh) && !rename(fresh, path)) {
		foot_say(foot, false, "saved: %.200s", path);
		return;
	}
	foot_fail(foot, "%.150s: %s", path, strerror(errno));
	unlink(fresh);
}

/* Reads one line of the file.  False: the foot says what is wrong. */
static bool read_filter(struct saved_filters *saved, struct foot *foot, char *line,
			unsigned number, bool asked)
{
	struct filter_error error = {.text = "expected on or off, a name or -, and a filter"};
	size_t last = saved->length;
	char *rest = line, *state = strsep(&rest, " "), *name = strsep(&rest, " ");
	bool on = !strcmp(state, "on");
	if (!rest || !rest[strspn(rest, " \t")] || (!on && strcmp(state, "off")) ||
	    !saved_set(saved, last, rest, &error)) {
		foot_fail(foot, "filters, line %u: %.150s", number, error.text);
		return false;
	}
	saved->all[last].on = on && asked;
	return !strcmp(name, "-") || filters_name(saved, foot, last, name);
}

bool filters_load(struct saved_filters *saved, struct foot *foot, bool asked)
{
	char path[4096], problem[256], *line;
	struct lines lines;
	bool good = true;
	if (!asked && !settings_config_path(path))
		return false;
	if (!filters_path(foot, "filters", path))
		return false;
	FILE *file = settings_open(path, problem);
	if (!file) {
		if (asked || problem[0])
			foot_fail(foot, "%.150s: %s", path,
				  problem[0] ? problem : strerror(errno));
		return false;
	}
	/* Filters from --filter are kept; all others are replaced by those of the
	 * file. */
	struct filter_error error;
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
			good = read_filter(saved, foot, line, lines.number, asked) &&
			       good;
	if (lines.problem) {
		foot_fail(foot, "filters, line %u: %.150s", lines.number, lines.problem);
		good = false;
	}
	lines_end(&lines);
	fclose(file);
	if (asked && good)
		foot_say(foot, false, "loaded: %.200s", path);
	return true;
}
