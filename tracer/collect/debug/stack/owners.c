/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Frames and variables are owners; ranges of addresses lead to them.  A variable's range
 * takes precedence over that of its frame, so there are two lists of ranges.
 */
#include "tracer/collect/debug/stack/owners.h"

#include <errno.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tracer/collect/debug/dwarf_inside.h"
#include "tracer/collect/debug/fault.h"
#include "tracer/collect/debug/stack/locals.h"
#include "tracer/collect/debug/stack/step.h"
#include "tracer/ground/array.h"
#include "tracer/ground/bisect.h"
#include "tracer/ground/shared/page.h"
#include "tracer/machine/machine.h"

#define FRAMES_DEEP 256u                /* most frames of one thread */
#define OWNERS_MOST 262144u
#define BYTES_MOST (UINT64_C(1) << 24)  /* most bytes of one variable */

struct owners_module {
	char *path;
	uint64_t bias;                  /* what is added to addresses of the file */
	struct dwarf_module *dwarf;     /* NULL: it can't be read, or libdw faulted */
	bool prepared;
};

struct owner {
	uint32_t module;
	uint32_t inlined;               /* as in struct local */
	uint64_t offset;                /* of the frame's instruction, in the module's
					 * file */
	char *name;                     /* a variable's; NULL: it is a frame */
};

struct owners_range {
	uint64_t start, end;
	uint32_t owner;
};

struct owners_ranges {
	struct owners_range *of;
	size_t length, room;
};

struct owners {
	struct owners_process process;
	struct owners_module *modules;
	size_t modules_length, modules_room;
	struct owner *owners;
	size_t length, room;
	struct owners_ranges frames, places;    /* by address, once sealed */
	uint32_t (*registers)[MACHINE_DWARF_REGISTERS]; /* owners, by thread */
	size_t threads, threads_room;
	struct dwarf_names *names;      /* for one frame; NULL: not needed so far */
};

struct owners *owners_new(const struct owners_process *process)
{
	struct owners *owners = calloc(1, sizeof(*owners));

	if (owners)
		owners->process = *process;
	return owners;
}

void owners_free(struct owners *owners)
{
	if (!owners)
		return;
	for (size_t i = 0; i < owners->modules_length; i++) {
		dwarf_close(owners->modules[i].dwarf);
		free(owners->modules[i].path);
	}
	for (size_t i = 0; i < owners->length; i++)
		free(owners->owners[i].name);
	free(owners->modules);
	free(owners->owners);
	free(owners->frames.of);
	free(owners->places.of);
	free(owners->registers);
	free(owners->names);
	free(owners);
}

/* --- modules --- */

/* Calls of libdw, which run in fault_run; a module in which it faults is not used
 * again. */
struct guarded {
	struct owners *owners;
	struct owners_module *module;
	const struct owners_code *code;
	struct step *step, *caller;
	struct walking *walking;
	const struct owner *owner;
	bool ok;
};

static bool guard(struct guarded *guarded, void (*body)(void *argument))
{
	guarded->ok = false;
	if (!guarded->module->dwarf)
		return false;
	if (fault_run(body, guarded) == 0)
		return guarded->ok;
	dwarf_abandon(guarded->module->dwarf);
	guarded->module->dwarf = NULL;
	return false;
}

/* The address of a byte of the file's code; UINT64_MAX: no segment has it.  Segments are
 * mapped by whole pages, so the first page may belong to several, of which one is
 * code. */
static uint64_t owners_address(struct dwarf_module *module, uint64_t place)
{
	Elf *elf = dwarf_elf(module);
	size_t count = 0;
	GElf_Phdr header;

	if (!elf || elf_getphdrnum(elf, &count) != 0)
		return UINT64_MAX;
	for (size_t i = 0; i < count && gelf_getphdr(elf, (int)i, &header); i++)
		if (header.p_type == PT_LOAD && header.p_flags & PF_X &&
		    place >= page_begin(header.p_offset) &&
		    place < header.p_offset + header.p_filesz)
			return header.p_vaddr + place - header.p_offset;
	return UINT64_MAX;
}

