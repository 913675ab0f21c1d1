/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words that modules jump through lead past the hooks while the tracer sleeps, and back to
 * them when it wakes.  One module is made up here; what the tracer asks of the loader and of
 * ELF files is answered by the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "tracer/preload/behind/bypass.c"

enum { BOUND, UNBOUND, OTHER_NAME, DEFINED, OTHER_TYPE, READ_ONLY, CROOKED, OPERATOR, WORDS };

static _Atomic uint64_t words[WORDS + 1];
static const char strings[] = "\0free\0_exit\0malloc";
static Elf64_Sym symbols[] = {{0}, {.st_name = 1}, {.st_name = 6}, {.st_name = 12},
			      {.st_name = 1, .st_value = 8, .st_shndx = 3}};
static Elf64_Rela slots[WORDS];

#define PLT ((uint64_t)(uintptr_t)strings)      /* code of the module itself */
#define NEXT UINT64_C(0x1234560)
#define ELSEWHERE UINT64_C(0x6543210)

/* ---- what stands around it ---- */

struct real real;
static unsigned modules, protections;
static int protection_fails;

bool real_is_behind(enum real_name name) { return name == REAL_free || name == REAL__Znwm; }
bool real_is_operator(enum real_name name) { return name == REAL__Znwm; }
void real_forget_error(void) {}

/* The loader is asked for these names; no program has a need of _Znwm here. */
const char *real_symbol(enum real_name name) { return name == REAL_free ? "free" : "_exit"; }

bool elf_is_own(uintptr_t address) { return address && address != NEXT && address != PLT; }

struct elf_module elf_module_of(const struct dl_phdr_info *info)
{
	(void)info;
	return (struct elf_module){.dynamic = modules++ ? 0 : PLT, .relro = 4096, .relro_end = 8192};
}

struct elf elf_read(const struct link_map *map)
{
	assert_int_equal((uintptr_t)map->l_ld, PLT);
	return (struct elf){.symbols = symbols, .strings = strings,
			    .jumps = (uintptr_t)slots, .jumps_bytes = sizeof(slots)};
}

bool elf_module_has(const struct elf_module *m, uintptr_t at, uint32_t flags)
{
	(void)m;
	return flags == PF_X ? at == PLT : at != (uintptr_t)&words[READ_ONLY];
}

int elf_protect_relro(const struct elf_module *m, int protection)
{
	assert_int_equal(m->relro_end, 8192);
	assert_int_equal(protection, protections++ % 2 ? PROT_READ : PROT_READ | PROT_WRITE);
	return protection_fails;
}

/* ---- the module ---- */

static uint64_t hook_of(const char *name) { return (uintptr_t)dlsym(RTLD_DEFAULT, name); }

static void slot(unsigned word, unsigned symbol, uint64_t content)
{
	uint32_t type = word == OTHER_TYPE ? MACHINE_R_SLOT + 1 : MACHINE_R_SLOT;

	words[word] = content;
	slots[word] = (Elf64_Rela){.r_offset = (uintptr_t)&words[word] + (word == CROOKED),
				   .r_info = ELF64_R_INFO(symbol, type)};
}

static int make_module(void **state)
{
	(void)state;
	memset(&list, 0, sizeof(list));
	modules = protections = 0;
	protection_fails = 0;
	real.next[REAL_free] = real.next[REAL__Znwm] = (void *)(uintptr_t)NEXT;
	slot(BOUND, 1, hook_of("free"));
	slot(UNBOUND, 1, PLT);
	slot(OTHER_NAME, 3, PLT);
	slot(DEFINED, 4, PLT);
	slot(OTHER_TYPE, 1, hook_of("free"));
	slot(READ_ONLY, 1, hook_of("free"));
	slot(CROOKED, 1, hook_of("free"));
	slot(OPERATOR, 2, hook_of("_exit"));
	bypass_find();
	return 0;
}

static void assert_words(const uint64_t *expected)
{
	for (unsigned i = 0; i < WORDS; i++)
		assert_int_equal(words[i], expected[i]);
}

static void test_words_lead_past_the_hooks_and_back(void **state)
{
	const uint64_t hook = hook_of("free");
	const uint64_t open[WORDS] = {NEXT, NEXT, PLT, PLT, hook, hook, hook, NEXT};
	/* What was not bound is bound now, to the hook, as the loader would have done it. */
	const uint64_t closed[WORDS] = {hook, hook, PLT, PLT, hook, hook, hook, hook_of("_exit")};

	(void)state;
	bypass_open();
	assert_words(open);
	assert_int_equal(protections, 2);
	assert_int_equal(bypass_close(), 0);
	assert_words(closed);
	bypass_open();                  /* and again, though the word is bound by now */
	assert_words(open);
}

static void test_a_word_that_leads_elsewhere_by_now_is_left_alone(void **state)
{
	(void)state;
	words[BOUND] = ELSEWHERE;
	bypass_open();
	assert_int_equal(words[BOUND], ELSEWHERE);
	words[OPERATOR] = ELSEWHERE;
	assert_int_equal(bypass_close(), 0);
	assert_int_equal(words[BOUND], ELSEWHERE);
	assert_int_equal(words[OPERATOR], ELSEWHERE);
	assert_int_equal(words[UNBOUND], hook_of("free"));
}

static void test_pages_that_stay_read_only_are_not_written(void **state)
{
	(void)state;
	protection_fails = -EACCES;
	bypass_open();
	assert_int_equal(words[BOUND], hook_of("free"));
	assert_int_equal(protections, 1);
	protections = 0;
	assert_int_equal(bypass_close(), -EACCES);
}

static void test_a_name_that_nothing_is_behind_is_not_listed(void **state)
{
	const uint64_t hook = hook_of("free");

	(void)state;
	memset(&list, 0, sizeof(list));
	modules = 0;
	real.next[REAL_free] = (void *)(uintptr_t)hook;         /* ours stands in for it */
	bypass_find();
	bypass_open();
	assert_int_equal(words[BOUND], hook);
	assert_int_equal(words[UNBOUND], PLT);
	assert_int_equal(words[OPERATOR], NEXT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, make_module)
		TEST(test_words_lead_past_the_hooks_and_back),
		TEST(test_a_word_that_leads_elsewhere_by_now_is_left_alone),
		TEST(test_pages_that_stay_read_only_are_not_written),
		TEST(test_a_name_that_nothing_is_behind_is_not_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
