/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A program to test for its memory: it makes a report of a given number of rows with 1
 * KiB each.
 *
 * 	memtop check --max-peak=5M -- ./build_report
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row {
	struct row *next;
	char *blob;
};

static struct row *make_row(struct row *next)
{
	struct row *row = malloc(sizeof(*row));

	if (!row || !(row->blob = malloc(1024)))
		exit(1);
	memset(row->blob, 'x', 1024);
	row->next = next;
	return row;
}

static struct row *build_report(unsigned rows)
{
	struct row *report = NULL;

	while (rows--)
		report = make_row(report);
	return report;
}

static void free_report(struct row *report)
{
	while (report) {
		struct row *next = report->next;

		free(report->blob);
		free(report);
		report = next;
	}
}

int main(int argc, char **argv)
{
	free_report(build_report(argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 2000));
	return 0;
}
