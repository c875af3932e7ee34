"""Validates cases with python-jsonschema: python valid.py SCHEMAS CASES"""

import json
import sys
from pathlib import Path

from jsonschema import Draft202012Validator

schemas = json.loads(Path(sys.argv[1]).read_text())
for schema in schemas.values():
    Draft202012Validator.check_schema(schema)
checker = Draft202012Validator.FORMAT_CHECKER
validators = {name: Draft202012Validator(schema, format_checker=checker) for name, schema in schemas.items()}
cases = [json.loads(line) for line in Path(sys.argv[2]).read_text().splitlines()]
breaches = [
    f"{case['what']}: {error.message[:300]} at {error.json_path}"
    for case in cases
    for error in validators[case["schema"]].iter_errors(case["value"])
]
print(f"python-jsonschema: {len(cases)} bodies and parameters, {len(breaches)} breaches")
sys.exit("\n".join(breaches) or 0)
