/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The locals of running functions.  To 3.10 a frame is an object, which tells whether it
 * runs.  From 3.11 on frames are in memory of the thread's state, through which they are
 * found:
 *
 *	_PyRuntime -> interpreter -> thread state -> frame -> frame ...
 *	                  |              `-> thread state ...
 *	                  `-> interpreter ...
 *
 * From 3.13 on the runtime begins with the offsets that are needed here
 * (_Py_DebugOffsets).
 */
#include "tracer/look/types/names.h"

#include <stdio.h>
#include <string.h>
#include "tracer/look/types/names_parts.h"

#define FRAMES_MOST 65536u              /* most frames of all threads, since chains may be
					 * cycles */
#define THREADS_MOST 65536u
#define LOCALS_MOST 1024u
#define CHUNK_MOST (UINT64_C(1) << 32)  /* most bytes of a piece of a stack */
#define COOKIE UINT64_C(0x7970677562656478)     /* "xdebugpy" */
#define OFFSETS 28u                     /* how many words of the offsets are read */

/* Byte offsets in a code object. */
struct code_layout {
	unsigned length, names;         /* number of locals; a tuple of their names, */
	unsigned cells, frees;          /* and of those that closures share; 0: in
					 * `names` */
	unsigned name, file, line;
};

static struct code_layout code_layout_of(unsigned python)
{
	if (python < 0x30b)
		return (struct code_layout){ 28, 72, 88, 80, 112, 104, 40 };
	return (struct code_layout){ python == 0x30b ? 76 : 72, 96, 0, 0, 120, 112,
				     python == 0x30b ? 72 : 68 };
}

struct function {
	const struct code_layout *layout;
	uint64_t code;
	uint64_t locals;                /* address of the first one */
	bool alone;                     /* a local's name is "\"items\"" and not "items of
					 * serve() ..." */
	char place[2 * NAMES_ROOM + 64];        /* "serve() app.py:30": its name, and the
						 * line where it begins */
};

static uint64_t read_word(const struct types *types, uint64_t address)
{
	uint64_t word = 0;

	return address % 8 == 0 && types_read(types, address, &word, 8) ? word : 0;
}

static uint32_t read_int(const struct types *types, uint64_t address)
{
	uint32_t number = 0;

	return types_read(types, address, &number, sizeof(number)) ? number : 0;
}

static int kind_at(struct types *types, uint64_t object, enum python_kind *kind)
{
	const struct python_type *type = NULL;
	int error = object ? python_type_at(types, read_word(types, object + 8), &type) : 0;

	*kind = type ? type->kind : PYTHON_OTHER;
	return error;
}

/* Names one local, from a tuple of names.  0, or what ends it. */
static int name_local(struct types *types, const struct function *function, uint64_t at,
		      uint64_t name_at, const struct names_use *use)
{
	char name[NAMES_ROOM], text[sizeof(function->place) + NAMES_ROOM + 8];
	uint64_t value = read_word(types, at);
	bool interned;

	if (value < 4096 || (use->wanted && !use->wanted(use->user, at, value)))
		return 0;
	int found = python_text(types, read_word(types, name_at), name, &interned);

	if (found <= 0)
		return found;
	snprintf(text, sizeof(text), function->alone ? "\"%s\"%s" : "%s of %s", name,
		 function->alone ? "" : function->place);
	return use->named(use->user, value, text);
}

/* Finds the address and the number (0: none) of the names in a tuple of the code.  0 or
 * -ENOMEM. */
static int names_in(struct types *types, const struct function *function, unsigned offset,
		    uint64_t *names, uint64_t *length)
{
	uint64_t tuple = read_word(types, function->code + offset);
	enum python_kind kind;
	int error = kind_at(types, tuple, &kind);

	*length = kind == PYTHON_TUPLE ? read_word(types, tuple + 16) : 0;
	*names = tuple + 24;
	return error;
}

/* Names the locals from number `first` on, from a tuple of at most *length names.  0, or
 * what ends it. */
static int name_tuple(struct types *types, const struct function *function, unsigned offset,
		      uint32_t first, uint32_t *length, const struct names_use *use)
{
	uint64_t names, there;
	int error = names_in(types, function, offset, &names, &there);

	*length = there < *length ? (uint32_t)there : *length;
	for (uint32_t i = 0; !error && i < *length; i++)
		error = name_local(types, function, function->locals + (uint64_t)(first + i) * 8,
				   names + 8 * (uint64_t)i, use);
	return error;
}

