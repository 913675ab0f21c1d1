/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tracer/collect/attach/standby.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "tracer/collect/attach/call.h"
#include "tracer/collect/target/launch.h"

void standby_run(char *const *argv, struct error *error)
{
	char path[PATH_MAX], library[PATH_MAX];

	if (launch_check(argv[0], path, error) || launch_library(library, error))
		return;
	call_sweep();
	char **environment = launch_environment_standby(library);

	errno = ENOMEM;
	if (environment)
		execve(path, argv, environment);
	error->status = 125;
	snprintf(error->text, sizeof(error->text), "can't run %.300s: %s", argv[0],
		 strerror(errno));
	launch_environment_free(environment);
}
