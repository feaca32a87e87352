/* SPDX-License-Identifier: MIT */
/*
 * protocol.h - the shared memory between the recorded process and the collector.
 *
 * The only header that both sides include: layouts and constants, no functions, no pointers.
 * One region (a memfd, or a file when nobody collects) belongs to one process image, from its
 * first event until exit or exec; a forked child gets a region of its own.
 *
 *	offset 0		struct region_header
 *	modules_offset		struct module_entry [module_slots]
 *	names_offset		bytes, append-only: paths, argv
 *	unrecorded_offset	struct unrecorded_entry [unrecorded_slots]
 *	python_codes_offset	struct python_code [python_codes]
 *	python_text_offset	bytes, append-only: what Python's code objects are called
 *	slots_offset		uint32_t [stack_slots], hash table of node ids, 0 is empty
 *	nodes_offset		struct stack_node [stack_nodes], node 0 is "no stack"
 *	rings_offset		ring_slots times { struct ring_header, padded to RING_HEADER_BYTES;
 *				struct event_record [ring_events] }
 *
 * The file is sparse and sized for all rings at once; a ring's pages exist once a thread took it.
 * Invariant of every ring: tail <= head <= tail + ring_events; records in [tail, head) are whole.
 * The producer writes head (release) after the records; the collector writes tail (release) after
 * it has copied them. Both count records since the start and never wrap.
 */
#ifndef TENURE_PROTOCOL_H
#define TENURE_PROTOCOL_H

#include <stdint.h>

#define REGION_MAGIC 0x314e474552524e54ull /* "TNRREGN1", little endian */
#define PROTOCOL_VERSION 8

/* Capacities. The hostile build (make check-hostile) shrinks them with -D. */
#ifndef RING_EVENTS
#define RING_EVENTS 16384u /* records per ring, a power of two: 512 KiB */
#endif
#ifndef RING_SLOTS
#define RING_SLOTS 8192u /* threads alive at the same time */
#endif
#ifndef STACK_NODES
#define STACK_NODES (1u << 20) /* 16 MiB of address space, touched as used */
#endif
#ifndef STACK_SLOTS
#define STACK_SLOTS (2u * STACK_NODES) /* a power of two */
#endif
#ifndef MODULE_SLOTS
#define MODULE_SLOTS 2048u
#endif
#ifndef NAMES_BYTES
#define NAMES_BYTES (512u << 10)
#endif
#ifndef UNRECORDED_SLOTS
#define UNRECORDED_SLOTS 64u
#endif
#ifndef PYTHON_CODES
#define PYTHON_CODES (1u << 17)
#endif
#ifndef PYTHON_TEXT_BYTES
#define PYTHON_TEXT_BYTES (16u << 20)
#endif
#define RING_HEADER_BYTES 4096u

/* What a stamp counts. */
enum clock_kind {
	CLOCK_STAMP_NS = 1, /* CLOCK_MONOTONIC, nanoseconds */
	CLOCK_STAMP_TSC = 2, /* time stamp counter, invariant and synchronised over cores */
};

enum region_flag {
	REGION_FORKED = 1u << 0, /* began as a fork: blocks of the parent are live in it */
	REGION_OWN_ALLOCATOR = 1u << 1, /* the executable defines malloc: its calls pass us by */
	REGION_DEEPBIND = 1u << 2, /* a module was opened with RTLD_DEEPBIND: its calls may too */
	REGION_UNCOLLECTED = 1u << 3, /* no collector: rings are never drained */
	REGION_NO_STACKS = 1u << 4, /* all events have stack 0, because that was asked for */
};

/* How a process says that it is about to end; a process killed by a signal says nothing. */
enum end_kind {
	END_NONE = 0,
	END_EXIT = 1, /* exit() or return from main; end_status holds the status */
	END_UNDERSCORE_EXIT = 2, /* _exit, _Exit */
	END_QUICK_EXIT = 3,
	END_EXEC = 4, /* execve is about to replace the image (reset if it fails) */
};

/* Why a thread asks for a snapshot of the process. */
enum snapshot_cause {
	SNAPSHOT_AT_END = 1, /* exit handlers have run, or _exit or quick_exit was called */
	SNAPSHOT_AFTER_MAIN, /* the same, after main has returned */
	SNAPSHOT_AT_TEARDOWN, /* a language's runtime is about to take itself apart */
	SNAPSHOT_CALL, /* the program asks for it, by tenure.h or by LeakSanitizer's interface */
};

#define SNAPSHOT_REGISTERS 32u

