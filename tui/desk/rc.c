/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs memtoprc and the saved view, both files of `:` commands, and saves the view. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tui/desk/desk_data.h"
#include "tui/desk/desk_life.h"
#include "tracer/ground/lines.h"
#include "tui/desk/parts/filter_list.h"
#include "tui/desk/parts/settings.h"
#include "tui/desk/parts/showing.h"
#include "tui/desk/rc.h"

static void run_line(struct desk *desk, const char *file, const char *line,
		     unsigned number)
{
	char wrong[256];
	line += strspn(line, " \t:");
	if (!line[0] || line[0] == '#')
		return;
	snprintf(wrong, sizeof wrong, "%s", desk_command(desk, line));
	if (wrong[0])
		desk_fail(desk, "%s, line %u: %.200s", file, number, wrong);
}

static void run_file(struct desk *desk, const char *folder, const char *name)
{
	char path[4200], problem[256], *line;
	struct lines lines;
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = settings_open(path, problem);
	if (problem[0])
		desk_fail(desk, "%s: %s", name, problem);
	if (!file)
		return;
	lines_begin(&lines, file);
	while ((line = lines_next(&lines)))
		run_line(desk, name, line, lines.number);
	if (lines.problem)
		desk_fail(desk, "%s, line %u: %s", name, lines.number, lines.problem);
	lines_end(&lines);
	fclose(file);
}

/* Writes the view as lines of `:` commands, leaving out what has its default. */
static void view_text(const struct wishes *wishes, unsigned timeline, enum theme theme,
		      char *text, size_t size)
{
	char columns[400];
	size_t n = 0;
	showing_columns(wishes, columns, sizeof columns);
	text[0] = 0;
	if (theme != palette_theme_of(getenv("COLORFGBG")))
		n = (size_t)snprintf(text, size, ":theme %s\n",
				     palette_theme_name(theme));
	if (columns[0])
		n += (size_t)snprintf(text + n, size - n, ":columns%s\n", columns);
	if (timeline)
		snprintf(text + n, size - n, ":timeline %u\n", timeline - 1);
}

void rc_run(struct desk *desk)
{
	char path[4096];
	if (filters_load(&desk->filters, &desk->foot, false))
		desk_filters(desk);
	if (settings_state_path(path))
		run_file(desk, path, "view");
	if (settings_config_path(path))
		run_file(desk, path, "memtoprc");
	view_text(&desk->wishes, desk->travel.timeline.rows, desk->theme, desk->kept,
		  sizeof desk->kept);
	/* Messages of the commands that restore the last view are not shown. */
	if (!desk->foot.error)
		desk->foot.text[0] = 0;
}

/* The screen is closed already, so a failure to write is not reported. */
void rc_keep(struct desk *desk)
{
	char folder[4096], path[4200], fresh[4210], text[sizeof desk->kept];
	view_text(&desk->wishes, desk->travel.timeline.rows, desk->theme, text, sizeof text);
	if (!strcmp(text, desk->kept) || !settings_state_folder(folder))
		return;
	snprintf(path, sizeof path, "%s/view", folder);
	snprintf(fresh, sizeof fresh, "%s.new", path);
	mode_t mask = umask(077);
	FILE *file = fopen(fresh, "we");
	umask(mask);
	if (!file)
		return;
	fputs(text, file);
	bool failed = ferror(file);
	if (fclose(file) || failed || rename(fresh, path))
		unlink(fresh);
}
