/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a fixture (fake_session.h says how it looks) into a fake session. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/golden/fake_parts.h"
#include "tests/unit/heap/rows.h"

static const char *fixture;
static unsigned line_number;

static void bad(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	fprintf(stderr, "%s:%u: ", fixture, line_number);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	exit(2);
}

/* The escapes, in place; the new length. */
static size_t unescape(char *text)
{
	char *to = text;
	for (const char *from = text; *from; from++) {
		unsigned byte = 0;
		if (*from != '\\') {
			*to++ = *from;
			continue;
		}
		from++;
		if (*from == 'x' && sscanf(from + 1, "%2x", &byte) == 1)
			from += 2;
		*to++ = *from == 'n'   ? '\n'
			: *from == 'r' ? '\r'
			: *from == 't' ? '\t'
			: byte	       ? (char)byte
				       : *from;
	}
	*to = 0;
	return (size_t)(to - text);
}

static char *word(char **rest)
{
	char *start = *rest + strspn(*rest, " ");
	size_t length = strcspn(start, " ");
	*rest = start + length;
	if (**rest)
		*(*rest)++ = 0;
	return start;
}

static double number(char **rest)
{
	char *text = word(rest), *end;
	double value = strtod(text, &end);
	if (!text[0] || *end)
		bad("no number: %s", text);
	return value;
}

static uint64_t count(char **rest)
{
	char *text = word(rest), *end;
	uint64_t value = strtoull(text, &end, 10);
	if (!text[0] || *end)
		bad("no number: %s", text);
	return value;
}

static struct str_id text_id(struct fake *fake, const char *text)
{
	return catalog_intern(fake->catalog, text, strlen(text));
}

static struct fake_state *state(struct fake *fake)
{
	if (!fake->states_length)
		bad("no state yet");
	return &fake->states[fake->states_length - 1];
}

static void read_argv(struct fake *fake, char *rest)
{
	while (*rest && fake->program.argc < 15) {
		char *argument = strdup(word(&rest));
		unescape(argument);
		fake->argv[fake->program.argc++] = argument;
	}
}

static char unlinked[] = "statically linked";

/* The first is argv's and pid's own. */
static void read_process(struct fake *fake, char *rest)
{
	size_t at = fake->program.processes_length;
	struct process *process = &fake->processes[at];
	struct fake_kin *kin = &fake->kin[at];
	process->pid = (int32_t)count(&rest);
	process->ppid = (int32_t)count(&rest);
	const char *state = word(&rest);
	process->traced = strcmp(state, "untraced");
	if (!process->traced)
		process->reason = unlinked;
	process->ended = strncmp(state, "ended", 5) ? 0 : 1;
	if (process->ended && state[5] == '*')  /* so many are counted together */
		process->others = (uint32_t)strtoul(state + 6, NULL, 10) - 1;
	kin->totals.current = count(&rest);
	kin->totals.peak = kin->totals.peak_ever = count(&rest);
	kin->totals.blocks = count(&rest);
	snprintf(kin->text, sizeof kin->text, "%s", rest);
	process->argv = kin->argv;
	for (char *at_word = kin->text; *at_word && process->argc < 15;)
		process->argv[process->argc++] = word(&at_word);
	fake->program.processes_length++;
}

/* The first one ended with a status before others did. */
static void read_first_ended(struct fake *fake, char *rest)
{
	fake->first_ended = true;
	fake->first_status = (int)count(&rest);
}

/* What holds for the whole run, in a word. */
static void read_fact(struct fake *fake, char *rest)
{
	const char *fact = word(&rest);
	bool *const of = strcmp(fact, "attached") == 0 ? &fake->program.attached :
			 strcmp(fact, "status-unknown") == 0 ? &fake->program.status_unknown :
			 strcmp(fact, "stopped") == 0 ? &fake->stopped :
			 strcmp(fact, "hung-up") == 0 ? &fake->hung_up : NULL;

	if (!of)
		bad("no such fact: %s", fact);
	*of = true;
}

