/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Beginning and ending a live run: refusals, the split from the keeper, then
 * the threads in the order in which they need each other. */
#include "tracer/collect/run/live.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "tracer/collect/recording/programs.h"
#include "tracer/collect/target/launch.h"
#include "tracer/collect/names/wrappers.h"
#include "tracer/ground/folder.h"
#include "tracer/heap/catalog/earlier.h"

#define ROOM_NEEDED (256ul << 20)       /* address space beside a segment */
#define FILES_NEEDED 24

double live_now(const struct live *live) { return course_now(live->parts.course); }

void live_changed(struct live *live) { course_wake(live->parts.course); }

void live_say(struct live *live, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	course_say_list(live->parts.course, format, arguments);
	va_end(arguments);
}

/* --- the store's side --- */

static struct snapshot **writer_freeze(void *user, enum moment_kind kind, size_t *length)
{
	const struct live *live = user;

	return moments_freeze_all(live->parts.moments, kind, length);
}

static void writer_freeze_ends(void *user, struct snapshot **all[2], size_t length[2])
{
	const struct live *live = user;

	moments_freeze_ends(live->parts.moments, all, length);
}

static void writer_program(void *user, struct program *program)
{
	const struct live *live = user;
	roster_copy(live->parts.roster, program);
}

static int writer_history(void *user, struct store *store, struct error *error)
{
	const struct live *live = user;

	if (!live->parts.chronicle)
		return 0;
	reader_told(live->parts.reader);
	return chronicle_save(live->parts.chronicle, store, error);
}

/* The last tick of a program with many stacks is long work, for which the store's thread
 * would have to wait. */
static void writer_meanwhile(void *user)
{
	const struct live *live = user;

	if (!live->parts.chronicle)
		return;
	reader_told(live->parts.reader);
	chronicle_work(live->parts.chronicle);
}

static struct snapshot **writer_joined(void *user, size_t *length)
{
	const struct live *live = user;

	return estate_changed(live->parts.estate, length);
}

static void writer_vacated(void *user, uint32_t process)
{
	const struct live *live = user;

	roster_vacate(live->parts.roster, process);
}

static struct catalog *writer_catalog(void *user)
{
	const struct live *live = user;

	return live->parts.family->catalog;
}

static void writer_failed(void *user, const char *sentence)
{
	live_say(user, "recording has ended: %s", sentence);
}

/* Where a run without -o records: the XDG state folder. */
static bool private_path(char *path, size_t size, int32_t keeper)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	int n;
	if (state && state[0] == '/')
		n = snprintf(path, size, "%s/memtop/%d.memtop", state, (int)keeper);
	else if (home && home[0] == '/')
		n = snprintf(path, size, "%s/.local/state/memtop/%d.memtop", home, (int)keeper);
	else
		return false;
	return n > 0 && (size_t)n < size && folder_make(path);
}

/* Whether a private recording is abandoned: nobody has it open and its keeper is gone,
 * since both halves of that memtop were killed.  SQLite holds a lock on a file in use. */
static bool is_abandoned(const char *path, const char *name)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char *end;
	long pid = strtol(name, &end, 10);

	if (strcmp(end, ".memtop") != 0 || pid < 1 || pid > INT32_MAX ||
	    kill((pid_t)pid, 0) == 0 || errno != ESRCH)
		return false;
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	bool free = fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type == F_UNLCK;
	if (fd >= 0)
		close(fd);
	return free;
}

/* Removes abandoned recordings next to `path`, before that is made. */
static void sweep_private(const char *path)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
	char folder[4096], old[4096 + 300], file[4096 + 320];

	snprintf(folder, sizeof(folder), "%s", path);
	*strrchr(folder, '/') = 0;
	DIR *dir = opendir(folder);
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		snprintf(old, sizeof(old), "%s/%s", folder, entry->d_name);
		if (!is_abandoned(old, entry->d_name))
			continue;
		for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
			snprintf(file, sizeof(file), "%s%s", old, ends[i]);
			unlink(file);
		}
	}
	if (dir)
		closedir(dir);
}

/* Notes the recording's absolute path, whatever folder this process changes to later. */
static void note_path(struct live *live)
{
	const char *output = live->options.output;
	char folder[PATH_MAX / 2] = "";

	if (output && *output != '/' && !getcwd(folder, sizeof(folder)))
		*folder = 0;
	if (output)
		snprintf(live->path, sizeof(live->path), "%s%s%s", folder, *folder ? "/" : "",
			 output);
}

