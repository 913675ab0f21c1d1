/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The calls of term.h, each by the operation of the terminal that it is given. */
#include "tui/term/term_ops.h"

void term_close(struct terminal *term)
{
	if (term)
		term->ops->close(term);
}

int term_fd(const struct terminal *term) { return term->ops->fd(term); }

void term_size(struct terminal *term, unsigned *width, unsigned *height)
{
	term->ops->size(term, width, height);
}

bool term_key(struct terminal *term, struct key_event *event, bool *gone)
{
	return term->ops->key(term, event, gone);
}

void term_show(struct terminal *term, const struct canvas *canvas, bool whole)
{
	term->ops->show(term, canvas, whole);
}

bool term_send(struct terminal *term, const char *sequence)
{
	return term->ops->send(term, sequence);
}

void term_leave(struct terminal *term) { term->ops->leave(term); }
void term_enter(struct terminal *term) { term->ops->enter(term); }
bool term_color(const struct terminal *term) { return term->ops->color(term); }
