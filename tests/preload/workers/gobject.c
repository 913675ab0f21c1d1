/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Instances of GLib's types: says its process ID, where each block is and what is to be found
 * there, as "ADDRESS SIZE NAME", then "end", and waits for its input to end.  Of the blocks of DemoLost
 * nobody has the address any more.  It needs nothing of GLib to be built; where there is no
 * GLib it says "none".
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef size_t type;                    /* GType */
#define OBJECT ((type)20 << 2)          /* G_TYPE_OBJECT */

static type (*type_register)(type parent, const char *name, unsigned class_size, void *class_init,
			     unsigned size, void *init, unsigned flags);
static int (*type_add_private)(type of, size_t size);
static void (*class_adjust)(void *class, int *offset);
static void *(*object_new)(type of, const char *none, ...);
static void *(*param_int)(const char *name, const char *nick, const char *blurb, int low, int high,
			  int value, unsigned flags);

struct instance {                       /* GObject, and what the demo's own types have */
	void *class, *of_object[2];
	long more[3];
};

static int offsets[4];
static const struct instance *kept[600];
static size_t kept_length;

/* Class structures are as large as GObject's own: 136 bytes. */
#define DEMO(i) static void class_init_##i(void *class) { class_adjust(class, &offsets[i]); }
DEMO(0)
DEMO(1)
DEMO(2)
DEMO(3)

static int load(void)
{
	/* Before GLib 2.76 instances are not blocks without it. */
	setenv("G_SLICE", "always-malloc", 1);
	void *library = dlopen("libgobject-2.0.so.0", RTLD_NOW);

	if (!library)
		return 0;
#define LOAD(to, name) (*(void **)&to = dlsym(library, name))
	return LOAD(type_register, "g_type_register_static_simple") &&
	       LOAD(type_add_private, "g_type_add_instance_private") &&
	       LOAD(class_adjust, "g_type_class_adjust_private_offset") &&
	       LOAD(object_new, "g_object_new") && LOAD(param_int, "g_param_spec_int");
}

static void say(const void *instance, size_t before, size_t size, const char *name)
{
	printf("%zx %zu %s\n", (size_t)instance - before, before + size, name);
	kept[kept_length++] = instance;
}

static type demo(type parent, const char *name, size_t private, int i, void *class_init)
{
	type made = type_register(parent, name, 136, class_init, sizeof(struct instance), NULL, 0);

	offsets[i] = type_add_private(made, private);
	return made;
}

__attribute__((noinline)) static void lose(type lost)
{
	for (int i = 0; i < 200; i++)
		object_new(lost, NULL);
}

/* Stale copies on the stack below. */
__attribute__((noinline)) static void scrub(void)
{
	volatile char room[16384];

	memset((void *)room, 0, sizeof(room));
	__asm__ volatile("" : : "r"(room) : "memory");
}

/* Not instances, but for one thing each. */
static void say_others(const struct instance *node)
{
	size_t size = 48 + sizeof(*node);
	char *shifted = calloc(1, size), *larger = calloc(1, size + 8);

	memcpy(shifted + 40, &node->class, 8);  /* private data is 48 bytes */
	memcpy(larger + 48, &node->class, 8);
	say(shifted, 0, size, "-");
	say(larger, 0, size + 8, "-");
	say(malloc(sizeof(*node)), 0, sizeof(*node), "-");
}

int main(void)
{
	if (!load()) {
		puts("none");
		return 0;
	}
	printf("%d\n", (int)getpid());
	type node = demo(OBJECT, "DemoNode", 40, 0, class_init_0);
	type leaf = demo(node, "DemoLeaf", 100, 1, class_init_1);
	type twig = demo(leaf, "DemoTwig-with_all+3", 3000, 2, class_init_2);
	type lost = demo(node, "DemoLost", 8, 3, class_init_3);
	type same = type_register(node, "DemoSame", 136, NULL, sizeof(struct instance), NULL, 0);

	lose(lost);
	scrub();
	for (int i = 0; i < 100; i++) {
		say(object_new(node, NULL), 48, sizeof(struct instance), "DemoNode");
		say(object_new(leaf, NULL), 48 + 112, sizeof(struct instance), "DemoLeaf");
		say(object_new(same, NULL), 48, sizeof(struct instance), "DemoSame");
	}
	say_others(kept[0]);
	say(object_new(twig, NULL), 48 + 112 + 3008, sizeof(struct instance), "DemoTwig-with_all+3");
	say(object_new(OBJECT, NULL), 0, 24, "GObject");
	/* Whether it has private data depends on the version. */
	kept[kept_length++] = param_int("n", NULL, NULL, 0, 9, 3, 3);
	puts("end");
	fflush(stdout);
	return getchar() == EOF && kept[0] ? 0 : 1;
}
