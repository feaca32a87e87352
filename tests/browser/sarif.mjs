/* SPDX-License-Identifier: MIT */
/*
 * sarif.mjs - validates a file by the published JSON schema of SARIF 2.1.0, which a package of
 * Microsoft's carries; nothing is fetched, and no code of that package runs. Usage: node sarif.mjs FILE
 *
 * Prints what is wrong, a line each. Exit status 1 if anything is.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const load = createRequire(import.meta.url);
const Ajv = load("ajv");
const schema = load("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json");
/* Draft 4 of JSON Schema; "id" and not "$id" is the name of a schema there. */
const ajv = new Ajv({ schemaId: "id", meta: false, allErrors: true });

ajv.addMetaSchema(load("ajv/lib/refs/json-schema-draft-04.json"));
ajv._opts.defaultMeta = "http://json-schema.org/draft-04/schema";
const validate = ajv.compile(schema);

if (!validate(JSON.parse(readFileSync(process.argv[2], "utf8")))) {
	for (const error of validate.errors.slice(0, 50))
		console.log(`${error.dataPath || "/"}: ${error.message} ${JSON.stringify(error.params)}`);
	process.exit(1);
}