static void read_module(struct fake *fake, char *rest)
{
	const char *slash = strrchr(rest, '/');
	struct module module = {
		.path = text_id(fake, rest),
		.name = text_id(fake, slash ? slash + 1 : rest),
	};
	fake->module = catalog_add_module(fake->catalog, &module);
}

static uint8_t lang_of(const char *file)
{
	const char *dot = strrchr(file, '.');
	return dot && !strcmp(dot, ".c") ? LANG_C : dot && !strcmp(dot, ".cc") ? LANG_CXX
	       : dot && !strcmp(dot, ".rs")		 ? LANG_RUST
							 : LANG_NONE;
}

static void read_frame(struct fake *fake, char *rest)
{
	struct fake_frame *added = &fake->frames[fake->frames_length++];
	char *id = word(&rest), *file = word(&rest), *flags = strchr(id, '/');
	char *colon = strrchr(file, ':');
	if (!colon || fake->frames_length == FAKE_MOST)
		bad("frame ID FILE:LINE FUNCTION");
	*colon = 0;
	if (flags)
		*flags++ = 0;
	unescape(file);
	unescape(rest);
	struct frame frame = {
		.file = text_id(fake, file),
		.function = text_id(fake, rest),
		.module = fake->module,
		.line = (uint32_t)atoi(colon + 1),
		.lang = lang_of(file),
		.wrapper = flags && strchr(flags, 'w'),
		.inlined = flags && strchr(flags, 'i'),
		.unresolved = flags && strchr(flags, 'u'),
	};
	snprintf(added->id, sizeof added->id, "%s", id);
	added->frame = catalog_add_frame(fake->catalog, &frame);
}

static struct frame_id find_frame(struct fake *fake, const char *id)
{
	for (unsigned i = 0; i < fake->frames_length; i++)
		if (!strcmp(fake->frames[i].id, id))
			return fake->frames[i].frame;
	bad("no frame %s", id);
	return (struct frame_id){0};
}

/* "a+b": one site, a inlined in b. */
static struct site_id read_site(struct fake *fake, char *ids)
{
	struct frame_id frames[8];
	unsigned n = 0, have;
	uint64_t hash = 5381;
	for (char *id = strtok(ids, "+"); id && n < 8; id = strtok(NULL, "+"))
		frames[n++] = find_frame(fake, id);
	for (unsigned i = 0; i < n; i++)
		hash = hash * 33 + frames[i].v;
	struct site site = {.module = fake->module, .offset = hash};
	struct site_id id = catalog_add_site(fake->catalog, &site);
	if (!catalog_site_frames(fake->catalog, id, &have))
		catalog_name_site(fake->catalog, id, frames, n);
	return id;
}

/* "jit": why frames are missing there. */
static struct site_id read_cut(const char *reason)
{
	uint32_t cut = 1;
	while (cut < CUTS && strcmp(reason, cut_word((enum cut)cut)))
		cut++;
	if (cut == CUTS)
		bad("no stack is cut for \"%s\"", reason);
	return (struct site_id){cut};
}

static struct trace_id read_stack(struct fake *fake, char *rest)
{
	char *ids[32];
	unsigned n = 0;
	while (*rest && n < 32)
		ids[n++] = word(&rest);
	struct trace_id trace = {0};
	while (n-- > 0)
		trace = catalog_add_trace(fake->catalog, trace,
					  ids[n][0] == '!' ? read_cut(ids[n] + 1)
							   : read_site(fake, ids[n]));
	return trace;
}

static void add_totals(struct totals *totals, const struct figures *figures)
{
	totals->current += figures->size;
	totals->blocks += figures->count;
	totals->allocations += figures->allocations;
	totals->frees += figures->allocations - figures->count;
	totals->total += figures->total;
	totals->temporary += figures->temporary;
	totals->events += 2 * figures->allocations - figures->count;
	totals->peak = totals->peak < totals->current ? totals->current : totals->peak;
	totals->peak_ever = totals->peak;
}

