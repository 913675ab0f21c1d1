/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tui/shown/shown.h"

#include <stdarg.h>
#include <stdio.h>

void foot_say(struct foot *foot, bool error, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(foot->text, sizeof foot->text, format, arguments);
	va_end(arguments);
	foot->error = error;
}

void foot_fail(struct foot *foot, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(foot->failure, sizeof foot->failure, format, arguments);
	va_end(arguments);
	foot->failed_at = 0;
	foot_say(foot, true, "%s", foot->failure);
}
