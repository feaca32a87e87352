/* SPDX-License-Identifier: MIT */
/*
 * object_pool.c - a free list that reaches its size early; from there on objects are reused.
 *
 * Whenever more objects are in use than ever before, the pool grows. After the first seventh of
 * the run that does not happen any more. A report should not show new_object as growing.
 */
#include "work.h"

enum { MOST = 150 };

struct object {
	struct object *next;
	char state[90];
};

static struct object *pool;
static int objects;

static struct object *new_object(void)
{
	objects++;
	return calloc(1, sizeof(struct object));
}

static struct object *take(void)
{
	struct object *object = pool;

	if (!object)
		return new_object();
	pool = object->next;
	return object;
}

static void give_back(struct object *object)
{
	object->next = pool;
	pool = object;
}

int main(void)
{
	for (int frame = 0; frame < 8000; frame++) {
		struct object *used[MOST];
		/* The scene is empty at first and gets its full size by frame 800. */
		int count = (int)roll(frame < 800 ? 2 + (uint32_t)frame * (MOST - 2) / 800 : MOST);

		for (int i = 0; i < count; i++)
			used[i] = take();
		work_table();
		work_scratch();
		for (int i = 0; i < count; i++)
			give_back(used[i]);
	}

	expect("site=new_object allocations=%d live_blocks=%d truth=fine", objects, objects);
	expect("live_blocks=%d complete=1", objects);
	return 0;
}