/* The file's tables are made while the program starts, since they take a large share of
 * the time of a short run. */
static int begin_writer(struct live *live, struct error *error)
{
	static const struct writer_ops ops = {
		.freeze = writer_freeze,
		.freeze_ends = writer_freeze_ends,
		.program = writer_program,
		.history = writer_history,
		.meanwhile = writer_meanwhile,
		.joined = writer_joined,
		.vacated = writer_vacated,
		.catalog = writer_catalog,
		.failed = writer_failed,
	};
	char path[4096];

	note_path(live);
	if (live->options.output)
		return writer_begin(&live->parts.writer, live->options.output, live->options.force,
				    false, &ops, live, error);
	if (live->options.mode == SESSION_RECORD)
		return 0;
	/* The private file is needed for `w` alone, so the run goes on without it. */
	bool there = private_path(path, sizeof(path), live->keeper.pid);
	if (there) {
		sweep_private(path);
		unlink(path);           /* never through a link that somebody put there */
	}
	if (there && writer_begin(&live->parts.writer, path, false, true, &ops, live, error) != 0)
		live->parts.writer = NULL;
	return 0;
}

/* --- beginning --- */

static struct live *live_new(const struct session_options *options)
{
	struct live *live = calloc(1, sizeof(*live));
	if (!live)
		return NULL;
	live->options = *options;
	live->python_nframe = live->options.nframe ? live->options.nframe : 1024;
	if (!live->options.nframe)
		live->options.nframe = 64;
	if (!live->options.max_traces)
		live->options.max_traces = 4u << 20;
	if (live->options.symbol_time <= 0)
		live->options.symbol_time = 30;
	live->parts.looks = &live->looks;
	live->parts.keeper = &live->keeper;
	live->parts.recording_is_asked_for = options->output;
	live->parts.stop_ends_it = options->mode == SESSION_RECORD;
	live->target = live->ends = live->unseen.roll.fd = live->attached.call.fd = -1;
	return live;
}

/* Finds the program to run, checks it, and makes its environment. */
static int split_program(struct live *live, struct keeper_options *options,
			 struct error *error)
{
	static char path[PATH_MAX];
	char library[PATH_MAX], meeting[RUNDIR_MAX + 8];

	if (launch_check(live->options.argv[0], path, error) != 0 ||
	    launch_library(library, error) != 0 || rundir_make(live->folder, error) != 0)
		return -1;
	snprintf(meeting, sizeof(meeting), "%s/meet", live->folder);
	bool terminal = live->options.mode != SESSION_RECORD &&
			(isatty(0) || isatty(1) || isatty(2));
	char **environment = launch_environment(library, meeting,
						terminal ? live->options.terminal : NULL);

	options->path = path;
	options->argv = live->options.argv;
	options->environment = environment;
	int result = -1;
	if (environment)
		result = keeper_split(&live->keeper, options, error);
	else
		*error = (struct error){ 125, "cannot start: out of memory" };
	launch_environment_free(environment);
	return result;
}

/* For a process that runs already: finds its tracer, which is called once the door is
 * open. */
static int split_attached(struct live *live, struct keeper_options *options,
			  struct error *error)
{
	int argc;

	options->attach = live->options.attach;
	if (call_find(&live->attached.call, live->options.attach, error) != 0)
		return -1;
	live->attached.argv = argv_of(live->options.attach, &argc);
	if (live->attached.argv && rundir_make(live->folder, error) == 0) {
		live->options.argv = live->attached.argv;
		return keeper_split(&live->keeper, options, error);
	}
	if (!live->attached.argv)
		*error = (struct error){ 126, "can't attach: the process has ended" };
	return -1;
}

static int live_split(struct live *live, struct error *error)
{
	char scratch[PATH_MAX];
	bool private_file = !live->options.output && live->options.mode != SESSION_RECORD;
	struct keeper_options options = {
		.pty = live->options.mode != SESSION_RECORD,
		.play = live->options.mode == SESSION_PLAY,
		.script_on_stdin = live->options.script_on_stdin,
		.signals = rule_signals(live->options.rules, live->options.rules_length),
		.width = live->options.width,
		.height = live->options.height,
		.folder = live->folder,
		.scratch = private_file && private_path(scratch, sizeof(scratch), getpid())
				   ? scratch : NULL,
	};
	int result = live->options.attach ? split_attached(live, &options, error)
					  : split_program(live, &options, error);

	if (result == 0)
		return 0;
	if (live->folder[0])
		rundir_remove(live->folder);
	argv_free(live->attached.argv);
	call_close(&live->attached.call);
	return -1;
}

