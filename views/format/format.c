/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbers as tracemalloc prints them.  Rounding is printf's, to nearest even,
 * which is Python's too; nothing here asks the locale.
 */
#include "views/format/format.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void format_size(double size, bool sign, char text[FORMAT_MAX])
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};

	for (unsigned i = 0; i < 5; i++, size /= 1024) {
		double magnitude = size < 0 ? -size : size;

		if (i > 0 && magnitude < 100) {
			snprintf(text, FORMAT_MAX, sign ? "%+.1f %s" : "%.1f %s", size, units[i]);
			return;
		}
		if (magnitude < 10 * 1024 || i == 4) {
			snprintf(text, FORMAT_MAX, sign ? "%+.0f %s" : "%.0f %s", size, units[i]);
			return;
		}
	}
}

void format_count(uint64_t count, char text[FORMAT_MAX])
{
	char digits[FORMAT_MAX];
	size_t length = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, count);

	for (size_t i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			*text++ = ' ';
		*text++ = digits[i];
	}
	*text = '\0';
}

void format_rate(double rate, char text[FORMAT_MAX])
{
	static const char *const units[] = {"", " k", " M", " G", " T"};
	unsigned i = 0;

	if (!(rate > 0))
		rate = 0;
	/* From 999.5 on, a rate would be rounded to 1000. */
	while (rate >= 999.5 && i < 4) {
		rate /= 1000;
		i++;
	}
	snprintf(text, FORMAT_MAX, "%.*f%.2s",
		 i == 0 || rate >= 99.95 ? 0 : rate >= 9.995 ? 1 : 2, rate, units[i]);
}

void format_clock(double seconds, char text[FORMAT_MAX])
{
	uint64_t s = seconds > 0 && seconds < 1e15 ? (uint64_t)(seconds + 0.02) : 0;

	snprintf(text, FORMAT_MAX, "%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64, s / 3600,
		 s / 60 % 60, s % 60);
}

void format_span(double seconds, char text[FORMAT_MAX])
{
	static const struct {
		char name;
		uint64_t seconds;
	} units[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
	uint64_t s = seconds > 0 && seconds < 1e15 ? (uint64_t)seconds : 0, less;
	unsigned i = 0;

	while (i < 3 && s < units[i].seconds)
		i++;
	less = i < 3 ? s % units[i].seconds / units[i + 1].seconds : 0;
	/* It is below 60; what it is divided by shows the compiler that the text fits. */
	if (less)
		snprintf(text, FORMAT_MAX, "%" PRIu64 "%c%u%c", s / units[i].seconds,
			 units[i].name, (unsigned)less % 100, units[i + 1].name);
	else
		snprintf(text, FORMAT_MAX, "%" PRIu64 "%c", s / units[i].seconds, units[i].name);
}

void format_percent(double part, double whole, char text[FORMAT_MAX])
{
	double percent = whole > 0 ? part / whole * 100 : 0;

	if (percent <= 0)
		snprintf(text, FORMAT_MAX, "0");
	else if (percent < 0.1)
		snprintf(text, FORMAT_MAX, "<0.1");
	else if (part >= whole)
		snprintf(text, FORMAT_MAX, "%.0f", percent);
	else
		snprintf(text, FORMAT_MAX, "%.1f", percent > 99.9 ? 99.9 : percent);
}

static int parse_unit(const char *unit, unsigned *shift)
{
	static const char letters[] = "KMGT";
	const char *letter;

	*shift = 0;
	if (!*unit || !strcmp(unit, "B"))
		return 0;
	letter = strchr(letters, *unit >= 'a' ? *unit - 'a' + 'A' : *unit);
	if (!letter || !*letter || (unit[1] && strcmp(unit + 1, "iB")))
		return -EINVAL;
	*shift = 10 * (unsigned)(letter - letters + 1);
	return 0;
}

/* Reads the digits of `text` as value * 10^-scale; at most 18 of them are used. */
static const char *parse_digits(const char *text, uint64_t *value, unsigned *scale)
{
	bool point = false;
	const char *at = text;

	*value = 0;
	*scale = 0;
	for (; (*at >= '0' && *at <= '9') || (*at == '.' && !point); at++) {
		if (*at == '.') {
			point = true;
			continue;
		}
		if (*value > (UINT64_MAX - (uint64_t)(*at - '0')) / 10)
			return point ? at : NULL;
		*value = *value * 10 + (uint64_t)(*at - '0');
		*scale += point;
	}
	return at > text + point ? at : NULL;
}

/* Reads a number with a unit; units are powers of `base`. */
static int parse_number(const char *text, unsigned base, uint64_t *number)
{
	uint64_t value;
	unsigned scale, shift;
	const char *unit = parse_digits(text, &value, &scale);
	long double scaled;

	if (!unit || parse_unit(unit, &shift))
		return -EINVAL;
	scaled = (long double)value;
	for (; shift; shift -= 10)
		scaled *= base;
	while (scale--)
		scaled /= 10;
	if (scaled >= 0x1p64L)
		return -EINVAL;
	*number = (uint64_t)scaled;
	return 0;
}

int format_parse_size(const char *text, uint64_t *size)
{
	return parse_number(text, 1024, size);
}

int format_parse_count(const char *text, uint64_t *count)
{
	return parse_number(text, 1000, count);
}
