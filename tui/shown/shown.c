/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tui/shown/shown.h"

#include <stdio.h>
#include <string.h>

void foot_say_list(struct foot *foot, bool error, const char *format, va_list arguments)
{
	vsnprintf(foot->text, sizeof foot->text, format, arguments);
	foot->error = error;
}

void foot_say(struct foot *foot, bool error, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	foot_say_list(foot, error, format, arguments);
	va_end(arguments);
}

void foot_fail_list(struct foot *foot, const char *format, va_list arguments)
{
	foot_say_list(foot, true, format, arguments);
	strcpy(foot->failure, foot->text);
	foot->failed_at = 0;
}

void foot_fail(struct foot *foot, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	foot_fail_list(foot, format, arguments);
	va_end(arguments);
}
