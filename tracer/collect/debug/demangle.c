/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libiberty's printers are called through their callback interface, which allocates
 * nothing: when the caller's buffer is full, a jump out of the callback ends a hostile
 * name whose text would never end.
 */
#include "tracer/collect/debug/demangle.h"

#include <ctype.h>
#include <setjmp.h>
#include <string.h>
#include <libiberty/demangle.h>

enum {
	LONGEST = 32768,                /* bytes, mangled; longer ones are not read */
	CXX_OPTIONS = DMGL_PARAMS | DMGL_ANSI | DMGL_RET_DROP
};

struct output {
	char *text;
	size_t length, size;
	jmp_buf full;
};

static void demangle_put(const char *bytes, size_t length, void *user)
{
	struct output *output = user;

	if (length >= output->size - output->length)
		longjmp(output->full, 1);
	memcpy(output->text + output->length, bytes, length);
	output->length += length;
}

/* Matches "_ZN...17h0123456789abcdefE", perhaps followed by ".llvm.123". */
static bool is_old_rust(const char *symbol, size_t length)
{
	const char *hash = NULL;

	for (const char *at = symbol; (at = strstr(at, "17h")) != NULL; at++)
		hash = at;
	if (length < 24 || !hash || hash[19] != 'E')
		return false;
	for (unsigned i = 3; i < 19; i++)
		if (!isxdigit((unsigned char)hash[i]))
			return false;
	return hash[20] == '\0' || hash[20] == '.';
}

static bool print(const char *symbol, bool rust, struct output *output)
{
	output->length = 0;
	if (setjmp(output->full))
		return false;
	if (rust)
		return rust_demangle_callback(symbol, DMGL_RUST, demangle_put, output);
	if (cplus_demangle_v3_callback(symbol, CXX_OPTIONS, demangle_put, output))
		return true;
	/* Without this option libiberty refuses names of more than 1,024 bytes.  With it,
	 * LONGEST limits how deep it recurses. */
	output->length = 0;
	return cplus_demangle_v3_callback(symbol, CXX_OPTIONS | DMGL_NO_RECURSE_LIMIT,
					  demangle_put, output);
}

/* libiberty of binutils before 2.36 refuses a Rust name with LLVM's ".llvm.123" behind it. */
static bool print_rust(const char *symbol, struct output *output)
{
	const char *more = strstr(symbol, ".llvm.");
	char name[4096];

	if (print(symbol, true, output))
		return true;
	if (!more || (size_t)(more - symbol) >= sizeof(name))
		return false;
	memcpy(name, symbol, (size_t)(more - symbol));
	name[more - symbol] = '\0';
	return print(name, true, output);
}

static bool readable(const char *symbol, size_t length, struct output *output,
		     enum lang *lang)
{
	bool itanium = strncmp(symbol, "_Z", 2) == 0;

	if (length > LONGEST)
		return false;
	if ((strncmp(symbol, "_R", 2) == 0 || (itanium && is_old_rust(symbol, length))) &&
	    print_rust(symbol, output)) {
		*lang = LANG_RUST;
		return true;
	}
	if (itanium && print(symbol, false, output)) {
		*lang = LANG_CXX;
		return true;
	}
	return false;
}

size_t demangle(const char *symbol, char *text, size_t size, enum lang *lang)
{
	struct output output = { .text = text, .size = size };
	enum lang found = LANG_NONE;
	size_t length = strlen(symbol);

	if (readable(symbol, length, &output, &found)) {
		length = output.length;
	} else {
		length = length < size ? length : size - 1;
		memcpy(text, symbol, length);
	}
	text[length] = '\0';
	if (lang)
		*lang = found;
	return length;
}
