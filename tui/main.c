/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memtop: the first word picks a command out of verbs.def, the option table
 * reads the rest, the command does it.
 */
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <stdlib.h>
#include "tui/commands/cmd.h"

struct verb_entry {
	int (*run)(struct options *options);
};

static const struct verb_entry verbs[] = {
#define VERB(id, word, function, usage, help) [VERB_##id] = { function },
#include "tui/options/verbs.def"
#undef VERB
};

static int main_run(struct options *options)
{
	if (options->version) {
		puts("memtop " MEMTOP_VERSION);
		return cmd_flush();
	}
	if (options->help)
		return cmd_help_verb(options);
	return verbs[options->verb].run(options);
}

/* If a standard descriptor is closed, the recording's file would get its number.  So it
 * is opened on /dev/null in the wrong direction, and using it is still an error.  Not for
 * commands that start a program, which inherits the descriptors as they are. */
static void fill_descriptors(void)
{
	static const int modes[] = { O_WRONLY, O_RDONLY, O_RDONLY };

	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd]) < 0)
			_Exit(STATUS_FAILED);
}

int main(int argc, char **argv)
{
	struct options options;
	struct error error;
	enum verb verb = options_verb(argc > 1 ? argv[1] : NULL);
	int skip = argc < 1 ? 0 : verb == VERB_LIVE ? 1 : 2;
	int status;

	/* Large tables are made and freed with each refresh.  Giving their pages back to
	 * the kernel and faulting them in again was most of their cost. */
	mallopt(M_MMAP_THRESHOLD, 1 << 29);
	mallopt(M_TRIM_THRESHOLD, 1 << 29);
	setlocale(LC_CTYPE, "");        /* never LC_NUMERIC: figures have decimal
					 * points */
	if (verb != VERB_LIVE && verb != VERB_RECORD && verb != VERB_CHECK &&
	    verb != VERB_STANDBY)
		fill_descriptors();
	if (options_parse(&options, verb, argc - skip, argv + skip,
			       getenv("MEMTOP_OPTIONS"), &error)) {
		status = message_fail(&error);
		options_free(&options);
	} else {
		status = main_run(&options);
		options_free(&options);
	}
	return status;
}