/*
 * The collector, as its tracer, may lead a thread to detour_code, to make one system call after the
 * other there. Should the collector be killed meanwhile the thread finds its way back: behind the call it
 * goes on as a register says (x86-64: r12), and what it comes back to lies, as for the end of a signal
 * handler, where its stack pointer is.
 */
enum detour_way {
	DETOUR_BACK = 0,
	DETOUR_BACK_UNLESS_COPY =
		1, /* who got 0 from the call is the copy of a process, and ends */
	DETOUR_END = 2, /* is such a copy */
};

/* Every field names its writer: T the target, C the collector; "once" is before the hello message. */
struct region_header {
	uint64_t magic; /* T once */
	uint32_t version; /* T once */
	uint32_t clock_kind; /* T once: enum clock_kind */
	uint32_t module_slots, names_bytes, stack_slots, stack_nodes; /* T once: capacities */
	uint32_t ring_slots, ring_events; /* T once */
	uint32_t unrecorded_slots; /* T once */
	uint32_t python_codes, python_text_bytes; /* T once */
	uint32_t thread_state_bytes; /* T once: size of what ring_header.thread_state points to */
	uint64_t modules_offset, names_offset, unrecorded_offset, python_codes_offset,
		python_text_offset, slots_offset, nodes_offset, rings_offset; /* T once */
	uint64_t region_bytes; /* T once: size of the file */
	int32_t pid, parent_pid; /* T once: as the process itself sees them */
	uint64_t start_stamp; /* T once */
	uint64_t start_monotonic_ns; /* T once: CLOCK_MONOTONIC at start_stamp */
	uint64_t start_realtime_ns; /* T once: CLOCK_REALTIME at start_stamp */
	uint32_t exe_offset, exe_bytes; /* T once: path of the executable, in names */
	uint32_t name_offset, name_bytes; /* T once: what was executed: a link to it, a script */
	uint32_t argv_offset, argv_bytes; /* T once: arguments, each ended by NUL, maybe cut */
	uint32_t cwd_offset, cwd_bytes; /* T once */
	uint64_t sample_interval_bytes; /* T once: mean distance of samples, 0 records everything */
	uint64_t detour_code; /* T once: see enum detour_way; 0: there is none */
	uint64_t detour_stack, detour_stack_bytes; /* T once: memory for the detour alone */

	_Atomic uint32_t flags __attribute__((aligned(64))); /* T: enum region_flag */
	_Atomic uint32_t end_kind; /* T: enum end_kind */
	_Atomic int32_t end_status; /* T: exit status, valid with END_EXIT .. END_QUICK_EXIT */
	_Atomic uint32_t rings_used; /* T: rings [0, rings_used) have been mapped at least once */
	_Atomic uint32_t modules_used; /* T: entries [0, modules_used) are readable */
	_Atomic uint32_t names_used; /* T */
	_Atomic uint32_t nodes_used; /* T: next free node; may exceed stack_nodes when full */
	_Atomic uint32_t unload_count; /* T: dlclose calls that unmapped something */
	_Atomic uint64_t stacks_truncated; /* T: stacks cut because the table was full */
	_Atomic uint64_t modules_lost; /* T: modules that found no room in the table */
	_Atomic uint64_t events_unattached; /* T: events of threads that could get no ring (lost) */
	_Atomic uint64_t unrecorded_lost; /* T: executions that found no room in their table */

	_Atomic uint64_t heartbeat
		__attribute__((aligned(64))); /* C: grows with every drain pass */
	_Atomic uint32_t collector_gone; /* C: set when it stops draining for good */
	_Atomic uint32_t asleep; /* C: it sleeps on bell; cleared by whoever wakes it */

	_Atomic uint32_t bell __attribute__((aligned(64))); /* T: futex word, counts how often it
							     * was rung: see ring.h */

	/*
	 * A thread that wants a snapshot says what of it is alive, then raises asked and waits until
	 * answered, a futex word, has come as far: the registers are those of its caller, and below
	 * the stack pointer nothing counts.
	 */
	_Atomic uint32_t snapshot_asked __attribute__((aligned(64))); /* T, as are: */
	uint32_t snapshot_cause; /* enum snapshot_cause */
	int32_t snapshot_tid;
	uint32_t snapshot_register_count; /* up to SNAPSHOT_REGISTERS */
	uint64_t snapshot_stack_pointer, snapshot_thread_pointer;
	uint64_t snapshot_registers[SNAPSHOT_REGISTERS];
	_Atomic uint32_t snapshot_answered; /* C */

