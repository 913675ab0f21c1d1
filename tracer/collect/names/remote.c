/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libunwind asks for all it needs through accessors: registers and stack come from the
 * copy, everything else from the files.  Hostile unwind tables can do only limited harm:
 * reads are counted, frames must climb the stack, and all of it runs in fault_run.  A
 * stack is cut where it leaves the copied bytes, and where it reaches code without unwind
 * rules; both give the reason.
 */
#include "tracer/collect/names/remote.h"

#include <stdlib.h>
#include <string.h>
#include "tracer/machine/process.h"
#include MACHINE_LIBUNWIND
#include "tracer/collect/debug/fault.h"
#include "tracer/collect/names/mapped.h"

enum { FRAMES_MAX = 8192, READS_MAX = 4000000 };

/* Exported by libunwind for perf, but declared in no header. */
int UNW_OBJ(dwarf_search_unwind_table)(unw_addr_space_t space, unw_word_t ip,
				       unw_dyn_info_t *info, unw_proc_info_t *proc,
				       int need_unwind_info, void *user);

struct place {
	struct module_id module;        /* {0}: none, the offset is the address */
	uint64_t offset;
};

struct remote {
	struct symbolizer_options options;
	int32_t pid;
	struct mapped *mapped;
	unw_addr_space_t space;         /* made for the first stack, because most images
					 * have none */
	const struct wire_stack *stack; /* the stack that is being unwound */
	const unsigned char *bytes;     /* its stack bytes */
	uint64_t length;
	unsigned reads;
	unsigned changes;               /* of `mapped`, at the time when the cached rules
					 * were found */
	bool no_rules;                  /* an ip without unwind rules was met */
	enum cut cut;
	size_t frames;
	struct place *place;            /* FRAMES_MAX of them, allocated with the space */
};

static int find_proc_info(unw_addr_space_t space, unw_word_t ip, unw_proc_info_t *proc,
			  int need, void *user)
{
	struct remote *remote = user;
	const struct mapped_module *module = mapped_find(remote->mapped, ip);
	int status = -UNW_ENOINFO;

	if (module && module->table) {
		unw_dyn_info_t info = {
			.start_ip = module->start,
			.end_ip = module->end,
			.format = UNW_INFO_FORMAT_REMOTE_TABLE,
			.u.rti = {
				.segbase = module->table,
				.table_data = module->table + 12,
				.table_len = module->table_entries,
			},
		};
		status = UNW_OBJ(dwarf_search_unwind_table)(space, ip, &info, proc, need,
							    user);
	}
	if (status < 0)
		remote->no_rules = true;
	return status;
}

static void put_unwind_info(unw_addr_space_t space, unw_proc_info_t *proc, void *user)
{
	(void)space, (void)proc, (void)user;
}

static int no_list(unw_addr_space_t space, unw_word_t *address, void *user)
{
	(void)space, (void)address, (void)user;
	return -UNW_ENOINFO;
}

static int access_mem(unw_addr_space_t space, unw_word_t address, unw_word_t *value,
		      int write, void *user)
{
	struct remote *remote = user;
	uint64_t bottom = remote->stack->regs[MACHINE_REG_SP];

	(void)space;
	if (write || remote->reads++ > READS_MAX)
		return -UNW_EINVAL;
	if (address >= bottom && address - bottom < remote->length) {
		if (remote->length - (address - bottom) < sizeof(*value))
			return -UNW_EINVAL;
		memcpy(value, remote->bytes + (address - bottom), sizeof(*value));
		return 0;
	}
	return mapped_word(remote->mapped, address, value) ? 0 : -UNW_EINVAL;
}

static int access_reg(unw_addr_space_t space, unw_regnum_t number, unw_word_t *value,
		      int write, void *user)
{
	const struct remote *remote = user;

	(void)space;
	if (write || number < 0 || number >= (int)MACHINE_REGS)
		return -UNW_EBADREG;
	*value = remote->stack->regs[number];
	return 0;
}

static int access_fpreg(unw_addr_space_t space, unw_regnum_t number, unw_fpreg_t *value,
			int write, void *user)
{
	(void)space, (void)number, (void)value, (void)write, (void)user;
	return -UNW_EBADREG;
}

static int remote_resume(unw_addr_space_t space, unw_cursor_t *cursor, void *user)
{
	(void)space, (void)cursor, (void)user;
	return -UNW_EINVAL;
}

