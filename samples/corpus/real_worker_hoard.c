/* SPDX-License-Identifier: MIT */
/*
 * real_worker_hoard.c - a list of released nodes per thread, without a bound, and nodes that change
 * the thread.
 *
 * One thread makes nodes and finds its own list empty each time. The other releases them: one in
 * three goes into its list, from which it takes nothing, and the rest, which are dirty, to the
 * heap.
 */
#include <pthread.h>

#include "work.h"

enum { NODES = 9000, PLACES = 32 };

struct node {
	struct node *next;
	char bytes[100];
};

static struct node *queue[PLACES];
static int first, queued;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static __thread struct node *released;

static struct node *take_node(void)
{
	struct node *node = released;

	if (node) {
		released = node->next;
		return node;
	}
	return calloc(1, sizeof *node);
}

static void put(struct node *node)
{
	pthread_mutex_lock(&lock);
	while (queued == PLACES)
		pthread_cond_wait(&changed, &lock);
	queue[(first + queued++) % PLACES] = node;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&lock);
}

static struct node *get(void)
{
	struct node *node;

	pthread_mutex_lock(&lock);
	while (queued == 0)
		pthread_cond_wait(&changed, &lock);
	node = queue[first];
	first = (first + 1) % PLACES;
	queued--;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&lock);
	return node;
}

static void *make(void *unused)
{
	for (int i = 0; i < NODES; i++) {
		work_parse();
		put(take_node());
	}
	return unused;
}

static void *release(void *unused)
{
	for (int i = 0; i < NODES; i++) {
		struct node *node = get();

		work_scratch();
		if (i % 3 == 0) {
			node->next = released; /* the bug: for a thread that never takes any */
			released = node;
		} else {
			free(node);
		}
	}
	return unused;
}

int main(void)
{
	pthread_t threads[2];

	pthread_create(&threads[0], NULL, make, NULL);
	pthread_create(&threads[1], NULL, release, NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);

	expect("site=take_node allocations=%d live_blocks=%d truth=leak verdict=leak|growing",
	       NODES, NODES / 3);
	return 0;
}
