/* SPDX-License-Identifier: MIT */
#ifndef TRACER_MACHINE_X86_64_ELF_H
#define TRACER_MACHINE_X86_64_ELF_H
/* What ELF files of this machine say of themselves (System V ABI, AMD64 supplement, 4). */
#include <elf.h>
#include <linux/audit.h>

#define MACHINE_NAME "x86-64"
#define MACHINE_ELF EM_X86_64
#define MACHINE_ELF_32 EM_386           /* the machine of 32-bit files */
#define MACHINE_AUDIT AUDIT_ARCH_X86_64 /* for seccomp filters */

/* Relocations: a function's slot, a variable's, an address with an addend, and one of
 * the module's own. */
#define MACHINE_R_SLOT R_X86_64_JUMP_SLOT
#define MACHINE_R_DATA R_X86_64_GLOB_DAT
#define MACHINE_R_ADDRESS R_X86_64_64
#define MACHINE_R_RELATIVE R_X86_64_RELATIVE

#endif
