/* SPDX-License-Identifier: MIT */
/*
 * real_rename.c - objects with a name; a new name is put in place of the old, which is forgotten.
 *
 * There are 400 objects from the start. Objects are also replaced by others, properly, and that is
 * where most names come from: renaming is one in 30.
 */
#include "work.h"

enum { OBJECTS = 400, STEPS = 12000 };

struct object {
	char *name;
	int id;
};

static struct object *objects[OBJECTS];
static int names_made, renamed;

static char *copy_name(int id)
{
	char name[80];

	snprintf(name, sizeof name, "object %d of the scene%*s", id, (int)roll(40), "");
	names_made++;
	return strdup(name);
}

static struct object *new_object(int id)
{
	struct object *object = malloc(sizeof *object);

	object->id = id;
	object->name = copy_name(id);
	return object;
}

static void delete_object(struct object *object)
{
	free(object->name);
	free(object);
}

static void rename_object(struct object *object, int id)
{
	object->name = copy_name(id); /* the bug */
	renamed++;
}

int main(void)
{
	for (int i = 0; i < OBJECTS; i++)
		objects[i] = new_object(i);
	for (int step = 0; step < STEPS; step++) {
		uint32_t place = roll(OBJECTS);

		work_scratch();
		work_document(2);
		if (roll(30) == 0) {
			rename_object(objects[place], step);
		} else {
			delete_object(objects[place]);
			objects[place] = new_object(step);
		}
	}

	expect("site=copy_name allocations=%d live_blocks=%d truth=leak verdict=leak|growing",
	       names_made, OBJECTS + renamed);
	expect("site=new_object live_blocks=%d truth=fine", OBJECTS);
	return 0;
}