/* A judge says which processes are not needed any more; without one, looks at a process's end
 * are told by its place. */
static void fold_ended(const struct live *live)
{
	const struct session_options *options = &live->options;

	if (options->judged || (options->goes_on && !options->look_at_end))
		roster_fold_after(live->parts.roster,
				  options->fold_after ? options->fold_after : ROSTER_FOLD);
}

/* What the threads share (state/).  False: out of memory. */
static bool make_state(struct live *live)
{
	struct live_parts *parts = &live->parts;

	parts->course = course_new();
	parts->roster = parts->course ? roster_new(parts->course, live->options.argv,
						   live->options.sample) : NULL;
	parts->estate = estate_new(parts->family->catalog, live->options.parts.length);
	parts->meter = meter_new();
	parts->kept = kept_new();
	if (live->options.history)
		parts->chronicle = chronicle_new(parts->family->catalog, live->options.history,
						 live->options.sample);
	parts->transcript = transcript_new();
	if (parts->roster && live->options.attach) {
		roster_attached(parts->roster, 0);
		earlier_set(parts->family->catalog, 0);
	}
	if (parts->roster)
		fold_ended(live);
	live->unseen.roster = parts->roster;
	live->unseen.began = gauges_began(getpid());
	live->unseen.course = parts->course;
	return parts->roster && parts->estate && parts->meter && parts->kept && parts->transcript;
}

static void look_failed(void *user, struct snapshot *found, const struct error *error)
{
	if (!found)
		live_say(user, "%s", error->text);
}

/* Starts a look for a rule of --heap-at; in any thread. */
static void look_for_rule(void *user, uint32_t rule, const char *name)
{
	const struct look_order order = { .rule = rule + 1, .name = name,
					  .retained = true };

	if (!live_look_later(user, &order, look_failed, user))
		live_say(user, "cannot look at the heap: out of memory");
}

/* What freezes and keeps snapshots.  False: out of memory. */
static bool make_moments(struct live *live)
{
	const struct moments_parts parts = {
		.course = live->parts.course,
		.roster = live->parts.roster,
		.estate = live->parts.estate,
		.meter = live->parts.meter,
		.kept = live->parts.kept,
		.chronicle = live->parts.chronicle,
		.family = live->parts.family,
	};
	struct triggers_options options = {
		.rules = live->options.rules,
		.rules_length = live->options.rules_length,
		.screen = live->options.mode != SESSION_RECORD,
		.course = live->parts.course,
		.roster = live->parts.roster,
		.meter = live->parts.meter,
		.look = look_for_rule,
		.user = live,
	};

	live->parts.moments = options.moments = moments_new(&parts);
	live->parts.triggers = live->parts.moments ? triggers_new(&options) : NULL;
	return live->parts.triggers;
}

static int open_log(struct live *live, struct error *error)
{
	if (!live->options.log)
		return 0;
	live->log = fopen(live->options.log, "we");
	if (live->log)
		return 0;
	*error = (struct error){ .status = 125 };
	snprintf(error->text, sizeof(error->text), "cannot write --log=%s: %s",
		 live->options.log, strerror(errno));
	return -1;
}

/* The target keeps its limits; memtop proper needs room for all segments. */
static void raise_limits(void)
{
	static const int resources[] = { RLIMIT_NOFILE, RLIMIT_AS };
	struct rlimit limit;

	for (size_t i = 0; i < sizeof(resources) / sizeof(*resources); i++) {
		if (getrlimit(resources[i], &limit) != 0)
			continue;
		limit.rlim_cur = limit.rlim_max;
		setrlimit(resources[i], &limit);
	}
}

/* If there is no room for a segment and what memtop itself needs besides, that must be
 * said before the target runs. */
static int try_segment(const struct live *live, struct error *error)
{
	const struct segment_options options = {
		.nframe = live->options.nframe,
		.max_traces = live->options.max_traces,
	};
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < FILES_NEEDED) {
		*error = (struct error){ .status = 125 };
		snprintf(error->text, sizeof(error->text), "cannot trace: %d open files are too "
			 "few for memtop; allow it %d (ulimit -n)", (int)files.rlim_cur,
			 FILES_NEEDED);
		return -1;
	}
	void *room = mmap(NULL, ROOM_NEEDED, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int result = segment_try(&options, error);
	if (room != MAP_FAILED)
		munmap(room, ROOM_NEEDED);
	return result;
}

