/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One table of named keys: how scripts and the help write them and what bytes
 * an xterm sends for them (to readline and to the target).
 */
#include "tui/base/key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "tui/base/utf8.h"

struct named {
	uint32_t key;
	const char *name;
	const char *bytes;
};

/* The first name of a key is the one it is written with. */
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

uint32_t key_parse(const char *name)
{
	size_t length = strlen(name), used;
	if (!length)
		return KEY_NONE;
	uint32_t code = utf8_decode(name, length, &used);
	if (used == length && code != 0xfffd && code >= 0x20)
		return code;
	if (length >= 3 && !strncmp(name, "C-", 2) && !name[3] && name[2] >= '?')
		return KEY_CTRL(name[2]);
	if (length >= 3 && !strncmp(name, "M-", 2)) {
		uint32_t key = key_parse(name + 2);
		return key ? key + KEY_META : KEY_NONE;
	}
	for (size_t i = 0; i < NAMES; i++)
		if (!strcasecmp(name, names[i].name))
			return names[i].key;
	return KEY_NONE;
}

void key_text(uint32_t key, char name[16])
{
	name[0] = 0;
	if (key >= KEY_META) {
		char rest[16];
		key_text(key - KEY_META, rest);
		snprintf(name, 16, "M-%.12s", rest);
		return;
	}
	for (size_t i = 0; i < NAMES; i++)
		if (names[i].key == key) {
			snprintf(name, 16, "%s", names[i].name);
			return;
		}
	if (key && key < 32) {
		uint32_t letter = key + 64;
		snprintf(name, 16, "C-%c",
			 (int)(letter >= 'A' && letter <= 'Z' ? letter + 32 : letter));
	} else if (key > 32 && key < KEY_NAMED) {
		name[utf8_encode(key, name)] = 0;
	}
}

size_t key_bytes(uint32_t key, char *bytes)
{
	if (key >= KEY_META) {
		bytes[0] = '\033';
		return 1 + key_bytes(key - KEY_META, bytes + 1);
	}
	for (size_t i = 0; i < NAMES; i++)
		if (names[i].key == key) {
			size_t length = strlen(names[i].bytes);
			memcpy(bytes, names[i].bytes, length);
			return length;
		}
	return key && key < KEY_NAMED ? utf8_encode(key, bytes) : 0;
}