/* Names what a closure shares, by the last `length` of all names. */
static int name_some(struct types *types, const struct function *function, uint32_t skip,
		     uint32_t length, const struct names_use *use)
{
	uint64_t names, there;
	int error = names_in(types, function, function->layout->names, &names, &there);

	for (uint32_t i = 0; !error && i < length && skip + i < there; i++)
		error = name_local(types, function, function->locals + 8 * (uint64_t)i,
				   names + 8 * (uint64_t)(skip + i), use);
	return error;
}

/* The name of a function and where it begins.  1: it has a name. */
static int function_place(struct types *types, struct function *function)
{
	const struct code_layout *layout = function->layout;
	char name[NAMES_ROOM], file[NAMES_ROOM];
	enum python_kind kind;
	bool interned;
	int found = kind_at(types, function->code, &kind);

	if (found || kind != PYTHON_CODE)
		return found;
	found = python_text(types, read_word(types, function->code + layout->name), name, &interned);
	if (found > 0)
		found = python_file(types, read_word(types, function->code + layout->file), file);
	if (found > 0)
		snprintf(function->place, sizeof(function->place), "%s() %s:%u", name, file,
			 read_int(types, function->code + layout->line));
	return found;
}

/* From 3.11 on the flags of all locals are in a bytes object; those of a closure are the
 * last ones of `names`. */
int python_frees(struct types *types, uint64_t code, uint64_t first, const struct names_use *use)
{
	const struct code_layout layout = code_layout_of(types->memory.python);
	struct function function = { .layout = &layout, .code = code, .locals = first,
				     .alone = true };
	uint32_t length = read_int(types, code + layout.length), frees = LOCALS_MOST;
	uint64_t closure = read_word(types, first - 8);
	enum python_kind kind;
	int error = kind_at(types, code, &kind);

	if (error || kind != PYTHON_CODE)
		return error;
	if (layout.frees)
		return name_tuple(types, &function, layout.frees, 0, &frees, use);
	return closure <= length && length <= LOCALS_MOST ?
	       name_some(types, &function, (uint32_t)(length - closure), (uint32_t)closure, use) : 0;
}

int python_locals(struct types *types, uint64_t code, uint64_t locals, bool alone,
		  const struct names_use *use)
{
	const struct code_layout layout = code_layout_of(types->memory.python);
	struct function function = { .layout = &layout, .code = code, .locals = locals,
				     .alone = alone };
	uint32_t length = read_int(types, code + layout.length), cells = LOCALS_MOST;
	uint32_t frees = LOCALS_MOST;
	int found = length > LOCALS_MOST ? 0 : function_place(types, &function);

	if (found <= 0)
		return found;
	uint32_t named = length;

	found = name_tuple(types, &function, layout.names, 0, &named, use);
	if (!found && layout.cells)
		found = name_tuple(types, &function, layout.cells, length, &cells, use);
	if (!found && layout.cells)
		found = name_tuple(types, &function, layout.frees, length + cells, &frees, use);
	return found;
}

int names_frame(struct types *types, uint64_t address, uint64_t size,
		const struct names_use *use)
{
	unsigned python = types->memory.python;
	unsigned locals = python < 0x30a ? 360 : 352, state = python < 0x30a ? 116 : 108;
	uint64_t words[PYTHON_WORDS];
	const struct python_type *type;
	unsigned char runs = 0;
	size_t at;
	int found = python >= 0x30b ? 0 :
		    python_block(types, address, size, words, &type, &at);

	if (found <= 0 || type->kind != PYTHON_FRAME || size < at * 8 + locals)
		return found < 0 ? found : 0;
	/* f_executing; from 3.10 on it is f_state, where 0 means FRAME_EXECUTING. */
	uint64_t frame = address + at * 8;

	if (!types_read(types, frame + state, &runs, 1) || (python < 0x30a ? !runs : runs))
		return 0;
	return python_locals(types, words[at + 4], frame + locals, false, use);
}

int python_left(struct types *types, uint64_t object, const struct names_use *use)
{
	unsigned locals = types->memory.python < 0x30a ? 360 : 352;

	return types->memory.python >= 0x30b ? 0 :
	       python_locals(types, read_word(types, object + 32), object + locals, true, use);
}

/* --- from 3.11 on --- */

struct runtime {
	uint64_t interpreters;          /* where the address of the first one is */
	uint64_t threads;               /* in an interpreter: where its first thread is */
	uint64_t next;                  /* in an interpreter: where the next one is */
	uint64_t thread_next;
	uint64_t frame;                 /* in a thread's state: where its frame is; to
					 * 3.12 its */
	uint64_t in_cframe;             /* struct _PyCFrame, and in that the frame */
	uint64_t chunk;                 /* in a thread's state: the newest piece of its
					 * stack, and */
					/* after that the end of it */
	bool cframe;
};

