/* SPDX-License-Identifier: MIT */
/*
 * From 3.12 on the tables are part of _PyRuntime, and those of the debugging allocators
 * stand behind them, each with a letter in front: that is how they are found, as
 * PyMem_GetAllocator takes a lock that the thread which runs this may hold.  Until 3.11 it
 * takes none, and says what a table holds; that is searched for in the interpreter's data.
 */
#include "tracer/preload/python/py_await.h"

#include <link.h>
#include <stdatomic.h>
#include <stddef.h>

#include "tracer/preload/base/maps.h"
#include "tracer/preload/unwind/module.h"

#define WORDS (sizeof(struct py_allocator) / sizeof(uintptr_t))
#define FUNCTIONS 4u                    /* the words of a table behind its context */
_Static_assert(WORDS == 1 + FUNCTIONS, "a context, and functions");

/* raw, mem and obj; then, each with a letter in front, the debugging ones. */
#define STANDARD (PY_DOMAINS * WORDS)
#define ALL (STANDARD + PY_DOMAINS * (1 + WORDS))

static struct {
	uintptr_t *at[PY_DOMAINS];      /* tables that hold our functions; NULL: none */
	struct py_allocator was[PY_DOMAINS], ours[PY_DOMAINS];
	uintptr_t runtime;
	void (*get)(int domain, struct py_allocator *to);
} await;

const struct py_allocator *py_await_behind(int domain) { return &await.was[domain]; }

void py_await_forget(void)
{
	for (int domain = 0; domain < PY_DOMAINS; domain++)
		await.at[domain] = NULL;
}

/* ---- tables ------------------------------------------------------------ */

static uintptr_t await_word(const struct py_allocator *table, size_t word)
{
	return ((const uintptr_t *)table)[word];
}

/* Replaces one function, if it is `from`. */
static void await_turn(uintptr_t *at, uintptr_t from, uintptr_t to)
{
	/* The functions read what they pass calls on to after this: it is there before. */
	atomic_compare_exchange_strong((_Atomic uintptr_t *)at, &from, to);
}

static void await_turn_all(int domain, bool in)
{
	const struct py_allocator *from = in ? &await.was[domain] : &await.ours[domain];
	const struct py_allocator *to = in ? &await.ours[domain] : &await.was[domain];

	for (size_t word = 1; word < WORDS; word++)
		await_turn(await.at[domain] + word, await_word(from, word), await_word(to, word));
}

static void await_take_out(int domain)
{
	if (await.at[domain])
		await_turn_all(domain, false);
	await.at[domain] = NULL;
}

void py_await_take_back(void)
{
	await_take_out(PY_MEM);
	await_take_out(PY_OBJ);
}

/* ---- where they are ---------------------------------------------------- */

static bool is_table(const uintptr_t *at, const struct py_allocator *table)
{
	for (size_t word = 0; word < WORDS; word++)
		if (at[word] != await_word(table, word))
			return false;
	return true;
}

/* Until 3.11: whether that is the domain's table and no copy of it. */
static bool is_in_use(uintptr_t *at, int domain)
{
	const uintptr_t was = await_word(&await.was[domain], 1);
	const uintptr_t ours = await_word(&await.ours[domain], 1);
	struct py_allocator now;

	await_turn(at + 1, was, ours);
	await.get(domain, &now);
	if (await_word(&now, 1) == ours)
		return true;
	await_turn(at + 1, ours, was);
	return false;
}

static bool scan_old(uintptr_t *at, const uintptr_t *end, int domain)
{
	for (; at + WORDS <= end; at++)
		if (is_table(at, &await.was[domain]) && is_in_use(at, domain)) {
			await.at[domain] = at;
			return true;
		}
	return false;
}

/* From 3.12 on: whether all six tables begin here. */
static bool is_all(const uintptr_t *at)
{
	static const char letters[PY_DOMAINS] = { 'r', 'm', 'o' };

	for (size_t i = 0; i < PY_DOMAINS; i++)
		if ((at[STANDARD + i * (1 + WORDS)] & 0xff) != (uintptr_t)letters[i])
			return false;
	for (size_t i = 0; i < ALL; i++)
		if (i < STANDARD ? i % WORDS && !at[i] : (i - STANDARD) % (1 + WORDS) > 1 && !at[i])
			return false;
	return true;
}

/* They lie in _PyRuntime, which is filled from a copy that begins like it. */
static bool scan_new(uintptr_t *at, const uintptr_t *end)
{
	if ((uintptr_t)at < await.runtime)
		at = (uintptr_t *)await.runtime;
	for (; at + ALL <= end; at++)
		if (is_all(at))
			break;
	if (at + ALL > end)
		return false;
	for (int domain = PY_MEM; domain <= PY_OBJ; domain++) {
		await.at[domain] = at + (size_t)domain * WORDS;
		await.was[domain] = *(const struct py_allocator *)await.at[domain];
	}
	return true;
}

static bool scan_data(uintptr_t *at, const uintptr_t *end)
{
	if (!await.get)
		return scan_new(at, end);
	for (int domain = PY_MEM; domain <= PY_OBJ; domain++)
		if (!await.at[domain])
			scan_old(at, end, domain);
	return await.at[PY_MEM] && await.at[PY_OBJ];
}

/* Where the loader's last relocations were, which nobody may write after them; 0: nowhere. */
static uintptr_t end_of_relro(const ElfW(Phdr) *h, unsigned count, uintptr_t bias)
{
	for (unsigned i = 0; i < count; i++)
		if (h[i].p_type == PT_GNU_RELRO)
			return bias + h[i].p_vaddr + h[i].p_memsz;
	return 0;
}

/* Scans what the interpreter can write. */
static bool scan_module(void)
{
	static char text[MAPS_TEXT];
	struct module_object object;

	if (module_find(await.runtime, text, &object) != 0)
		return false;
	const ElfW(Ehdr) *elf = (const ElfW(Ehdr) *)object.start;
	const ElfW(Phdr) *h = (const ElfW(Phdr) *)(object.start + elf->e_phoff);
	uintptr_t relro = end_of_relro(h, elf->e_phnum, object.bias);

	for (unsigned i = 0; i < elf->e_phnum; i++) {
		uintptr_t low = object.bias + h[i].p_vaddr, end = low + h[i].p_memsz;

		if (relro > low && relro <= end)
			low = relro;
		if (h[i].p_type == PT_LOAD && h[i].p_flags & PF_W &&
		    scan_data((uintptr_t *)((low + 7) & ~UINT64_C(7)), (const uintptr_t *)end))
			return true;
	}
	return false;
}

bool py_await_put(uintptr_t runtime, unsigned version, void (*get)(int, struct py_allocator *),
		  const struct py_allocator functions[PY_DOMAINS])
{
	await.runtime = runtime;
	await.get = version < 0x30c ? get : NULL;
	for (int domain = PY_MEM; domain <= PY_OBJ; domain++) {
		await.ours[domain] = functions[domain];
		await.at[domain] = NULL;
		if (await.get)
			await.get(domain, &await.was[domain]);
	}
	if (!scan_module()) {
		py_await_take_back();
		return false;
	}
	await_turn_all(PY_MEM, true);
	await_turn_all(PY_OBJ, true);
	return true;
}