/* Tries all that a user can cause to fail, before an old recording is replaced by a new
 * one. */
static int try_all(struct live *live, struct error *error)
{
	/* A segment or recording beyond memtop's own limits must give an error code and
	 * not end memtop; so must a closed standard output. */
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	raise_limits();
	return open_log(live, error) != 0 || try_segment(live, error) != 0 ? -1 : 0;
}

/* A thread that can't be started may lack either. */
static const struct error none_left = {
	125, "cannot start: no memory or no thread is left; raise ulimit -v or ulimit -u"
};

static int live_prepare(struct live *live, struct error *error)
{
	*error = none_left;
	search_set(&live->options.search);
	live->wrappers = wrappers_text();
	live->ends = epoll_create1(EPOLL_CLOEXEC);
	live->parts.family = family_new(live->options.source_maps, live->wrappers);
	if (!live->parts.family || !make_state(live) || !make_moments(live) || live->ends < 0 ||
	    (live->options.follow == FOLLOW_ALL && roll_create(&live->unseen.roll, error) != 0))
		return -1;
	if (live->options.names_on_demand)
		symbolizer_on_demand(live->parts.family->symbolizer);
	return 0;
}

static int start_threads(struct live *live, struct error *error)
{
	struct reader_ops ops = live_reader_ops;

	if (!live->parts.chronicle)
		ops.news = NULL;
	live->parts.reader = reader_new(&ops, live);
	if (!live->parts.reader)
		return -1;
	live->unseen.reader = live->parts.reader;
	if (begin_writer(live, error) != 0)
		return -1;
	*error = none_left;
	moments_connect(live->parts.moments, live->parts.reader, live->parts.writer);
	triggers_connect(live->parts.triggers, live->parts.reader);
	if (!looks_start(&live->looks))
		return -1;
	return door_open(&live->door, live->folder, &live->keeper, live->ends,
			 live->unseen.roll.fd, &live_door_ops, live, error);
}

/* In memtop proper. */
static int live_start(struct live *live, struct error *error)
{
	if (try_all(live, error) == 0 && live_prepare(live, error) == 0 &&
	    start_threads(live, error) == 0)
		return 0;
	if (live->parts.writer)
		writer_discard(live->parts.writer);
	live->parts.writer = NULL;
	return -1;
}

int live_begin(struct live **out, const struct session_options *options, struct error *error)
{
	struct live *live = live_new(options);

	*error = (struct error){ 125, "cannot start: out of memory" };
	if (!live)
		return -1;
	if (live_split(live, error) != 0) {
		free(live);
		return -1;
	}
	if (live_start(live, error) != 0) {
		keeper_exit_status(&live->keeper, error->status);
		live_end(live);
		return -1;
	}
	*out = live;
	keeper_start(&live->keeper);
	return 0;
}

/* --- ending --- */

static void free_state(struct live *live)
{
	roster_free(live->parts.roster);      /* it asks the course */
	course_free(live->parts.course);
	estate_free(live->parts.estate);
	meter_free(live->parts.meter);
	triggers_free(live->parts.triggers);
	moments_free(live->parts.moments);
	kept_free(live->parts.kept);
	chronicle_free(live->parts.chronicle);
	transcript_free(live->parts.transcript);
	looks_free(&live->looks);
	for (size_t i = 0; i < FETCHED; i++)
		free(live->fetched[i].text);
}

void live_end(struct live *live)
{
	/* The door ends first, because it calls all others. */
	door_close(live->door);
	looks_stop(&live->looks);
	live_detach(live);
	live_attach_end(live);
	call_close(&live->attached.call);
	if (live->parts.writer)
		writer_free(live->parts.writer);
	reader_free(live->parts.reader);
	free_state(live);
	unseen_free(&live->unseen);
	family_free(live->parts.family);
	rundir_remove(live->folder);
	keeper_close(&live->keeper);
	if (live->log)
		fclose(live->log);
	if (live->target >= 0)
		close(live->target);
	if (live->ends >= 0)
		close(live->ends);
	free(live->wrappers);
	argv_free(live->attached.argv);
	free(live);
}