static bool runtime_read(const struct types *types, uint64_t address, struct runtime *runtime)
{
	enum { INTERPRETERS = 5, NEXT = 8, THREADS = 9, THREAD_NEXT = 21, FRAME = 23,
	       CHUNK = 26 };
	uint64_t said[OFFSETS];

	switch (types->memory.python) {
	case 0x30b:
		*runtime = (struct runtime){ address + 40, 16, 0, 8, 56, 8, 296,
					     true };
		return true;
	case 0x30c:
		*runtime = (struct runtime){ address + 40, 72, 0, 8, 56, 0, 232,
					     true };
		return true;
	case 0x30d:
		if (!types_read(types, address, said, sizeof(said)) || said[0] != COOKIE ||
		    said[2])
			return false;
		*runtime = (struct runtime){ address + said[INTERPRETERS], said[THREADS],
					     said[NEXT], said[THREAD_NEXT], said[FRAME], 0,
					     said[CHUNK], false };
		return true;
	default:
		return false;
	}
}

/* Goes through one thread's frames, from the innermost up; *left: how many more may be
 * read. */
static int frames_of_thread(struct types *types, uint64_t frame, const struct names_use *use,
		       unsigned *left)
{
	unsigned code = types->memory.python == 0x30b ? 32 : 0;
	unsigned previous = types->memory.python == 0x30b ? 48 : 8;
	int error = 0;

	for (; !error && frame && *left; --*left) {
		error = python_locals(types, read_word(types, frame + code), frame + 72, false, use);
		frame = read_word(types, frame + previous);
	}
	return error;
}

/* Calls `ask` with each thread's state.  0, or what ended it. */
static int each_thread(struct types *types, uint64_t address, struct runtime *runtime,
		       int (*ask)(const struct runtime *runtime, uint64_t thread, void *user),
		       void *user)
{
	unsigned left = THREADS_MOST;
	int error = 0;

	if (!address || !runtime_read(types, address, runtime))
		return 0;
	for (uint64_t of = read_word(types, runtime->interpreters); !error && of && left;
	     of = read_word(types, of + runtime->next), left--) {
		uint64_t thread = read_word(types, of + runtime->threads);

		for (; !error && thread && left; left--) {
			error = ask(runtime, thread, user);
			thread = read_word(types, thread + runtime->thread_next);
		}
	}
	return error;
}

struct running {
	struct types *types;
	const struct names_use *use;
	unsigned left;
	int (*give)(void *user, uint64_t start, uint64_t end, uint64_t rest);
	void *user;
};

static int ask_frames(const struct runtime *runtime, uint64_t thread, void *user)
{
	struct running *running = user;
	uint64_t top = read_word(running->types, thread + runtime->frame);

	if (runtime->cframe)
		top = read_word(running->types, top + runtime->in_cframe);
	return frames_of_thread(running->types, top, running->use, &running->left);
}

int names_running(struct types *types, uint64_t address, const struct names_use *use)
{
	struct running running = { .types = types, .use = use, .left = FRAMES_MOST };
	struct runtime runtime;

	return each_thread(types, address, &runtime, ask_frames, &running);
}

/* Gives the pieces of a stack: [ older one | bytes | words in use, once it is full |
 * words ... ]. */
static int ask_stack(const struct runtime *runtime, uint64_t thread, void *user)
{
	enum { SIZE = 8, USED = 16, WORDS = 24 };
	struct running *running = user;
	struct types *types = running->types;
	uint64_t chunk = read_word(types, thread + runtime->chunk);
	uint64_t end = read_word(types, thread + runtime->chunk + 8);
	int error = 0;

	for (; !error && chunk && running->left; running->left--) {
		uint64_t size = read_word(types, chunk + SIZE);

		if (size > CHUNK_MOST || chunk > UINT64_MAX - CHUNK_MOST)
			return 0;
		/* If the end makes no sense, all of the piece counts as in use. */
		if (end < chunk + WORDS || end > chunk + size)
			end = chunk + size;
		if (end >= chunk + WORDS)
			error = running->give(running->user, chunk + WORDS, end & ~UINT64_C(7),
					      (chunk + size) & ~UINT64_C(7));
		chunk = read_word(types, chunk);
		end = chunk + WORDS + 8 * read_word(types, chunk + USED);
	}
	return error;
}

int names_stacks(struct types *types, uint64_t address,
		 int (*give)(void *user, uint64_t start, uint64_t end, uint64_t rest), void *user)
{
	struct running running = { .types = types, .give = give, .user = user,
				   .left = FRAMES_MOST };
	struct runtime runtime;

	return each_thread(types, address, &runtime, ask_stack, &running);
}
