/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/debug/cache/places.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DEBUG "/usr/lib/debug"

struct listing {
	places_tell tell;
	void *user;
};

__attribute__((format(printf, 2, 3)))
static bool places_say(const struct listing *listing, const char *format, ...)
{
	char path[PATH_MAX];
	va_list values;

	va_start(values, format);
	int length = vsnprintf(path, sizeof(path), format, values);
	va_end(values);
	return length > 0 && length < (int)sizeof(path) && listing->tell(listing->user, path);
}

static bool tell_build_id(const struct listing *listing, const struct places_wish *wish)
{
	char rest[2 * 64 + 1] = "";

	if (wish->build_id_length < 2 || wish->build_id_length > 64)
		return true;
	for (size_t i = 1; i < wish->build_id_length; i++)
		snprintf(rest + 2 * (i - 1), 3, "%02x", wish->build_id[i]);
	return places_say(listing, DEBUG "/.build-id/%02x/%s.debug", wish->build_id[0],
			  rest);
}

/* Tries .debug beside the module, and the folder of all debug files followed by the
 * module's folder, with any number of that folder's first components removed. */
static bool tell_name(const struct listing *listing, const char *folder, const char *name)
{
	if (!places_say(listing, "%s/.debug/%s", folder, name))
		return false;
	for (const char *rest = folder; rest; rest = strchr(rest + 1, '/'))
		if (!places_say(listing, DEBUG "%s/%s", rest, name))
			return false;
	return places_say(listing, DEBUG "/%s", name);
}

/* Without a link the name is made up, and in the other folders the module's own name is
 * tried too. */
static bool tell_names(const struct listing *listing, const char *path, const char *link)
{
	const char *base = strrchr(path, '/');
	char folder[PATH_MAX], made_up[PATH_MAX];

	if (!base || snprintf(folder, sizeof(folder), "%.*s", (int)(base - path), path) >=
			     (int)sizeof(folder))
		return false;
	snprintf(made_up, sizeof(made_up), "%.4000s.debug", base + 1);
	if (!places_say(listing, "%s/%s", folder, link ? link : made_up) ||
	    !tell_name(listing, folder, link ? link : made_up))
		return false;
	return link || tell_name(listing, folder, base + 1);
}

bool places_list(const struct places_wish *wish, places_tell tell_one, void *user)
{
	const struct listing listing = { tell_one, user };

	if (!tell_build_id(&listing, wish) || !tell_names(&listing, wish->path, wish->link))
		return false;
	return !wish->real || strcmp(wish->real, wish->path) == 0 ||
	       tell_names(&listing, wish->real, wish->link);
}
