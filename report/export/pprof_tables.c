/* SPDX-License-Identifier: MIT */
#include "pprof_tables.h"

#include <stdlib.h>
#include <string.h>

#include "../../analyzer/util/array.h"
#include "../visible.h"
#include "export.h"

/* Fields of the other messages. */
enum mapping_field {
	MAPPING_ID = 1,
	MAPPING_LIMIT = 3,
	MAPPING_FILE = 5,
	MAPPING_BUILD_ID,
	MAPPING_HAS_FUNCTIONS,
	MAPPING_HAS_FILES,
	MAPPING_HAS_LINES,
	MAPPING_HAS_INLINED,
};
enum location_field { LOCATION_ID = 1, LOCATION_MAPPING, LOCATION_ADDRESS, LOCATION_LINE };
enum line_field { LINE_FUNCTION = 1, LINE_NUMBER };
enum function_field { FUNCTION_ID = 1, FUNCTION_NAME, FUNCTION_SYSTEM_NAME, FUNCTION_FILE };

void pprof_put_message(struct pprof *p, enum profile_field field)
{
	protobuf_part(&p->field, field, &p->message);
	gzip_put(&p->out, p->field.data, p->field.used);
	p->field.used = 0;
}

uint64_t pprof_string(struct pprof *p, const char *text)
{
	bool fresh;
	uint64_t number = numbering_find(&p->strings, text, strlen(text), &fresh);
	struct bytes field = {0}; /* its own: the others may be half done */
	char *visible;

	if (!fresh)
		return number;
	visible = visible_copy(text);
	protobuf_bytes(&field, PROFILE_STRING, visible, strlen(visible));
	gzip_put(&p->out, field.data, field.used);
	bytes_release(&field);
	free(visible);
	return number;
}

static int compare_path(const void *path, const void *module)
{
	return strcmp(path, ((const struct model_module *)module)->path);
}

/* "" if it is not known. */
static const char *find_build_id(const struct model *model, const char *path)
{
	const struct model_module *found = NULL;

	if (model->module_count)
		found = bsearch(path, model->modules, model->module_count, sizeof *found,
				compare_path);
	return found ? found->build_id : "";
}

uint64_t pprof_mapping(struct pprof *p, const char *module)
{
	bool fresh;
	uint64_t id;

	if (!*module)
		return 0;
	id = numbering_find(&p->mapping_names, module, strlen(module), &fresh) + 1ull;
	if (fresh) {
		ARRAY_GROW(p->mappings, id, p->mapping_capacity);
		p->mappings[p->mapping_count++] = (struct pprof_mapping){
			.file = pprof_string(p, module),
			.build_id = pprof_string(p, find_build_id(p->model, module)),
		};
	}
	return id;
}

static uint64_t function(struct pprof *p, const char *name, const char *file)
{
	uint64_t key[] = {pprof_string(p, name), pprof_string(p, file)};
	bool fresh;
	uint64_t id = numbering_find(&p->functions, key, sizeof key, &fresh) + 1ull;

	if (fresh) {
		protobuf_number(&p->message, FUNCTION_ID, id);
		protobuf_number(&p->message, FUNCTION_NAME, key[0]);
		protobuf_number(&p->message, FUNCTION_SYSTEM_NAME, key[0]);
		protobuf_number(&p->message, FUNCTION_FILE, key[1]);
		pprof_put_message(p, PROFILE_FUNCTION);
	}
	return id;
}

static struct pprof_frame new_frame(struct pprof *p, const struct model_frame *from)
{
	char text[4096];
	struct pprof_frame frame = {
		.function = function(p, export_frame_name(from, text, sizeof text), from->file),
		.line = from->line,
		.mapping = pprof_mapping(p, from->module),
	};
	struct pprof_mapping *m;

	if (!frame.mapping)
		return frame;
	frame.address = from->offset;
	m = &p->mappings[frame.mapping - 1];
	if (frame.address >= m->limit && frame.address < UINT64_MAX)
		m->limit = frame.address + 1;
	m->has_files |= *from->file != 0;
	m->has_lines |= from->line != 0;
	m->has_inlined |= from->inlined;
	return frame;
}

static const struct pprof_frame *find_frame(struct pprof *p, const struct model_frame *from)
{
	bool fresh;
	uint32_t number = frame_keys_find(&p->frame_keys, from, &fresh);

	if (fresh) {
		ARRAY_GROW(p->frames, number + 1, p->frame_capacity);
		p->frames[number] = new_frame(p, from);
	}
	return &p->frames[number];
}

uint64_t pprof_location(struct pprof *p, const struct model_frame *frames, uint32_t count)
{
	struct pprof_frame at = {0};
	uint64_t id;
	bool fresh;

	for (uint32_t i = 0; i < count; i++) {
		at = *find_frame(p, &frames[i]);
		bytes_append(&p->key, &at, sizeof at);
	}
	id = numbering_find(&p->locations, p->key.data, p->key.used, &fresh) + 1ull;
	if (fresh) {
		protobuf_number(&p->message, LOCATION_ID, id);
		protobuf_number(&p->message, LOCATION_MAPPING, at.mapping);
		protobuf_number(&p->message, LOCATION_ADDRESS, at.address);
		for (size_t i = 0; i < p->key.used; i += sizeof at) {
			memcpy(&at, p->key.data + i, sizeof at);
			protobuf_number(&p->part, LINE_FUNCTION, at.function);
			protobuf_number(&p->part, LINE_NUMBER, at.line);
			protobuf_part(&p->message, LOCATION_LINE, &p->part);
		}
		pprof_put_message(p, PROFILE_LOCATION);
	}
	p->key.used = 0;
	return id;
}

static void put_mappings(struct pprof *p)
{
	for (size_t i = 0; i < p->mapping_count; i++) {
		const struct pprof_mapping *m = &p->mappings[i];

		protobuf_number(&p->message, MAPPING_ID, i + 1);
		protobuf_number(&p->message, MAPPING_LIMIT, m->limit);
		protobuf_number(&p->message, MAPPING_FILE, m->file);
		protobuf_number(&p->message, MAPPING_BUILD_ID, m->build_id);
		/* Where there are none, there is nothing for the reader to find either. */
		protobuf_number(&p->message, MAPPING_HAS_FUNCTIONS, true);
		protobuf_number(&p->message, MAPPING_HAS_FILES, m->has_files);
		protobuf_number(&p->message, MAPPING_HAS_LINES, m->has_lines);
		protobuf_number(&p->message, MAPPING_HAS_INLINED, m->has_inlined);
		pprof_put_message(p, PROFILE_MAPPING);
	}
}

void pprof_begin(struct pprof *p, const struct model *model, FILE *file)
{
	memset(p, 0, sizeof *p);
	p->model = model;
	gzip_begin(&p->out, file);
	pprof_string(p, ""); /* is number 0 */
}

void pprof_end(struct pprof *p)
{
	put_mappings(p);
	gzip_end(&p->out);
	numbering_release(&p->strings);
	numbering_release(&p->mapping_names);
	numbering_release(&p->frame_keys);
	numbering_release(&p->functions);
	numbering_release(&p->locations);
	free(p->frames);
	free(p->mappings);
	bytes_release(&p->field);
	bytes_release(&p->message);
	bytes_release(&p->part);
	bytes_release(&p->key);
}
