// SPDX-License-Identifier: MIT
//
// real_thread_parser.cc - a parser per thread, in a program that has a thread per request.
//
// The pointer is thread-local, and nobody deletes what it points to when the thread ends.
#include <pthread.h>

#include <string>

#include "work.h"

struct parser {
	std::string scratch;
	int lines = 0;
};

static parser *current_parser()
{
	static thread_local parser *mine;

	if (!mine) {
		mine = new parser; // the bug: a plain pointer
		mine->scratch.assign(200, ' ');
	}
	return mine;
}

static void *serve(void *request)
{
	for (int i = 0; i < 8; i++) {
		current_parser()->lines++;
		work_parse();
		work_reply();
	}
	return request;
}

int main()
{
	for (int group = 0; group < 60; group++) {
		pthread_t threads[3];

		for (pthread_t &thread : threads)
			pthread_create(&thread, nullptr, serve, nullptr);
		for (pthread_t &thread : threads)
			pthread_join(thread, nullptr);
		work_document(3);
	}

	expect("site=current_parser allocations=360 live_blocks=360 truth=leak "
	       "verdict=leak|growing");
	expect("threads=181 complete=1");
	return 0;
}
