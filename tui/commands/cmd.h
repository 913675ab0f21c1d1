/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TUI_COMMANDS_CMD_H
#define TUI_COMMANDS_CMD_H
/*
 * The commands and what they share.  Each consists of options, a session or a recording,
 * a view, and one of the output forms of views/; none computes a figure itself.
 */
#include "tui/message/message.h"
#include "tui/options/options.h"
#include "views/export/export.h"
#include "views/format/sink.h"
#include "views/table/table.h"

/* Each command gets its parsed options and returns memtop's exit status. */
int cmd_live(struct options *options);
int cmd_record(struct options *options);
int cmd_check(struct options *options);
int cmd_open(struct options *options);
int cmd_report(struct options *options);
int cmd_diff(struct options *options);
int cmd_export(struct options *options);
int cmd_resolve(struct options *options);
int cmd_ctl(struct options *options);
int cmd_runs(struct options *options);
int cmd_help(struct options *options);
int cmd_attach(struct options *options);
int cmd_standby(struct options *options);
/* The help of the command in options->verb, on standard output. */
int cmd_help_verb(const struct options *options);

/* Works as message_fail with STATUS_USAGE and a formatted text. */
int cmd_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Reads a process id; -1: the text is none. */
int cmd_pid(const char *text);
/* True if /dev/tty can be opened and show a screen; otherwise prints why it can't, and what
 * to use instead. */
bool cmd_has_terminal(const char *instead);

/* Sets what every command that starts a program needs: how memtop_ceiling is explained,
 * and for tests what the environment says (MEMTOP_REFEREE=1, MEMTOP_SAMPLE_SEED=N). */
void cmd_launch_settings(struct session_options *launch);
/* session_options.explain. */
void cmd_explain(struct snapshot *now, struct snapshot *base, char *text, size_t size);
/* session_options.stacks. */
int cmd_stacks(struct snapshot *now, struct snapshot *base, int32_t thread, char **text,
	       size_t *length);

/* Print the two lines at the end: how the program ended, with its totals (`left`: it
 * became one that can't be traced; output: its recording, or NULL); and which lines of the
 * program held the most. */
void cmd_say_totals(const struct program *program, const struct totals *totals, bool left,
		    const char *output);
void cmd_write_held(FILE *to, struct session *session, const struct options *options);
/* Says that nothing was traced, and why.  True if memtop must answer for that:
 * the program could be run. */
bool cmd_say_untraced(const struct program *program, const struct session_status *status);
/* Waits until frames have their names, at most this many seconds (0: the default) or
 * until Ctrl-C. */
void cmd_name_frames(struct session *session, double seconds);

/* One side of a view: a recording at one moment. */
struct cmd_moment {
	char path[4096];
	struct recording *recording;
	struct snapshot *snapshot;
};
/* Opens FILE[@MOMENT] for a process (NULL: main).  0, or the exit status after a message.
 * cmd_moment_close must be called either way. */
int cmd_moment_open(struct cmd_moment *moment, const char *argument, const char *process);
void cmd_moment_close(struct cmd_moment *moment);

/* The requested view as a table, with the filters that it borrows. */
struct cmd_view {
	struct filter_list filters;
	struct table *table;
};
/* Builds it (old is NULL for a single moment).  0, or the exit status after a message.
 * cmd_view_free must be called either way. */
int cmd_view_build(const struct view *view, const struct options *options,
		   const struct cmd_moment *now, const struct cmd_moment *old,
		   struct cmd_view *built);
void cmd_view_free(struct cmd_view *built);
/* Builds the requested view (old is NULL for a report) and prints it on standard output
 * in the requested format.  Returns the exit status. */
int cmd_print_view(const struct options *options, const struct cmd_moment *now,
		   const struct cmd_moment *old);
/* Prints the formats of export. */
int cmd_format_help(void);
/* Prints what --sort or --by can be. */
int cmd_list(const struct options *options);
/* Flushes standard output: 0, or STATUS_FAILED after a message. */
int cmd_flush(void);

#endif