static int proc_name(unw_addr_space_t space, unw_word_t ip, char *name, size_t size,
		     unw_word_t *offset, void *user)
{
	(void)space, (void)ip, (void)name, (void)size, (void)offset, (void)user;
	return -UNW_ENOINFO;
}

#if MACHINE_SIGNATURES
static unw_word_t signature_mask(unw_addr_space_t space, void *user)
{
	(void)space, (void)user;
	return machine_signature();
}
#endif

static void make_space(struct remote *remote)
{
	unw_accessors_t accessors = {
		.find_proc_info = find_proc_info,
		.put_unwind_info = put_unwind_info,
		.get_dyn_info_list_addr = no_list,
		.access_mem = access_mem,
		.access_reg = access_reg,
		.access_fpreg = access_fpreg,
		.resume = remote_resume,
		.get_proc_name = proc_name,
#if MACHINE_SIGNATURES
		.ptrauth_insn_mask = signature_mask,    /* libunwind 1.8 */
#endif
	};
	if (!remote->place)
		remote->place = malloc(FRAMES_MAX * sizeof(*remote->place));
	remote->space = remote->place ? unw_create_addr_space(&accessors, 0) : NULL;
	if (remote->space)
		unw_set_caching_policy(remote->space, UNW_CACHE_GLOBAL);
}

struct remote *remote_new(const struct symbolizer_options *options, struct names *names,
			  int32_t pid)
{
	struct remote *remote = calloc(1, sizeof(*remote));

	if (!remote)
		return NULL;
	remote->options = *options;
	remote->pid = pid;
	remote->mapped = mapped_new(names, pid);
	if (!remote->mapped) {
		free(remote);
		return NULL;
	}
	return remote;
}

int32_t remote_pid(const struct remote *remote) { return remote->pid; }

void remote_free(struct remote *remote)
{
	if (!remote)
		return;
	if (remote->space)
		unw_destroy_addr_space(remote->space);
	mapped_free(remote->mapped);
	free(remote->place);
	free(remote);
}

void remote_map(struct remote *remote, struct module_id id, uint64_t start, uint64_t end,
		uint64_t bias)
{
	mapped_put(remote->mapped, id, start, end, bias);
}

void remote_read_maps(struct remote *remote) { mapped_read(remote->mapped); }

void remote_begin(struct remote *remote)
{
	mapped_read(remote->mapped);
	mapped_hold(remote->mapped);
}

/* Adds the frame at `ip`, unless it is in libmemtop itself. */
static void remote_note(struct remote *remote, uint64_t ip, bool exact)
{
	const struct wire_stack *stack = remote->stack;

	if (ip >= stack->own_start && ip < stack->own_end)
		return;
	uint64_t address = exact ? ip : ip - 1;
	const struct mapped_module *module = mapped_find(remote->mapped, address);
	struct place *place = &remote->place[remote->frames++];
	place->module = module ? module->id : (struct module_id){ 0 };
	place->offset = module ? address - module->bias : address;
}

/* A signal handler returns to code that libunwind recognizes only if there are no unwind
 * rules for it. */
static bool remote_is_trampoline(struct remote *remote, uint64_t ip)
{
	static const unsigned char code[] = MACHINE_SIGNAL_CODE;
	uint64_t words[2];

	return mapped_find(remote->mapped, ip) &&
	       mapped_word(remote->mapped, ip, &words[0]) &&
	       mapped_word(remote->mapped, ip + 8, &words[1]) &&
	       memcmp(words, code, sizeof(code)) == 0;
}

/* Why libunwind has no unwind rules for the frame at `ip`: its module has none there, or
 * no module holds it. */
static enum cut without_rules(struct remote *remote, uint64_t ip, bool exact)
{
	return mapped_find(remote->mapped, exact ? ip : ip - 1) ? CUT_NO_RULES : CUT_JIT;
}

/* The return address that was saved last; 0: none was. */
static unw_word_t saved_return(struct remote *remote, unw_cursor_t *cursor)
{
	unw_word_t word = 0;
	unw_save_loc_t at;

	if (unw_get_save_loc(cursor, MACHINE_UNWIND_IP, &at) < 0)
		return 0;
	if (at.type == UNW_SLT_MEMORY)
		access_mem(remote->space, at.u.addr, &word, 0, remote);
	else if (at.type == UNW_SLT_REG)
		access_reg(remote->space, at.u.regnum, &word, 0, remote);
	return word & ~machine_signature();
}