static void read_block(struct fake *fake, char *rest)
{
	if (!fake->into)
		bad("no state yet");
	struct snapshot *old = *fake->into;
	struct snapshot_row row = {.thread = (uint16_t)fake->thread.v};
	struct row_figures figures = {.now.size = count(&rest)};
	struct figures *now = &figures.now;
	now->count = count(&rest);
	now->allocations = count(&rest);
	now->total = count(&rest);
	now->temporary = count(&rest);
	figures.peak = count(&rest);
	row.trace = read_stack(fake, rest);
	row_figures_ageless(&figures);
	if (now->count)
		figures.sizes[size_class(now->size / now->count)] = (uint32_t)now->count;
	size_t n = old->rows_length;
	struct snapshot *grown = snapshot_new(fake->catalog, n + 1);
	rows_copy(grown, old);
	grown->rows[n] = row;
	rows_put(grown, n, figures);
	grown->totals = old->totals;
	grown->growth = old->growth;
	old->growth = NULL;
	grown->walked = old->walked;
	grown->time = old->time;
	grown->nframe = old->nframe;
	grown->kind = old->kind;
	memcpy(grown->name, old->name, sizeof grown->name);
	add_totals(&grown->totals, now);
	enum cut cut = catalog_cut(fake->catalog, row.trace);
	if (cut != CUT_NONE) {
		grown->totals.cut[cut]++;
		grown->totals.truncated++;
	}
	snapshot_release(old);
	*fake->into = grown;
	if (fake->recording && fake->moments_length && grown->kind != MOMENT_TICK)
		fake->moment_states[fake->moments_length - 1] = grown;
}

/* A curve of what came evenly from a time on and stays. */
static void read_curve(const struct row_figures *of, double from, double until,
		       struct growth_axis *axis, struct growth_curve *curve)
{
	double pace = (double)of->now.size / (until - from);
	double blocks = (double)of->now.count / (double)of->now.size;
	for (unsigned i = 0; i < GROWTH_BINS; i++)
		curve->births[i] = (float)(pace * until / GROWTH_BINS *
					   (until * i / GROWTH_BINS >= from));
	for (unsigned i = 0; i < GROWTH_RUN; i++)
		curve->run[i] = (float)(pace * fmax(0, until * (i + 1) / GROWTH_RUN - from));
	for (unsigned w = 0; w < GROWTH_WINDOWS; w++) {
		double begin = until * (0.2 + 0.2 * w), slice = (until - begin) / GROWTH_SLICES;
		axis->span[w].from = begin;
		axis->span[w].events = 1000;
		for (unsigned i = 0; i < GROWTH_SLICES; i++) {
			struct growth_part *part = &curve->part[w];
			axis->span[w].end[i] = begin + slice * (i + 1);
			part->bytes[i] = (float)(pace * fmax(0, begin + slice * i - from));
			part->live[i] = (float)(pace * fmax(0, begin + slice * (i + 1) - from));
			part->blocks[i] = (float)(part->bytes[i] * blocks);
			part->held[i] = (float)(part->live[i] * blocks);
			part->born[i] = part->live[i] - part->bytes[i];
			part->oldest[0] = part->oldest[1] = part->live[GROWTH_SLICES / 3];
		}
	}
}

/* since SECONDS: the bytes of the block before came evenly from that time on. */
static void read_since(struct fake *fake, char *rest)
{
	struct snapshot *now = state(fake)->snapshot;
	struct row_figures figures = *now->rows[now->rows_length - 1].figures;
	double from = number(&rest);
	figures.born = (uint64_t)((double)figures.now.size * (from + now->time) / 2);
	figures.oldest = (uint64_t)from;
	rows_put(now, now->rows_length - 1, figures);
	now->walked = now->time;
	if (!now->growth)
		now->growth = calloc(1, sizeof *now->growth);
	struct snapshot_growth *growth = now->growth;
	growth->axis.now = now->time;
	growth->rows = realloc(growth->rows, (growth->length + 1) * sizeof *growth->rows);
	struct growth_row *to = &growth->rows[growth->length++];
	*to = (struct growth_row){.row = (uint32_t)now->rows_length - 1};
	read_curve(&figures, from, now->time, &growth->axis, &to->curve);
}

