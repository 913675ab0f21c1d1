/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of actions: every key has a name, no key means two things. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "tui/base/action.h"
#include "tui/base/key.h"

/* Calls each key of an action. */
static void each_key(enum action action,
		     void (*visit)(enum action action, const char *name))
{
	char keys[128], *save;
	strcpy(keys, action_info(action)->keys);
	for (char *name = strtok_r(keys, " ", &save); name;
	     name = strtok_r(NULL, " ", &save))
		visit(action, name);
}

static void check_key(enum action action, const char *name)
{
	const struct action_info *info = action_info(action);
	uint32_t key = key_parse(name);
	assert_int_not_equal(key, KEY_NONE);
	for (unsigned place = 1; place <= IN_ALL; place <<= 1) {
		enum action found = action_of_key(key, place, NULL);
		if (!(info->places & place))
			continue;
		/* Its own, or that of a narrower place. */
		if (found != action)
			assert_true(info->places == IN_ALL &&
				    action_info(found)->places != IN_ALL);
	}
}

static void keys_mean_one_thing(void **state)
{
	(void)state;
	for (unsigned i = 1; i < ACTIONS; i++)
		each_key((enum action)i, check_key);
}

static void every_action_helps(void **state)
{
	(void)state;
	for (unsigned i = 1; i < ACTIONS; i++) {
		const struct action_info *info = action_info((enum action)i);
		assert_true(info->help[0] && info->places);
		assert_true(info->keys[0] || info->command[0]);
	}
}

static void commands_are_found(void **state)
{
	bool ambiguous;
	(void)state;
	for (unsigned i = 1; i < ACTIONS; i++) {
		const char *word = action_info((enum action)i)->command;
		if (word[0])
			assert_int_equal(
				action_of_command(word, strlen(word), &ambiguous), i);
	}
	assert_int_equal(action_of_command("fil", 3, &ambiguous), ACTION_NONE);
	assert_true(ambiguous);
	assert_int_equal(action_of_command("cumul", 5, &ambiguous), ACTION_CUMULATIVE);
	assert_int_equal(action_of_command("nothing", 7, &ambiguous), ACTION_NONE);
	assert_false(ambiguous);
	assert_int_equal(action_of_command("", 0, &ambiguous), ACTION_NONE);
}

/* What each key does over a table. */
static const struct {
	const char *key;
	enum action action;
} contract[] = {
	{"s", ACTION_SNAPSHOT},
	{"S", ACTION_SNAPSHOT_AS},
	{"d", ACTION_DIFF},
	{"D", ACTION_DIFF_SIDES},
	{"f", ACTION_FILTER},
	{"F4", ACTION_FILTER},
	{"\\", ACTION_FILTER},
	{"F", ACTION_FILTERS},
	{"/", ACTION_SEARCH},
	{"n", ACTION_SEARCH_NEXT},
	{"N", ACTION_SEARCH_BEFORE},
	{":", ACTION_COMMAND},
	{"Tab", ACTION_TAB_NEXT},
	{"S-Tab", ACTION_TAB_BEFORE},
	{"0", ACTION_TAB},
	{"t", ACTION_BY},
	{"<", ACTION_SORT_LEFT},
	{">", ACTION_SORT_RIGHT},
	{"F6", ACTION_SORT},
	{"I", ACTION_REVERSE},
	{"Enter", ACTION_OPEN},
	{"Esc", ACTION_BACK},
	{"Backspace", ACTION_BACK},
	{"space", ACTION_FREEZE},
	{"p", ACTION_FREEZE},
	{"r", ACTION_RESET_PEAK},
	{"c", ACTION_CUMULATIVE},
	{"W", ACTION_WRAPPERS},
	{"P", ACTION_PROCESS},
	{"o", ACTION_FOCUS},
	{"e", ACTION_EDIT},
	{"w", ACTION_WRITE},
	{"x", ACTION_EXPORT},
	{"[", ACTION_TICK_BACK},
	{"]", ACTION_TICK_ON},
	{"{", ACTION_STOP_BACK},
	{"}", ACTION_STOP_ON},
	{"g", ACTION_AT},
	{"=", ACTION_NOW},
	{"v", ACTION_ANCHOR},
	{"z", ACTION_ZOOM},
	{"Z", ACTION_ZOOM_OUT},
	{"m", ACTION_MARK},
	{"?", ACTION_HELP},
	{"h", ACTION_HELP},
	{"F1", ACTION_HELP},
	{"C-l", ACTION_REDRAW},
	{"C-z", ACTION_SUSPEND},
	{"q", ACTION_QUIT},
	{"F10", ACTION_QUIT},
	{"C-c", ACTION_QUIT},
	{"k", ACTION_UP},
	{"j", ACTION_DOWN},
};

static void the_contract_holds(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof contract / sizeof *contract; i++)
		assert_int_equal(action_of_key(key_parse(contract[i].key), IN_TABLE, NULL),
				 contract[i].action);
	assert_int_equal(action_of_key('k', IN_QUIT, NULL), ACTION_QUIT_KILL);
	unsigned which;
	assert_int_equal(action_of_key('0', IN_TABLE, &which), ACTION_TAB);
	assert_int_equal(which, 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_mean_one_thing),
		cmocka_unit_test(every_action_helps),
		cmocka_unit_test(commands_are_found),
		cmocka_unit_test(the_contract_holds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
