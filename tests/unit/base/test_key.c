/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Key names there and back, and the bytes that terminals send for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "tui/base/key.h"

static void names(void **state)
{
	static const struct {
		const char *name;
		uint32_t key;
		const char *bytes;
	} keys[] = {
		{"s", 's', "s"},
		{"é", 0xe9, "é"},
		{"C-c", 3, "\003"},
		{"C-]", 29, "\035"},
		{"Enter", KEY_ENTER_, "\r"},
		{"Esc", KEY_ESC, "\033"},
		{"F4", KEY_FN + 4, "\033OS"},
		{"Up", KEY_GO_UP, "\033[A"},
		{"M-x", KEY_META + 'x', "\033x"},
		{"space", ' ', " "},
		{"PgDn", KEY_PGDN, "\033[6~"},
		{"S-Tab", KEY_SHIFT_TAB, "\033[Z"},
		{"C-Left", KEY_CONTROLLED | KEY_GO_LEFT, "\033[1;5D"},
		{"S-PgUp", KEY_SHIFTED | KEY_PGUP, "\033[5;2~"},
		{"M-C-F1", KEY_META | KEY_CONTROLLED | (KEY_FN + 1), "\033[1;7P"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		char name[16], bytes[16];
		assert_int_equal(key_parse(keys[i].name), keys[i].key);
		key_text(keys[i].key, name);
		assert_string_equal(name, keys[i].name);
		size_t n = key_bytes(keys[i].key, bytes);
		assert_int_equal(n, strlen(keys[i].bytes));
		assert_memory_equal(bytes, keys[i].bytes, n);
	}
}

static void sequences(void **state)
{
	static const struct {
		const char *sequence;
		uint32_t key;
	} table[] = {
		{"[A", KEY_GO_UP}, {"OA", KEY_GO_UP}, {"OH", KEY_HOME_}, {"[1~", KEY_HOME_},
		{"OP", KEY_FN + 1}, {"[1;5D", KEY_CONTROLLED | KEY_GO_LEFT},
		{"[15;2~", KEY_SHIFTED | (KEY_FN + 5)}, {"[1;3P", KEY_META | (KEY_FN + 1)},
		{"[Z", KEY_SHIFT_TAB}, {"[200~", KEY_PASTE}, {"[201~", KEY_PASTED},
		{"[I", KEY_NONE}, {"[?1;2c", KEY_NONE}, {"[99999999~", KEY_NONE},
		{"[1;2;3A", KEY_NONE}, {"[", KEY_NONE}, {"", KEY_NONE},
	};
	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		assert_int_equal(key_of_sequence(table[i].sequence, strlen(table[i].sequence)),
				 table[i].key);
}

static void nonsense(void **state)
{
	static const char *const words[] = {"",	  "Frob", "C-",	 "C-long", "S-x",
					    "M-", "\xff", "\x01"};
	char bytes[16];
	(void)state;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		assert_int_equal(key_parse(words[i]), KEY_NONE);
	assert_int_equal(key_bytes(KEY_CLICK, bytes), 0);
	assert_int_equal(key_bytes(KEY_NONE, bytes), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(sequences),
		cmocka_unit_test(nonsense),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