static void read_arena(struct fake *fake, char *rest)
{
	struct look_arena *arena = &fake->arenas[fake->arenas_length++];
	arena->mapped = count(&rest);
	arena->resident = count(&rest);
	arena->free = count(&rest);
	arena->top = count(&rest);
	arena->trim = count(&rest);
	arena->whole = true;
}

static void read_held(struct fake *fake, char *rest)
{
	struct fake_node *node = &fake->nodes[fake->nodes_length++];
	node->depth = (unsigned)count(&rest);
	const char *kind = word(&rest);
	node->kind = !strcmp(kind, "root")   ? LOOK_NODE_ROOT :
		     !strcmp(kind, "shared") ? LOOK_NODE_SHARED :
		     !strcmp(kind, "nobody") ? LOOK_NODE_NOBODY : LOOK_NODE_PART;
	if (node->kind == LOOK_NODE_PART) {
		node->row = (uint32_t)count(&rest);
		node->bytes = count(&rest);
		node->blocks = count(&rest);
	} else {
		node->name = strdup(rest);
	}
}

static void read_look(struct fake *fake, char *rest)
{
	struct look_figures *look = &fake->look[state(fake)->snapshot->rows_length - 1];
	look->garbage = count(&rest);
	look->garbage_blocks = count(&rest);
	look->indirect = count(&rest);
	look->indirect_blocks = count(&rest);
	look->inside = count(&rest);
	look->inside_blocks = count(&rest);
	look->pins = count(&rest);
	look->pinning = look->pins / 64;
	snprintf(fake->type[look - fake->look], sizeof fake->type[0], "%s",
		 rest + strspn(rest, " "));
}

static void read_tick(struct fake *fake, char *rest)
{
	struct fake_past *added = &fake->pasts[fake->pasts_length++];
	added->seconds = number(&rest);
	added->snapshot = snapshot_new(fake->catalog, 0);
	added->snapshot->time = added->seconds;
	added->snapshot->nframe = 64;
	added->snapshot->kind = MOMENT_TICK;
	snprintf(added->snapshot->name, sizeof added->snapshot->name, "%.6fs", added->seconds);
	fake->into = &added->snapshot;
}

static void read_state(struct fake *fake, char *rest)
{
	struct fake_state *added = &fake->states[fake->states_length++];
	fake->into = &added->snapshot;
	added->seconds = number(&rest);
	added->snapshot = snapshot_new(fake->catalog, 0);
	added->snapshot->time = added->seconds;
	added->snapshot->nframe = 64;
	strcpy(added->snapshot->name, "live");
}

static void read_moment(struct fake *fake, char *rest)
{
	struct moment *moment = &fake->moments[fake->moments_length++];
	char *name = word(&rest);
	moment->time = number(&rest);
	moment->kind = !strcmp(name, "exit") ? MOMENT_EXIT
		       : !strcmp(name, "peak") ? MOMENT_PEAK
					       : MOMENT_NAMED;
	if (moment->kind == MOMENT_NAMED)
		moment->number = ++fake->snapshots;
	snprintf(moment->name, sizeof moment->name, "%s", name);
}

static void read_text(struct fake *fake, char *what, char *rest)
{
	if (!strcmp(what, "source")) {
		struct fake_source *source = &fake->sources[fake->sources_length++];
		source->file = strdup(word(&rest));
		source->line = (unsigned)count(&rest);
		unescape(rest);
		source->text = strdup(rest);
	} else if (!strcmp(what, "output")) {
		size_t length = unescape(rest);
		fake->output =
			realloc(fake->output, fake->output_length + length + 1);
		memcpy(fake->output + fake->output_length, rest, length);
		fake->output_length += length;
	} else if (!strcmp(what, "point")) {
		struct point *point = &fake->points[fake->points_length++];
		point->time = number(&rest);
		point->current = count(&rest);
		point->rss = *rest ? count(&rest) : 0;
	} else if (!strcmp(what, "mark")) {
		struct mark *mark = &fake->marks[fake->marks_length++];
		mark->time = number(&rest);
		mark->text = strdup(rest);
	} else {
		bad("what is \"%s\"?", what);
	}
}

