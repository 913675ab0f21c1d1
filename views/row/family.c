/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests the rules of families.def, one after the other. */
#include "views/row/family.h"
#include <fnmatch.h>
#include <stddef.h>

enum family_lang { NATIVE, RUST, PYTHON };

static const struct family_rule {
	enum frame_family family;
	size_t field;                   /* offset of a text in struct row_frame */
	enum family_lang lang;
	const char *glob;
} rules[] = {
#define RULE(ID, FIELD, LANG, GLOB) \
	{FAMILY_##ID, offsetof(struct row_frame, FIELD), LANG, GLOB},
#include "views/row/families.def"
#undef RULE
};

static const char *const family_names[FAMILIES] = {
	[FAMILY_NONE] = "",
#define FAMILY(ID, name) [FAMILY_##ID] = name,
#include "views/row/families.def"
#undef FAMILY
};

static bool family_speaks(const struct row_frame *frame, enum family_lang lang)
{
	return lang == PYTHON ? frame->lang == LANG_PYTHON
	       : lang == RUST ? frame->lang == LANG_RUST
			      : frame->lang != LANG_PYTHON;
}

enum frame_family family_of(const struct row_frame *frame)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct family_rule *rule = &rules[i];
		const char *const *text =
			(const char *const *)(const void *)((const char *)frame + rule->field);

		if (family_speaks(frame, rule->lang) &&
		    !fnmatch(rule->glob, *text, FNM_NOESCAPE))
			return rule->family;
	}
	return frame->wrapper ? FAMILY_WRAPPER : FAMILY_NONE;
}

const char *family_name(enum frame_family family)
{
	return (unsigned)family < FAMILIES ? family_names[family] : "";
}

size_t family_run(const struct row_frame *frames, size_t length, enum frame_family *family)
{
	size_t n = 1;

	*family = family_of(frames);
	while (*family && n < length && family_of(&frames[n]) == *family)
		n++;
	if (n < FAMILY_FOLDS)
		*family = FAMILY_NONE;
	return *family ? n : 1;
}
