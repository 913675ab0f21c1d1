/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One table of named keys: how scripts and the help write them, and which bytes an xterm
 * sends for them (to readline and to the target).
 */
#include "tui/base/key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "tracer/ground/utf8.h"

struct named {
	uint32_t key;
	const char *name;
	const char *bytes;
};

/* Where a key has several names, the first is the one that is written. */
static const struct named names[] = {
	{KEY_ENTER_, "Enter", "\r"},
	{KEY_ENTER_, "Return", "\r"},
	{KEY_ESC, "Esc", "\033"},
	{KEY_TAB_, "Tab", "\t"},
	{KEY_SHIFT_TAB, "S-Tab", "\033[Z"},
	{KEY_SPACE, "space", " "},
	{KEY_BACK, "Backspace", "\177"},
	{KEY_GO_UP, "Up", "\033[A"},
	{KEY_GO_DOWN, "Down", "\033[B"},
	{KEY_GO_LEFT, "Left", "\033[D"},
	{KEY_GO_RIGHT, "Right", "\033[C"},
	{KEY_PGUP, "PgUp", "\033[5~"},
	{KEY_PGDN, "PgDn", "\033[6~"},
	{KEY_HOME_, "Home", "\033[H"},
	{KEY_END_, "End", "\033[F"},
	{KEY_INSERT, "Insert", "\033[2~"},
	{KEY_DELETE, "Delete", "\033[3~"},
	{KEY_FN + 1, "F1", "\033OP"},
	{KEY_FN + 2, "F2", "\033OQ"},
	{KEY_FN + 3, "F3", "\033OR"},
	{KEY_FN + 4, "F4", "\033OS"},
	{KEY_FN + 5, "F5", "\033[15~"},
	{KEY_FN + 6, "F6", "\033[17~"},
	{KEY_FN + 7, "F7", "\033[18~"},
	{KEY_FN + 8, "F8", "\033[19~"},
	{KEY_FN + 9, "F9", "\033[20~"},
	{KEY_FN + 10, "F10", "\033[21~"},
	{KEY_FN + 11, "F11", "\033[23~"},
	{KEY_FN + 12, "F12", "\033[24~"},
};
#define NAMES (sizeof names / sizeof *names)

/* The prefixes of key names for modifiers, and the number that an xterm adds for each. */
static const struct {
	uint32_t key;
	const char *prefix;
	unsigned weight;
} modifiers[] = {{KEY_META, "M-", 2}, {KEY_CONTROLLED, "C-", 4}, {KEY_SHIFTED, "S-", 1}};
#define MODIFIERS (sizeof modifiers / sizeof *modifiers)

static uint32_t parse_named(const char *name)
{
	for (size_t i = 0; i < NAMES; i++)
		if (!strcasecmp(name, names[i].name))
			return names[i].key;
	return KEY_NONE;
}

uint32_t key_parse(const char *name)
{
	size_t length = strlen(name);
	uint32_t code, rest;
	if (!length)
		return KEY_NONE;
	if (utf8_decode(name, length, &code) == length && !utf8_escaped(code) && code >= 0x20)
		return code;
	if (length >= 3 && !strncmp(name, "C-", 2) && !name[3] && name[2] >= '?')
		return KEY_CTRL(name[2]);
	if ((code = parse_named(name)))
		return code;
	for (size_t i = 0; i < MODIFIERS; i++)
		if (!strncmp(name, modifiers[i].prefix, 2) && (rest = key_parse(name + 2)) &&
		    (rest >= KEY_NAMED || modifiers[i].key == KEY_META))
			return rest | modifiers[i].key;
	return KEY_NONE;
}

static const struct named *named_of(uint32_t key)
{
	for (size_t i = 0; i < NAMES; i++)
		if (names[i].key == key)
			return &names[i];
	return NULL;
}

