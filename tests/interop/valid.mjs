// Validates cases with ajv in strict mode: node valid.mjs SCHEMAS CASES

import { readFileSync } from "node:fs";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const [schemasFile, casesFile] = process.argv.slice(2);
const cases = readFileSync(casesFile, "utf8").split("\n").map((line) => JSON.parse(line));
const validators = {};
for (const [name, schema] of Object.entries(JSON.parse(readFileSync(schemasFile, "utf8")))) {
  const ajv = new Ajv.default({ strict: true, strictTypes: true, allErrors: true });
  addFormats.default(ajv);
  validators[name] = ajv.compile(schema);
}
const breaches = cases
  .filter(({ schema, value }) => !validators[schema](value))
  .map(({ what, schema }) => `${what}: ${JSON.stringify(validators[schema].errors).slice(0, 300)}`);
console.log(`ajv, strict: ${cases.length} bodies and parameters, ${breaches.length} breaches`);
if (breaches.length > 0) {
  console.error(breaches.join("\n"));
  process.exit(1);
}
