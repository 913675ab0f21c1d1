/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where variables and saved registers are: DWARF expressions as compilers write them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>
#include <dwarf.h>
#include "tracer/collect/debug/stack/place.h"

#define STACK UINT64_C(0x7ffc0000)

static const uint64_t stack[] = { 11, STACK + 8, 33 };
static const uint64_t registers[8] = { [3] = 5000, [6] = STACK, [7] = STACK + 16 };

static bool read_stack(void *user, uint64_t address, void *to, size_t length)
{
	(void)user;
	if (address < STACK || address - STACK > sizeof(stack) - length)
		return false;
	memcpy(to, (const char *)stack + (address - STACK), length);
	return true;
}

static const struct place_memory memory = { .read = read_stack };
static const struct place_frame frame = {
	.memory = &memory, .registers = registers, .known = 1 << 3 | 1 << 6 | 1 << 7,
	.bias = 0x1000, .has_cfa = true, .has_base = true, .cfa = STACK + 24, .base = STACK + 20,
};

#define PLACE_IS(wanted, where, ...) \
	do { \
		const Dwarf_Op its[] = { __VA_ARGS__ }; \
		struct place found; \
		size_t done; \
		assert_true(place_find(its, sizeof(its) / sizeof(*its), &frame, &found, &done)); \
		assert_int_equal(found.kind, wanted); \
		assert_int_equal(found.at, where); \
		assert_int_equal(done, sizeof(its) / sizeof(*its)); \
	} while (0)
#define NO_PLACE(...) \
	do { \
		const Dwarf_Op its[] = { __VA_ARGS__ }; \
		struct place found; \
		size_t done; \
		assert_false(place_find(its, sizeof(its) / sizeof(*its), &frame, &found, &done)); \
	} while (0)

static void test_places_in_a_frame_and_in_registers(void **state)
{
	(void)state;
	PLACE_IS(PLACE_MEMORY, STACK, { .atom = DW_OP_fbreg, .number = (Dwarf_Word)-20 });
	PLACE_IS(PLACE_MEMORY, STACK + 8, { .atom = DW_OP_call_frame_cfa },
		 { .atom = DW_OP_plus_uconst, .number = (Dwarf_Word)-16 });
	PLACE_IS(PLACE_MEMORY, STACK - 8, { .atom = DW_OP_breg6, .number = (Dwarf_Word)-8 });
	PLACE_IS(PLACE_MEMORY, STACK + 24, { .atom = DW_OP_bregx, .number = 7, .number2 = 8 });
	PLACE_IS(PLACE_MEMORY, 0x1404, { .atom = DW_OP_addr, .number = 0x404 });
	PLACE_IS(PLACE_REGISTER, 3, { .atom = DW_OP_reg3 });
	PLACE_IS(PLACE_REGISTER, 12, { .atom = DW_OP_regx, .number = 12 });
	PLACE_IS(PLACE_VALUE, 5002, { .atom = DW_OP_breg3, .number = 2 },
		 { .atom = DW_OP_stack_value });
	/* An array whose length is known as it runs: the frame has its address. */
	PLACE_IS(PLACE_MEMORY, STACK + 8, { .atom = DW_OP_breg6, .number = 8 },
		 { .atom = DW_OP_deref });
}

/* The frame of a procedure linkage table (glibc, _dl_runtime_resolve's callers). */
static void test_expressions_that_compute(void **state)
{
	(void)state;
	PLACE_IS(PLACE_MEMORY, STACK + 16 + 8 + 8, { .atom = DW_OP_breg7, .number = 8 },
		 { .atom = DW_OP_breg3, .number = 0 }, { .atom = DW_OP_lit15 },
		 { .atom = DW_OP_and }, { .atom = DW_OP_lit8 }, { .atom = DW_OP_ge },
		 { .atom = DW_OP_lit3 }, { .atom = DW_OP_shl }, { .atom = DW_OP_plus });
}

/* A struct of two words, one of them in a register. */
static void test_the_first_piece_is_told_with_its_size(void **state)
{
	const Dwarf_Op ops[] = { { .atom = DW_OP_reg3 }, { .atom = DW_OP_piece, .number = 8 },
				 { .atom = DW_OP_fbreg, .number = 0 },
				 { .atom = DW_OP_piece, .number = 4 } };
	struct place place;
	size_t used;

	(void)state;
	assert_true(place_find(ops, 4, &frame, &place, &used));
	assert_int_equal(place.kind, PLACE_REGISTER);
	assert_int_equal(place.bytes, 8);
	assert_int_equal(used, 2);
	assert_true(place_find(ops + 2, 2, &frame, &place, &used));
	assert_int_equal(place.at, STACK + 20);
	assert_int_equal(place.bytes, 4);
}

static void test_what_is_not_known_has_no_place(void **state)
{
	Dwarf_Op deep[64];
	struct place place;
	size_t used;

	(void)state;
	NO_PLACE({ .atom = DW_OP_breg0, .number = 8 });
	NO_PLACE({ .atom = DW_OP_bregx, .number = 99, .number2 = 8 });
	NO_PLACE({ .atom = DW_OP_breg3, .number = 0 }, { .atom = DW_OP_deref });
	NO_PLACE({ .atom = DW_OP_breg6, .number = 0 }, { .atom = DW_OP_deref_size, .number = 9 });
	NO_PLACE({ .atom = DW_OP_plus });
	NO_PLACE({ .atom = DW_OP_lit1 }, { .atom = DW_OP_plus });
	NO_PLACE({ .atom = DW_OP_drop });
	NO_PLACE({ .atom = DW_OP_stack_value });
	NO_PLACE({ .atom = DW_OP_entry_value, .number = 1 });
	NO_PLACE({ .atom = DW_OP_bra, .number = 0 });
	assert_false(place_find(NULL, 0, &frame, &place, &used));
	for (size_t i = 0; i < 64; i++)
		deep[i] = (Dwarf_Op){ .atom = DW_OP_lit1 };
	assert_false(place_find(deep, 64, &frame, &place, &used));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places_in_a_frame_and_in_registers),
		cmocka_unit_test(test_expressions_that_compute),
		cmocka_unit_test(test_the_first_piece_is_told_with_its_size),
		cmocka_unit_test(test_what_is_not_known_has_no_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