	/* T, before end_kind: suppressions that the program has in itself, in names. */
	uint32_t suppressions_offset, suppressions_bytes;

	_Atomic uint32_t python_state
		__attribute__((aligned(64))); /* T, last of these: enum python_state */
	uint32_t python_version; /* T: as sys.hexversion */
	_Atomic uint32_t python_allocator; /* T: enum python_allocator, of its objects */
	uint32_t python_native; /* T: the interpreter's own frames are of interest, too */
	uint64_t python_low, python_high; /* T: where the module of the interpreter lies, */
	uint64_t python_eval_low, python_eval_high; /* and in it the loop that runs code */
	uint64_t python_types[2]; /* T: what classes and strings have as their type; 0: unknown */
	_Atomic uint64_t python_generations; /* T: of its garbage collector; 0: unknown */
	_Atomic uint32_t python_codes_used, python_text_used; /* T */
	_Atomic uint64_t python_codes_lost; /* T: found no room in the tables */
	_Atomic uint64_t python_teardown_stamp; /* T: from here on the interpreter takes itself
						 * apart; 0: it does not */
};

/*
 * A node of the stack prefix tree: the path from the root to a node is a call stack, outermost
 * frame first. (parent, frame) is unique but for nodes lost in a race, which nobody refers to.
 */
struct stack_node {
	uint64_t frame; /* FRAME_* below; written before the node's id is published */
	uint32_t parent; /* 0 for an outermost frame */
	uint32_t reserved;
};

/*
 * A frame is a code address with the epoch of its module in the upper 16 bits: 0, or the value
 * of unload_count when a module was loaded over a range that an earlier one had occupied. The
 * address is the return address minus one, so that it lies inside the calling instruction;
 * frames interrupted by a signal carry the exact address.
 */
#define FRAME_ADDRESS_BITS 48
#define FRAME_ADDRESS_MASK ((1ull << FRAME_ADDRESS_BITS) - 1)
/* Pseudo frames: addresses below 4096. */
#define FRAME_GAP 1ull /* frames were left out here: deeper than the limit */
#define FRAME_TRUNCATED 2ull /* outermost: the unwinder could not go on from here */
#define FRAME_TABLE_FULL 3ull /* outermost or innermost: the table had no room */
#define FRAME_CALLER_ONLY 4ull /* outermost: only the releasing caller was recorded */

/*
 * With these as epochs, which no module has, a frame is of Python. The first: code FRAME_PYTHON_CODE (0: it
 * found no room) at an instruction, counted in units of two bytes, and whether the evaluation loop was
 * entered anew for it. The second links two stacks: the node's parent is the native one, its frame
 * holds the node of Python's own at the same moment.
 */
#define FRAME_EPOCH_MOST 0xfffdu
#define FRAME_PYTHON 0xffffull
#define FRAME_PYTHON_LINK 0xfffeull
#define FRAME_PYTHON_CODE_SHIFT 28
#define FRAME_PYTHON_CODE_MASK 0xfffffull
#define FRAME_PYTHON_ENTRY (1ull << 27)
#define FRAME_PYTHON_POSITION_MASK (FRAME_PYTHON_ENTRY - 1)

enum module_state {
	MODULE_EMPTY = 0,
	MODULE_LOADED = 1,
	MODULE_UNLOADED = 2,
};

struct module_entry {
	uint64_t bias; /* l_addr: link-time address plus bias is run-time address */
	uint64_t start, end; /* run-time range of its segments, page-rounded */
	uint64_t load_stamp, unload_stamp; /* unload_stamp is 0 while loaded */
	uint32_t path_offset, path_bytes; /* in names; 0 bytes: the executable, see exe_offset */
	uint16_t epoch; /* see stack_node.frame */
	uint8_t build_id_bytes; /* 0 to 20 */
	uint8_t build_id[20];
	_Atomic uint32_t state; /* enum module_state; stored (release) last */
};

/* What is known of a CPython interpreter in the process. */
enum python_state {
	PYTHON_NONE = 0, /* there is none */
	PYTHON_ON, /* its allocators and its stacks are recorded */
	PYTHON_NO_STACKS, /* its allocators alone: the layout of this version is not known */
};

/* What serves the domains of CPython for memory and objects. */
enum python_allocator {
	PYTHON_ALLOCATOR_OTHER = 0, /* or not known */
	PYTHON_ALLOCATOR_PYMALLOC, /* small blocks from arenas of its own, others from malloc */
	PYTHON_ALLOCATOR_PYMALLOC_DEBUG, /* the same, with a header and a trailer around blocks */
	PYTHON_ALLOCATOR_MIMALLOC, /* the interpreter's own copy, maybe with debug hooks */
};

