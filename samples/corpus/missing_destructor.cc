// SPDX-License-Identifier: MIT
//
// missing_destructor.cc - a class that owns a buffer and has no destructor.
//
// The objects are released in order, the buffers stay. A report should show message::set_text as a
// leak and receive as balanced.
#include "work.h"

struct message {
	int sender = 0;
	char *text = nullptr; // the bug: ~message() should release it

	void set_text(int number);
};

void message::set_text(int number)
{
	text = new char[80];
	snprintf(text, 80, "message %d of the day", number);
}

static message *receive(int number)
{
	message *received = new message();

	received->sender = number % 7;
	if (number % 6 == 0) // most messages carry no text
		received->set_text(number);
	return received;
}

int main()
{
	message *previous = receive(0);

	for (int number = 1; number < 9000; number++) {
		message *next = receive(number);

		work_parse();
		delete previous;
		previous = next;
		work_reply();
	}
	delete previous;

	expect("site=message::set_text allocations=1500 live_blocks=1500 live_bytes=120000 truth=leak "
	       "verdict=leak|growing");
	expect("site=receive allocations=9000 live_blocks=0 truth=fine verdict=balanced");
	return 0;
}
