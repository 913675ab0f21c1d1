/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From an address to lines: the line table gives the line of the innermost code, and each
 * inlined function around it tells where it was called.  Neither is trusted: loops only
 * go forward and are counted.
 */
#include "tracer/collect/debug/chain.h"

#include <dwarf.h>
#include <limits.h>
#include <stdbool.h>
#include "tracer/ground/bisect.h"

enum { LINES_BACK = 64, CHILDREN_MAX = 1000000, DEPTH_MAX = 4096 };

/* Languages that are newer than the constants of the installed library are given as
 * numbers. */
static const struct {
	int code;
	enum lang lang;
} languages[] = {
	{ DW_LANG_C, LANG_C },
	{ DW_LANG_C89, LANG_C },
	{ DW_LANG_C99, LANG_C },
	{ DW_LANG_C11, LANG_C },
	{ 0x2c, LANG_C },               /* C17 */
	{ 0x3e, LANG_C },               /* C23 */
	{ DW_LANG_C_plus_plus, LANG_CXX },
	{ DW_LANG_C_plus_plus_03, LANG_CXX },
	{ DW_LANG_C_plus_plus_11, LANG_CXX },
	{ DW_LANG_C_plus_plus_14, LANG_CXX },
	{ 0x2b, LANG_CXX },             /* C++17 */
	{ 0x2d, LANG_CXX },             /* C++20 */
	{ 0x3a, LANG_CXX },             /* C++23 */
	{ DW_LANG_Rust, LANG_RUST },
};

enum lang chain_lang(Dwarf_Die *cu)
{
	int code = dwarf_srclang(cu);

	for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++)
		if (languages[i].code == code)
			return languages[i].lang;
	return LANG_NONE;
}

const char *chain_linker_name(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;

	if (!dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute) &&
	    !dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attribute))
		return NULL;
	return dwarf_formstring(&attribute);
}

const char *chain_folder(Dwarf_Die *cu)
{
	Dwarf_Attribute attribute;
	return dwarf_formstring(dwarf_attr(cu, DW_AT_comp_dir, &attribute));
}

static Dwarf_Addr row_address(Dwarf_Lines *rows, size_t at)
{
	Dwarf_Addr address = 0;

	dwarf_lineaddr(dwarf_onesrcline(rows, at), &address);
	return address;
}

/* The last row that has a line before an address, in the same sequence. */
static Dwarf_Line *row_before(Dwarf_Die *cu, Dwarf_Addr address, int *line)
{
	Dwarf_Lines *rows;
	size_t count, at;

	if (dwarf_getsrclines(cu, &rows, &count) != 0)
		return NULL;
	BISECT(at, count, row_address(rows, at) <= address);
	for (unsigned back = 0; at > 0 && back < LINES_BACK; back++) {
		Dwarf_Line *row = dwarf_onesrcline(rows, --at);
		bool ends = false;
		if (dwarf_lineendsequence(row, &ends) != 0 || ends)
			return NULL;
		if (dwarf_lineno(row, line) == 0 && *line > 0)
			return row;
	}
	return NULL;
}

/* Line 0 marks code that belongs to no line of the source.  For such an address this
 * takes the last row before it that has a line. */
struct chain_position chain_row(Dwarf_Die *cu, Dwarf_Addr address)
{
	struct chain_position position = { 0 };
	Dwarf_Line *row = dwarf_getsrc_die(cu, address);

	if (row && dwarf_lineno(row, &position.line) == 0 && position.line == 0)
		row = row_before(cu, address, &position.line);
	if (row)
		position.file = dwarf_linesrc(row, NULL, NULL);
	return position;
}

struct chain_position chain_call(Dwarf_Die *body, Dwarf_Die *inlined)
{
	struct chain_position position = { 0 };
	Dwarf_Attribute attribute;
	Dwarf_Word file, line;
	Dwarf_Files *files;
	size_t count;

	if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &line) !=
		    0 ||
	    line > INT_MAX ||
	    dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &file) !=
		    0 ||
	    dwarf_getsrcfiles(body, &files, &count) != 0 || file >= count)
		return position;
	position.line = (int)line;
	position.file = dwarf_filesrc(files, file, NULL, NULL);
	return position;
}

/* The child block or inlined function that contains the address. */
static bool step_inside(Dwarf_Die *die, Dwarf_Addr address, Dwarf_Die *inside)
{
	Dwarf_Off before = dwarf_dieoffset(die);
	Dwarf_Die child, next;

	if (dwarf_child(die, &child) != 0)
		return false;
	for (unsigned n = 0; n < CHILDREN_MAX && dwarf_dieoffset(&child) > before; n++) {
		int tag = dwarf_tag(&child);
		if ((tag == DW_TAG_inlined_subroutine || tag == DW_TAG_lexical_block ||
		     tag == DW_TAG_try_block || tag == DW_TAG_catch_block) &&
		    dwarf_haspc(&child, address) > 0) {
			*inside = child;
			return true;
		}
		before = dwarf_dieoffset(&child);
		if (dwarf_siblingof(&child, &next) != 0)
			return false;
		child = next;
	}
	return false;
}

size_t chain_find(const Dwarf_Die *function, Dwarf_Addr address, Dwarf_Die *chain,
		  size_t max)
{
	size_t length = 1;
	Dwarf_Die at = *function, inside;

	chain[0] = *function;
	for (unsigned depth = 0; depth < DEPTH_MAX && length < max; depth++) {
		if (!step_inside(&at, address, &inside))
			break;
		if (dwarf_tag(&inside) == DW_TAG_inlined_subroutine)
			chain[length++] = inside;
		at = inside;
	}
	return length;
}