/* How lines are told from positions in Python's code. */
enum python_lines {
	PYTHON_LINES_NONE = 0,
	PYTHON_LINES_LNOTAB = 1, /* to 3.9 */
	PYTHON_LINES_310 = 2,
	PYTHON_LINES_LOCATIONS = 3, /* since 3.11 */
};

/* A code object: a function, or what else is compiled as one. Texts are UTF-8. */
struct python_code {
	uint32_t name_offset, file_offset, lines_offset; /* in python_text */
	uint32_t lines_bytes;
	uint16_t name_bytes, file_bytes;
	int32_t first_line;
	uint8_t lines; /* enum python_lines */
	uint8_t reserved[7];
};

/* Why a program that is executed cannot be recorded. Order is part of the trace format: append only. */
enum unrecorded_reason {
	UNRECORDED_NOT =
		0, /* it can; in a trace: programs of which neither path nor reason is known */
	UNRECORDED_STATIC, /* statically linked: no loader that could load us */
	UNRECORDED_OTHER_CLASS, /* of another word size, or */
	UNRECORDED_OTHER_MACHINE, /* for another processor */
	UNRECORDED_MUSL, /* for another C library than ours */
	UNRECORDED_SANITIZER, /* with an allocator that must be the first */
	UNRECORDED_PRIVILEGES, /* setuid, setgid, capabilities: the loader ignores LD_PRELOAD */
	UNRECORDED_REASONS
};

enum unrecorded_state {
	UNRECORDED_EMPTY = 0,
	UNRECORDED_FILLING = 1, /* for ever, if who fills it was killed */
	UNRECORDED_FILLED = 2,
};

/*
 * Executions of a program that cannot be recorded: counted before exec, taken back if that fails.
 * Programs in the table are distinct but for entries lost in a race.
 */
#define UNRECORDED_PATH_BYTES 496u
struct unrecorded_entry {
	_Atomic uint32_t state; /* enum unrecorded_state; the rest is written once before FILLED */
	uint16_t reason; /* enum unrecorded_reason */
	uint16_t path_bytes;
	_Atomic uint64_t times; /* 0: all have failed */
	char path[UNRECORDED_PATH_BYTES]; /* as the kernel knows it; cut if longer */
};

/* One record of a ring. */
enum event_kind {
	EVENT_NONE = 0,
	EVENT_ALLOC = 1, /* address, size, stack; stamped after the real call */
	EVENT_FREE = 2, /* address, stack of the release; stamped before the real call */
	/*
	 * A reallocation is a pair of one thread: BEGIN (stamped before the call) takes the block at
	 * address out of the live set, END (stamped after) puts one back: address and size of the
	 * new block; or address 0 and detail errno: it failed, the old block lives on; or address 0
	 * and detail 0: it freed the block (size 0). Without an END the old block lives on.
	 */
	EVENT_REALLOC_BEGIN = 3,
	EVENT_REALLOC_END = 4,
	EVENT_FAIL = 5, /* an allocation returned NULL: size wanted, detail errno */
	EVENT_MAP = 6, /* address, size, stack; detail MAP_DETAIL_* */
	EVENT_UNMAP = 7, /* address, size */
	EVENT_REMAP_BEGIN = 8, /* mremap: old address, old size */
	EVENT_REMAP_END = 9, /* new address (0: failed, see detail), new size */
	EVENT_BREAK =
		10, /* brk, sbrk called by the program: address is the new break, by size above the old */
	EVENT_THREAD_BEGIN =
		11, /* the records that follow are of thread address (tid), number size */
	EVENT_THREAD_NAME = 12, /* up to 16 bytes of name in address and size */
	EVENT_THREAD_END = 13,
	EVENT_LOST = 14, /* size events of this thread were dropped here */
	EVENT_FORK = 15, /* address is the child's pid */
	/*
	 * A mark begins an epoch: size bytes of name, detail the level of the section that writes it,
	 * up to MARK_LEVELS - 1. So many EVENT_MARK_NAME as hold the name follow, each with up to 16
	 * bytes of it in address and size; their detail is the same level and, times MARK_PIECE, the
	 * number of the piece from 0. Records of other levels may lie between, those of a mark, too.
	 */
	EVENT_MARK = 16,
	EVENT_MARK_NAME = 17,
	EVENT_THREAD_STACK =
		18, /* of a thread that begins: it ends at address, the thread pointer */
	EVENT_THREAD_JOINED = 19, /* address is the thread pointer: what it returned is fetched */
	EVENT_IGNORE = 20, /* the block at address is meant to stay */
	EVENT_ARENA =
		21, /* the allocator behind the function has got size bytes at address for its blocks */
	EVENT_ARENA_END = 22, /* and gives them back: stamped before it does */
	EVENT_KINDS
};