/* Figures of the state; false: another kind of line. */
static bool read_figure(struct fake *fake, const char *what, char *rest)
{
	static const char *const names[] = {"peak", "lost",   "truncated", "rss",
					    "exit", "signal", "unmet", "mapped"};
	unsigned i = 0;
	while (i < 8 && strcmp(what, names[i]))
		i++;
	if (i == 8)
		return false;
	struct fake_state *now = state(fake);
	struct totals *totals = &now->snapshot->totals;
	uint64_t value = i == 6 ? 0 : count(&rest);
	switch (i) {
	case 0:
		totals->peak = totals->peak_ever = value;
		break;
	case 1:
		totals->lost = value;
		break;
	case 2:
		totals->truncated = value;
		break;
	case 3:
		now->rss = value;
		now->rss_file = *rest ? count(&rest) : 0;
		now->rss_stack = *rest ? count(&rest) : 0;
		break;
	case 7:
		totals->mapped = value;
		break;
	default:
		now->unmet |= i == 6;
		now->ended |= i != 6;
		now->exit_status = i == 4 ? (int)value : 0;
		now->signal = i == 5 ? (int)value : 0;
	}
	return true;
}

static void read_line(struct fake *fake, char *line)
{
	static const struct {
		const char *name;
		void (*read)(struct fake *fake, char *rest);
	} kinds[] = {
		{"argv", read_argv},   {"module", read_module}, {"frame", read_frame},
		{"block", read_block}, {"look", read_look}, {"arena", read_arena},
		{"held", read_held}, {"state", read_state},	{"moment", read_moment},
		{"process", read_process}, {"since", read_since}, {"tick", read_tick},
		{"first-ended", read_first_ended}, {"fact", read_fact},
	};
	char *rest = line, *what = word(&rest);
	if (!what[0] || what[0] == '#')
		return;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!strcmp(what, kinds[i].name)) {
			kinds[i].read(fake, rest);
			return;
		}
	if (!strcmp(what, "recording")) {
		fake->recording = true;
	} else if (!strcmp(what, "pid")) {
		fake->program.pid = (int32_t)count(&rest);
	} else if (!strcmp(what, "kind")) {
		snprintf(fake->program.kind, sizeof fake->program.kind, "%s", rest);
	} else if (!strcmp(what, "unseen")) {
		snprintf(fake->program.unseen, sizeof fake->program.unseen, "%s", rest);
	} else if (!strcmp(what, "unknown")) {
		state(fake)->snapshot->totals.unknown_frees = count(&rest);
		snprintf(state(fake)->unknown_by, sizeof state(fake)->unknown_by, "%s", rest);
	} else if (!strcmp(what, "thread")) {
		int32_t tid = (int32_t)count(&rest);
		unescape(rest);
		fake->thread =
			catalog_add_thread(fake->catalog, tid, text_id(fake, rest));
	} else if (!read_figure(fake, what, rest)) {
		read_text(fake, what, rest);
	}
}

void fake_read(struct fake *fake, const char *path)
{
	char *line = NULL;
	size_t size = 0;
	FILE *file = fopen(path, "r");
	fixture = path;
	line_number = 0;
	if (!file)
		bad("can't be opened");
	while (getline(&line, &size, file) >= 0) {
		line_number++;
		line[strcspn(line, "\n")] = 0;
		read_line(fake, line);
	}
	free(line);
	fclose(file);
	if (!fake->states_length)
		bad("no state");
	struct program *program = &fake->program;
	program->processes = fake->processes;
	program->processes[0] = (struct process){
		.pid = program->pid,
		.traced = true,
		.ended = fake->first_ended,
		.argc = program->argc,
		.argv = program->argv,
	};
}