static void find_bias(void *argument)
{
	struct guarded *guarded = argument;
	uint64_t address = owners_address(guarded->module->dwarf, guarded->code->offset);

	guarded->module->bias = guarded->code->start - address;
	guarded->ok = address != UINT64_MAX;
}

/* NULL: out of memory. */
static struct owners_module *add_module(struct owners *owners,
					const struct owners_code *code)
{
	const struct binary_wish wish = { .path = code->path, .pid = owners->process.pid,
					  .start = code->start, .end = code->end };
	struct guarded guarded = { .owners = owners, .code = code };
	const char *reason;

	if (!array_grow(&owners->modules, &owners->modules_room, owners->modules_length + 1,
			sizeof(*owners->modules)))
		return NULL;
	struct owners_module *module = &owners->modules[owners->modules_length];

	*module = (struct owners_module){ .path = strdup(code->path) };
	if (!module->path)
		return NULL;
	owners->modules_length++;
	module->dwarf = dwarf_open(&wish, &reason);
	guarded.module = module;
	if (!guard(&guarded, find_bias)) {
		dwarf_close(module->dwarf);
		module->dwarf = NULL;
		/* So all of its mappings count as one that can't be read. */
		module->bias = code->start - code->offset;
	}
	return module;
}

static void rebase(void *argument)
{
	struct guarded *guarded = argument;
	uint64_t address = owners_address(guarded->module->dwarf, guarded->code->offset);

	guarded->ok = guarded->code->start - address == guarded->module->bias;
}

static bool is_the_module(struct owners *owners, struct owners_module *module,
		      const struct owners_code *code)
{
	struct guarded guarded = { .owners = owners, .module = module, .code = code };

	if (strcmp(module->path, code->path) != 0)
		return false;
	return module->dwarf ? guard(&guarded, rebase) :
			       module->bias == code->start - code->offset;
}

/* The module of some code; NULL: there is none, or *error is set. */
static struct owners_module *module_at(struct owners *owners, uint64_t site, int *error)
{
	const struct owners_process *process = &owners->process;
	struct owners_code code;

	if (!process->code_at(process->user, site, &code))
		return NULL;
	for (size_t i = owners->modules_length; i-- > 0;)
		if (is_the_module(owners, &owners->modules[i], &code))
			return &owners->modules[i];
	struct owners_module *module = add_module(owners, &code);

	*error = module ? *error : -ENOMEM;
	return module;
}

/* --- one thread --- */

struct walking {
	struct owners *owners;
	struct step step;               /* the current frame */
	uint32_t frame;                 /* the number of its owner */
	uint32_t *registers;            /* owners of the thread's registers */
	int error;
};

/* Adds an owner; OWNERS_NONE: there are too many, or *error is set. */
static uint32_t add_owner(struct walking *walking, const struct owner *owner)
{
	struct owners *owners = walking->owners;

	if (owners->length >= OWNERS_MOST)
		return OWNERS_NONE;
	if (!array_grow(&owners->owners, &owners->room, owners->length + 1,
			sizeof(*owners->owners))) {
		walking->error = -ENOMEM;
		return OWNERS_NONE;
	}
	owners->owners[owners->length] = *owner;
	return (uint32_t)owners->length++;
}

/* Adds a range; only its whole words, because only these can be pointers. */
static void own_range(struct walking *walking, struct owners_ranges *ranges, uint64_t start,
		      uint64_t end, uint32_t owner)
{
	start = (start + 7) & ~UINT64_C(7);
	end &= ~UINT64_C(7);
	if (start >= end)
		return;
	if (array_grow(&ranges->of, &ranges->room, ranges->length + 1, sizeof(*ranges->of)))
		ranges->of[ranges->length++] = (struct owners_range){ start, end, owner };
	else
		walking->error = -ENOMEM;
}

/* Gives an owner a register as the current frame sees it. */
static void own_register(struct walking *walking, unsigned number, uint32_t owner)
{
	const struct step_register *at = &walking->step.registers[number];

	if (at->where == STEP_SAVED)
		own_range(walking, &walking->owners->places, at->address, at->address + 8,
			  owner);
	else if (at->where == STEP_LIVE && walking->registers[number] == OWNERS_NONE)
		walking->registers[number] = owner;
}

