/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tui/base/sheet.h"

void sheet_fit(struct list *list, size_t length, struct area area)
{
	list_fit(list, length, area.height > 1 ? area.height - 1 : 1);
}

static void sheet_put(struct canvas *canvas, const struct sheet *sheet,
		      const struct sheet_column *column, struct area cell, uint32_t style,
		      const char *text)
{
	if (column->left)
		canvas_put(canvas, cell.x + sheet->gap, cell.y, column->width - sheet->gap, style,
			   text);
	else
		canvas_put_right(canvas, cell.x, cell.y, column->width, style, text);
}

/* The part of a line after the columns; its width is 0 if nothing is left. */
static struct area rest_of(struct area line, unsigned x, unsigned gap)
{
	unsigned width = line.width > x + gap ? line.width - x - gap : 0;
	return (struct area){line.x + x + gap, line.y, width, 1};
}

static void draw_titles(const struct sheet *sheet, struct canvas *canvas, struct area line)
{
	unsigned x = 0;
	canvas_fill(canvas, line, STYLE_COLUMN);
	for (unsigned i = 0; i < sheet->length; i++) {
		const struct sheet_column *column = &sheet->columns[i];
		if (line.width < column->least)
			continue;
		sheet_put(canvas, sheet, column,
			  (struct area){ line.x + x, line.y, column->width, 1 },
			  STYLE_COLUMN, column->title);
		x += column->width;
	}
	struct area rest = rest_of(line, x, sheet->gap);
	canvas_put(canvas, rest.x, rest.y, rest.width, STYLE_COLUMN, sheet->rest);
}

static void sheet_draw_row(const struct sheet *sheet, size_t row, struct canvas *canvas,
			   struct area line)
{
	char text[SHEET_CELL];
	unsigned x = 0;
	if (sheet->mark)
		sheet->mark(sheet->user, row, canvas, line);
	for (unsigned i = 0; i < sheet->length; i++) {
		const struct sheet_column *column = &sheet->columns[i];
		if (line.width < column->least)
			continue;
		text[0] = 0;
		uint32_t style = sheet->cell(sheet->user, row, i, text);
		sheet_put(canvas, sheet, column,
			  (struct area){ line.x + x, line.y, column->width, 1 }, style,
			  text);
		x += column->width;
	}
	struct area rest = rest_of(line, x, sheet->gap);
	if (rest.width)
		sheet->draw(sheet->user, row, canvas, rest);
}

void sheet_draw(const struct sheet *sheet, const struct list *list, struct canvas *canvas,
		struct area area)
{
	draw_titles(sheet, canvas, (struct area){area.x, area.y, area.width, 1});
	if (sheet->empty)
		canvas_put(canvas, area.x + 2,
			   area.y + 1 + (unsigned)list->length + (area.height > 3),
			   area.width - 2, STYLE_DIM, sheet->empty);
	for (unsigned y = 0; y + 1 < area.height; y++) {
		size_t row = list_at(list, y);
		struct area line = {area.x, area.y + 1 + y, area.width, 1};
		if (row == SIZE_MAX)
			break;
		sheet_draw_row(sheet, row, canvas, line);
		if (row == list->selected)
			canvas_restyle(canvas, line, STYLE_SELECTED);
	}
}

bool sheet_click(struct list *list, unsigned y)
{
	size_t row = y ? list_at(list, y - 1) : SIZE_MAX;
	if (row == SIZE_MAX)
		return false;
	list_select(list, row);
	return true;
}
