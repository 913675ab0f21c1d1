/* SPDX-License-Identifier: GPL-3.0-or-later */
/* memtop resolve: gives a recording the names that this machine knows, and says for each
 * module whether they were found, or why not. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "tracer/collect/resolve/resolve.h"
#include "tui/commands/cmd.h"
#include "views/format/format.h"

static void print_modules(const struct resolve_told *told)
{
	char path[4096], reason[512];

	printf("%8s  %8s  %s\n", "no line", "named", "module");
	for (size_t i = 0; i < told->length; i++) {
		const struct resolve_module *module = &told->modules[i];
		format_safe(module->path, path, sizeof path);
		format_safe(module->reason, reason, sizeof reason);
		printf("%8" PRIu64 "  %8" PRIu64 "  %s%s%s\n", module->wanted, module->got, path,
		       *reason ? ": " : "", reason);
	}
}

static int say_told(const char *file, const struct resolve_told *told)
{
	struct error error = { .status = STATUS_FAILED };
	char name[512];

	format_safe(file, name, sizeof name);
	if (told->wanted > 0)
		print_modules(told);
	if (told->got == 0 && told->nameless > 0) {
		fflush(stdout);
		snprintf(error.text, sizeof error.text, "cannot name any of the %" PRIu64 " places in "
			 "%.300s: no file here has the right build-id and names; use --debug-path or "
			 "--sysroot to say where to look", told->nameless, name);
		return message_fail(&error);
	}
	if (told->wanted == 0)
		printf("%s: all places have their lines\n", name);
	else if (told->got == 0)
		printf("%s: no lines for these places were found here\n", name);
	else
		printf("%s: %" PRIu64 " of %" PRIu64 " places without a line have better names\n",
		       name, told->got, told->wanted);
	return cmd_flush();
}

int cmd_resolve(struct options *options)
{
	struct resolve_options how = {
		.search = options->session.search,
		.source_maps = options->source_maps,
	};
	struct resolve_told told;
	struct error error;

	if (options->words_length != 1)
		return cmd_usage("resolve: needs one recording, not %d; try memtop resolve "
				 "--debug-path=DIR FILE.memtop", options->words_length);
	how.search.foreign = true;
	if (resolve_file(options->words[0], &how, &told, &error))
		return message_fail(&error);
	int status = say_told(options->words[0], &told);
	resolve_told_free(&told);
	return status;
}