static bool add_local(void *user, const struct local *local)
{
	struct walking *walking = user;
	const struct owner *frame = &walking->owners->owners[walking->frame];
	struct owner owner = { frame->module, local->inlined, frame->offset, NULL };
	uint64_t bytes = local->bytes;

	if (bytes < 8 || bytes > BYTES_MOST ||
	    (local->place.kind == PLACE_REGISTER && local->place.at >= MACHINE_DWARF_REGISTERS))
		return true;
	owner.name = strdup(local->name);
	uint32_t number = owner.name ? add_owner(walking, &owner) : OWNERS_NONE;

	if (number == OWNERS_NONE) {
		walking->error = owner.name ? walking->error : -ENOMEM;
		free(owner.name);
		return false;
	}
	if (local->place.kind == PLACE_REGISTER)
		own_register(walking, (unsigned)local->place.at, number);
	else
		own_range(walking, &walking->owners->places, local->place.at,
			  local->place.at + bytes, number);
	return true;
}

static void walk_locals(void *argument)
{
	static const atomic_bool at_once = true;        /* does not wait for servers */
	struct guarded *guarded = argument;
	struct walking *walking = guarded->walking;
	const struct owners *owners = walking->owners;
	struct owners_module *module = guarded->module;
	uint64_t values[MACHINE_DWARF_REGISTERS];
	struct place_frame frame = step_place(&walking->step, &owners->process.memory,
					      module->bias, values);

	if (!module->prepared)
		dwarf_prepare(module->dwarf, &at_once, NULL);
	module->prepared = true;
	locals_find(module->dwarf, step_site(&walking->step) - module->bias, &frame, add_local,
		    walking);
	guarded->ok = true;
}

static void walk_rules(void *argument)
{
	struct guarded *guarded = argument;

	guarded->ok = step_rules(guarded->step, guarded->module->dwarf, guarded->module->bias,
				 &guarded->owners->process.memory, guarded->caller);
}

/* A register that this frame has saved is one that it uses: so the value that it sees
 * there is its own. */
static void own_registers(struct walking *walking, const struct step *caller)
{
	for (unsigned i = 0; i < MACHINE_DWARF_REGISTERS; i++) {
		const struct step_register *is = &walking->step.registers[i];
		const struct step_register *was = caller ? &caller->registers[i] : NULL;

		if (!was || was->where == STEP_LOST ||
		    (was->where == STEP_SAVED &&
		     (is->where != STEP_SAVED || is->address != was->address)))
			own_register(walking, i, walking->frame);
	}
}

/* Goes on to one frame; false: it is the last. */
static bool walk_frame(struct walking *walking)
{
	struct owners *owners = walking->owners;
	struct step *step = &walking->step, caller;
	struct owners_module *module = module_at(owners, step_site(step),
						 &walking->error);
	struct guarded guarded = { .owners = owners, .module = module, .step = step,
				   .caller = &caller, .walking = walking };

	if (!module || !module->dwarf)
		return false;
	const struct owner owner = { .module = (uint32_t)(module - owners->modules),
				     .inlined = UINT32_MAX,
				     .offset = step_site(step) - module->bias };
	bool more = guard(&guarded, walk_rules);

	walking->frame = add_owner(walking, &owner);
	if (walking->frame == OWNERS_NONE)
		return false;
	guard(&guarded, walk_locals);
	own_registers(walking, more ? &caller : NULL);
	if (step->cfa > step->sp)
		own_range(walking, &owners->frames, step->interrupted ?
			  step->sp - MACHINE_RED_ZONE : step->sp, step->cfa, walking->frame);
	*step = caller;
	return more && !walking->error;
}

int owners_add(struct owners *owners, const uint64_t *registers)
{
	struct walking walking = { .owners = owners };

	if (!array_grow(&owners->registers, &owners->threads_room, owners->threads + 1,
			sizeof(*owners->registers)))
		return -ENOMEM;
	walking.registers = owners->registers[owners->threads++];
	for (unsigned i = 0; i < MACHINE_DWARF_REGISTERS; i++)
		walking.registers[i] = OWNERS_NONE;
	if (!registers)
		return 0;
	step_begin(&walking.step, registers);
	for (unsigned deep = 0; deep < FRAMES_DEEP; deep++)
		if (!walk_frame(&walking))
			break;
	return walking.error;
}

