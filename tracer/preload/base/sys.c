/* SPDX-License-Identifier: MIT */
#include "tracer/preload/base/sys.h"

struct sys_gate sys_gate;
