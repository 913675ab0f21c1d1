/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The user's list of filters: an array in the order in which they are shown. */
#include "views/filter/saved.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MOST 32u
#define NAME_CHARACTERS                                                                  \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"

static void free_filter(struct saved_filter *filter)
{
	filter_free(filter->filter);
	free(filter->text);
	free(filter->name);
}

void saved_clear(struct saved_filters *saved)
{
	while (saved->length)
		free_filter(&saved->all[--saved->length]);
	free(saved->all);
	saved->all = NULL;
}

size_t saved_find(const struct saved_filters *saved, const char *name)
{
	size_t i = 0;
	for (; i < saved->length; i++) {
		const char *other = saved->all[i].name;
		if (name ? other && !strcmp(other, name) : !other)
			break;
	}
	return i;
}

void saved_drop(struct saved_filters *saved, size_t place)
{
	if (place >= saved->length)
		return;
	free_filter(&saved->all[place]);
	memmove(&saved->all[place], &saved->all[place + 1],
		(saved->length - place - 1) * sizeof *saved->all);
	saved->length--;
}

void saved_swap(struct saved_filters *saved, size_t place, size_t other)
{
	assert(place < saved->length && other < saved->length);
	struct saved_filter moved = saved->all[place];
	saved->all[place] = saved->all[other];
	saved->all[other] = moved;
}

/* Makes room at a place.  NULL: the list is full. */
static struct saved_filter *insert_filter(struct saved_filters *saved, size_t place)
{
	size_t n = saved->length;
	assert(place <= n && n <= FILTERS_MAX);
	struct saved_filter *all =
		n < FILTERS_MAX ? realloc(saved->all, (n + 1) * sizeof *all) : NULL;
	if (!all)
		return NULL;
	saved->all = all;
	memmove(all + place + 1, all + place, (n - place) * sizeof *all);
	saved->length++;
	all[place] = (struct saved_filter){.on = true};
	return &all[place];
}

bool saved_set(struct saved_filters *saved, size_t place, const char *text,
	       struct filter_error *error)
{
	struct filter *filter = filter_parse(text, error);
	if (!filter)
		return false;
	if (!text[strspn(text, " \t")]) {
		filter_free(filter);
		saved_drop(saved, place);
		return true;
	}
	char *copy = strdup(text);
	struct saved_filter *one =
		!copy ? NULL
		: place < saved->length
			? &saved->all[place]
			: insert_filter(saved, place == SIZE_MAX ? 0 : saved->length);
	if (!one) {
		*error = (struct filter_error){.text = "no room for another filter"};
		filter_free(filter);
		free(copy);
		return false;
	}
	filter_free(one->filter);
	free(one->text);
	one->text = copy;
	one->filter = filter;
	one->on = true;
	return true;
}

bool saved_name(struct saved_filters *saved, size_t place, const char *name,
		struct filter_error *error)
{
	if (name[strspn(name, NAME_CHARACTERS)] || strlen(name) > NAME_MOST ||
	    !strcmp(name, "-")) {
		*error = (struct filter_error){
			.text = "a name has letters, digits, _ . and -, 32 at most"};
		return false;
	}
	size_t other = saved_find(saved, name);
	if (other < saved->length && other != place) {
		snprintf(error->text, sizeof error->text, "another filter is named %s", name);
		return false;
	}
	char *copy = name[0] ? strdup(name) : NULL;
	if (name[0] && !copy) {
		*error = (struct filter_error){.text = "no memory for a name"};
		return false;
	}
	assert(place < saved->length);
	free(saved->all[place].name);
	saved->all[place].name = copy;
	return true;
}

void saved_active(const struct saved_filters *saved, size_t but, size_t most,
		  struct filter_list *list)
{
	assert(most <= FILTERS_MAX);
	list->length = 0;
	for (size_t i = 0; i < saved->length && list->length < most; i++)
		if (saved->all[i].on && i != but)
			list->filters[list->length++] = saved->all[i].filter;
}