#define MARK_NAME_BYTES 200u /* longer names are cut */
#define MARK_PIECE_BYTES 16u
#define MARK_LEVELS 4u
#define MARK_PIECE 4u

#define EVENT_DETAIL_INJECTED \
	0x8000u /* in detail of EVENT_FAIL, EVENT_REALLOC_END: we made it fail */
#define EVENT_DETAIL_ERRNO 0x0fffu
/* In detail of EVENT_ALLOC, and of EVENT_REALLOC_END with an address: the block is meant to stay. */
#define EVENT_DETAIL_IGNORED 0x1u
/* In detail of EVENT_FREE where only a sample is recorded, since other events do not show it: the
 * thread allocated the block and nothing since. */
#define EVENT_DETAIL_TEMPORARY 0x1u
#define MAP_DETAIL_ANONYMOUS 0x1u
#define MAP_DETAIL_SHARED 0x2u
#define MAP_DETAIL_EXECUTABLE 0x4u
#define MAP_DETAIL_FIXED 0x8u

/* The function that the program called. Order is part of the trace format: append only. */
enum api {
	API_NONE = 0,
	API_MALLOC,
	API_CALLOC,
	API_REALLOC,
	API_REALLOCARRAY,
	API_POSIX_MEMALIGN,
	API_ALIGNED_ALLOC,
	API_MEMALIGN,
	API_VALLOC,
	API_PVALLOC,
	API_NEW,
	API_NEW_ARRAY,
	API_NEW_ALIGNED,
	API_NEW_ARRAY_ALIGNED,
	API_FREE,
	API_CFREE,
	API_FREE_SIZED,
	API_FREE_ALIGNED_SIZED,
	API_DELETE,
	API_DELETE_ARRAY,
	API_DELETE_ALIGNED,
	API_DELETE_ARRAY_ALIGNED,
	API_MMAP,
	API_MUNMAP,
	API_MREMAP,
	API_BRK,
	API_SBRK,
	API_PYMEM_RAWMALLOC, /* and Calloc, Realloc of the same domain */
	API_PYMEM_RAWFREE,
	API_PYMEM_MALLOC,
	API_PYMEM_FREE,
	API_PYOBJECT_MALLOC,
	API_PYOBJECT_FREE,
	API_COUNT
};

struct event_record {
	uint64_t stamp;
	uint64_t address;
	uint64_t size; /* as asked for; saturates where a product overflows */
	uint32_t stack; /* node id, 0 for none */
	uint8_t kind; /* enum event_kind */
	uint8_t api; /* enum api */
	uint16_t detail; /* per kind */
};

struct ring_header {
	_Atomic uint64_t head __attribute__((aligned(64))); /* T */
	_Atomic uint64_t lost; /* T: events of this ring dropped, in total */
	_Atomic uint32_t owner_tid; /* T: 0 while the ring is free */
	_Atomic uint32_t
		late; /* T: taken after thread-specific data was destroyed; no release will come */
	uint64_t thread_state; /* T once: address of our private memory for the ring's thread */
	_Atomic uint32_t waiting; /* T: the producer sleeps on wake */
	_Atomic uint64_t tail __attribute__((aligned(64))); /* C */
	_Atomic uint32_t wake; /* C: futex word, changes whenever tail moved and waiting was set */
};

/*
 * How a process gets its collector: one datagram to the abstract Unix socket whose name is in
 * TENURE_OPTIONS (collector=NAME), carrying this message and, as SCM_RIGHTS, the region's
 * descriptor and a pidfd of the sender (only the region where pidfds do not exist). No answer
 * is awaited; what was sent and written before is drained even if the sender is long dead.
 */
#define HELLO_MAGIC 0x6f6c6c65u
struct hello_message {
	uint32_t magic;
	uint32_t version;
	uint64_t region_bytes;
	int32_t pid, parent_pid;
};

/* A datagram of these four bytes alone wakes a collector that does not listen to bells. */
#define WAKE_MAGIC 0x656b6177u

#endif