/* --- all --- */

/* Variables come before frames, and inner frames, which were found first, before outer
 * ones. */
static int range_order(const void *left, const void *right, void *user)
{
	const struct owners *owners = user;
	const struct owners_range *a = left, *b = right;
	bool named = owners->owners[a->owner].name, other = owners->owners[b->owner].name;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (named != other)
		return named ? -1 : 1;
	return a->owner < b->owner ? -1 : a->owner > b->owner;
}

/* Sorts by address; where ranges overlap, only the rest of the later one is kept. */
static void sort_ranges(struct owners *owners, struct owners_ranges *ranges)
{
	size_t kept = 0;

	if (ranges->length)
		qsort_r(ranges->of, ranges->length, sizeof(*ranges->of), range_order,
			owners);
	for (size_t i = 0; i < ranges->length; i++) {
		struct owners_range range = ranges->of[i];

		if (kept && range.start < ranges->of[kept - 1].end)
			range.start = ranges->of[kept - 1].end;
		if (range.start < range.end)
			ranges->of[kept++] = range;
	}
	ranges->length = kept;
}

void owners_seal(struct owners *owners)
{
	sort_ranges(owners, &owners->frames);
	sort_ranges(owners, &owners->places);
}

uint32_t owners_length(const struct owners *owners) { return (uint32_t)owners->length; }

static uint32_t range_at(const struct owners_ranges *ranges, uint64_t address, uint64_t *end)
{
	size_t low;

	BISECT(low, ranges->length, ranges->of[low].end <= address);
	if (low == ranges->length)
		return OWNERS_NONE;
	const struct owners_range *range = &ranges->of[low];
	bool inside = range->start <= address;
	uint64_t to = inside ? range->end : range->start;

	*end = to < *end ? to : *end;
	return inside ? range->owner : OWNERS_NONE;
}

uint32_t owners_at(const struct owners *owners, uint64_t address, uint64_t *end)
{
	uint32_t place = range_at(&owners->places, address, end);

	return place != OWNERS_NONE ? place : range_at(&owners->frames, address, end);
}

uint32_t owners_register(const struct owners *owners, size_t thread, unsigned number)
{
	return thread < owners->threads && number < MACHINE_DWARF_REGISTERS ?
	       owners->registers[thread][number] : OWNERS_NONE;
}

bool owners_is_local(const struct owners *owners, uint32_t owner)
{
	return owners->owners[owner].name;
}

/* --- names --- */

static void owners_frames(void *argument)
{
	struct guarded *guarded = argument;

	dwarf_frames(guarded->module->dwarf, guarded->owner->offset,
		     guarded->owners->names);
	guarded->ok = guarded->owners->names->length > 0;
}

static const char *owners_last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

void owners_name(struct owners *owners, uint32_t number, char *text, size_t size)
{
	const struct owner *owner = &owners->owners[number];
	struct owners_module *module = &owners->modules[owner->module];
	struct guarded guarded = { .owners = owners, .module = module, .owner = owner };
	const char *before = owner->name ? ", local " : "", *name = owner->name ? owner->name : "";

	if (!owners->names)
		owners->names = malloc(sizeof(*owners->names));
	if (!owners->names || !guard(&guarded, owners_frames)) {
		snprintf(text, size, "in %s+0x%" PRIx64 "%s%s", owners_last_part(module->path),
			 owner->offset, before, name);
		return;
	}
	/* Newest first: a frame is named by the function that was inlined last. */
	size_t length = owners->names->length;
	size_t place = owner->inlined < length ? length - 1 - owner->inlined : 0;
	const struct dwarf_frame *frame = &owners->names->frames[place];
	bool call = frame->unresolved || strchr(frame->function, ')');

	if (frame->line)
		snprintf(text, size, "in %s%s %s:%u%s%s", frame->function, call ? "" : "()",
			 owners_last_part(frame->file), frame->line, before, name);
	else
		snprintf(text, size, "in %s%s %s%s%s", frame->function, call ? "" : "()",
			 owners_last_part(module->path), before, name);
}