/* A step to the caller.  0: there is none. */
static int remote_step(struct remote *remote, unw_cursor_t *cursor)
{
	int status = unw_step(cursor);
	unw_word_t ip = status == 0 && MACHINE_UNWIND_STOPS_AT_0 ? saved_return(remote, cursor) : 0;

	if (!ip)
		return status;
	/* There is one, and but for this the cursor stands there already.  It tries to write to
	 * the copy, too, in vain. */
	unw_set_reg(cursor, MACHINE_UNWIND_IP, ip);
	return 1;
}

static void unwind(void *argument)
{
	struct remote *remote = argument;
	unw_cursor_t cursor;
	unw_word_t ip, sp, before = 0;
	bool exact = true; /* the first pc is where the thread was, not a return
			    * address */
	int status = 1;

	remote->cut = CUT_UNREADABLE;
	if (unw_init_remote(&cursor, remote->space, remote) < 0)
		return;
	while (status > 0 && remote->frames < FRAMES_MAX) {
		int number = exact ? MACHINE_UNWIND_STOPPED : MACHINE_UNWIND_IP;

		if (unw_get_reg(&cursor, number, &ip) < 0 ||
		    unw_get_reg(&cursor, UNW_REG_SP, &sp) < 0)
			return;
		if (ip == 0)
			break;
		bool signal = remote_is_trampoline(remote, ip);
		if (before && sp <= before && !exact)
			return;         /* the stack does not grow, so the rules make no
					 * sense */
		before = sp;
		remote_note(remote, ip, exact || signal);
		status = remote_step(remote, &cursor);
		if (remote->no_rules) { /* libunwind would guess by the frame pointer */
			remote->cut = without_rules(remote, ip, exact || signal);
			return;
		}
		exact = signal;
	}
	if (status >= 0)
		remote->cut = remote->frames == FRAMES_MAX ? CUT_NFRAME : CUT_NONE;
}

/* The trace of the frames, interned from the oldest on. */
static struct trace_id remote_intern(struct remote *remote,
				     void (*wish)(void *user, struct site_id id),
				     void *user)
{
	struct catalog *catalog = remote->options.catalog;
	struct trace_id trace = { WIRE_TRACE_ROOT };

	pthread_mutex_lock(remote->options.lock);
	if (remote->cut)
		trace = catalog_add_trace(catalog, trace, (struct site_id){ remote->cut });
	for (size_t i = remote->frames; i-- > 0;) {
		struct site site = { remote->place[i].module, remote->place[i].offset };
		struct site_id id = catalog_add_site(catalog, &site);
		struct trace_id newer = catalog_add_trace(catalog, trace, id);
		if (newer.v == 0)
			break;          /* out of memory: the older part has to be
					 * enough */
		trace = newer;
		wish(user, id);
	}
	pthread_mutex_unlock(remote->options.lock);
	return trace;
}

struct trace_id remote_trace(struct remote *remote, const struct wire_stack *stack,
			     size_t bytes, void (*wish)(void *user, struct site_id id),
			     void *user)
{
	size_t room = bytes > sizeof(*stack) ? bytes - sizeof(*stack) : 0;

	remote->stack = stack;
	remote->bytes = (const unsigned char *)(stack + 1);
	remote->length = stack->head.detail < room ? stack->head.detail : room;
	remote->reads = 0;
	remote->frames = 0;
	remote->no_rules = false;
	remote->cut = CUT_NONE;
	if (!remote->space)
		make_space(remote);
	if (remote->space && remote->changes != mapped_changes(remote->mapped))
		unw_flush_cache(remote->space, 0, 0);   /* rules are cached by address */
	remote->changes = mapped_changes(remote->mapped);
	if (!remote->space)
		remote->cut = CUT_UNREADABLE;
	else if (fault_run(unwind, remote) != 0) {
		/* libunwind was left by a jump in the middle of its work, so the state of
		 * its address space is unknown: it is abandoned, and a new one is
		 * made. */
		remote->cut = CUT_UNREADABLE;
		make_space(remote);
	}
	return remote_intern(remote, wish, user);
}