void key_text(uint32_t key, char name[16])
{
	size_t n = 0;
	for (size_t i = 0; i < MODIFIERS; i++)
		if (key & modifiers[i].key)
			n += (size_t)snprintf(name + n, 16 - n, "%s", modifiers[i].prefix);
	name[n] = 0;
	key &= ~(uint32_t)KEY_MODIFIERS;
	const struct named *named = named_of(key);
	if (named) {
		snprintf(name + n, 16 - n, "%s", named->name);
	} else if (key && key < 32) {
		uint32_t letter = key + 64;
		snprintf(name + n, 16 - n, "C-%c",
			 (int)(letter >= 'A' && letter <= 'Z' ? letter + 32 : letter));
	} else if (key > 32 && key < KEY_NAMED) {
		n += utf8_encode(key, name + n);
		name[n] = 0;
	}
}

/* The bytes of a key with modifiers: "[A" becomes "[1;5A", "[5~" becomes "[5;5~", "OP"
 * becomes "[1;5P". */
static size_t modified_bytes(const char *plain, unsigned weight, char *bytes)
{
	size_t length = strlen(plain);
	return (size_t)snprintf(bytes, 16, "\033[%.*s;%u%c",
				length > 3 ? (int)length - 3 : 1,
				length > 3 ? plain + 2 : "1", weight + 1, plain[length - 1]);
}

size_t key_bytes(uint32_t key, char *bytes)
{
	unsigned weight = 0;
	for (size_t i = 0; i < MODIFIERS; i++)
		if (key & modifiers[i].key)
			weight += modifiers[i].weight;
	const struct named *named = named_of(key & ~(uint32_t)KEY_MODIFIERS);
	if (weight && named && named->bytes[0] == '\033' && named->bytes[1] &&
	    named->key != KEY_SHIFT_TAB)
		return modified_bytes(named->bytes, weight, bytes);
	if (key & KEY_META) {
		bytes[0] = '\033';
		return 1 + key_bytes(key & ~(uint32_t)KEY_META, bytes + 1);
	}
	if (named) {
		size_t length = strlen(named->bytes);
		memcpy(bytes, named->bytes, length);
		return length;
	}
	return key && key < KEY_NAMED ? utf8_encode(key, bytes) : 0;
}

/* Reads the numbers of a sequence ("1;5").  False if it contains anything else. */
static bool numbers_of(const char *text, size_t length, unsigned numbers[2])
{
	unsigned n = 0;
	for (size_t i = 0; i < length; i++) {
		if (text[i] == ';' && !n)
			n++;
		else if (text[i] >= '0' && text[i] <= '9' && numbers[n] < 1000)
			numbers[n] = numbers[n] * 10 + (unsigned)(text[i] - '0');
		else
			return false;
	}
	return true;
}

uint32_t key_of_sequence(const char *sequence, size_t length)
{
	static const struct named others[] = {
		{KEY_PASTE, "", "\033[200~"}, {KEY_PASTED, "", "\033[201~"},
		{KEY_HOME_, "", "\033[1~"},   {KEY_END_, "", "\033[4~"},
		{KEY_HOME_, "", "\033[7~"},   {KEY_END_, "", "\033[8~"},
	};
	unsigned numbers[2] = {0};
	char plain[16];
	uint32_t key = KEY_NONE;
	if (length < 2 || !numbers_of(sequence + 1, length - 2, numbers))
		return KEY_NONE;
	/* Without modifiers, SS3 and CSI mean the same except for F1 to F4. */
	char final = sequence[length - 1];
	if (final == '~')
		snprintf(plain, sizeof plain, "\033[%u~", numbers[0]);
	else
		snprintf(plain, sizeof plain, "\033%c%c",
			 final >= 'P' && final <= 'S' ? 'O' : '[', final);
	for (size_t i = 0; i < NAMES; i++)
		if (!strcmp(names[i].bytes, plain))
			key = names[i].key;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (!strcmp(others[i].bytes, plain))
			key = others[i].key;
	for (size_t i = 0; i < MODIFIERS && key && numbers[1]; i++)
		if ((numbers[1] - 1) & modifiers[i].weight)
			key |= modifiers[i].key;
	return key;
}
