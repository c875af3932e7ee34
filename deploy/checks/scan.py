"""checkov's findings in rendered overlays and the Dockerfile, less those that exceptions.yaml explains.

Usage: scan.py FILE...   overlays end in .yaml; anything else is a Dockerfile
"""

import fnmatch
import json
import subprocess
import sys
from pathlib import Path

import yaml
from cluster import report

LIST = Path(__file__).with_name("exceptions.yaml")


def findings(paths):
    """(check, resource, what it says) of everything that checkov found, skipped or could not read."""
    found, passed = [], 0
    for framework, files in groups(paths):
        command = [Path(sys.executable).with_name("checkov"), "--framework", framework, "--output", "json", "--skip-download"]
        for path in files:
            command += ["--file", path]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        answer = json.loads(run.stdout)
        if "results" not in answer:
            sys.exit(f"scan: checkov read nothing in {files}: {run.stdout}{run.stderr}")
        passed += answer["summary"]["passed"]
        for error in answer["results"]["parsing_errors"]:
            found.append(("PARSING", error, "could not be read"))
        for one in answer["results"]["failed_checks"] + answer["results"]["skipped_checks"]:
            found.append((one["check_id"], one["resource"], one["check_name"]))
    return found, passed


def groups(paths):
    """Files by the framework that reads them."""
    overlays = [p for p in paths if p.endswith(".yaml")]
    images = [p for p in paths if not p.endswith(".yaml")]
    return [(name, files) for name, files in (("kubernetes", overlays), ("dockerfile", images)) if files]


def complaints(found, exceptions):
    """Findings that nothing explains, and exceptions that are not in order."""
    bad = [f"exceptions.yaml: {e.get('check')} has no reason" for e in exceptions if len(e.get("reason", "")) < 20]
    used = set()
    for check, resource, text in found:
        cover = [i for i, e in enumerate(exceptions) if e["check"] == check and fnmatch.fnmatch(resource, e["where"])]
        used |= set(cover)
        if not cover:
            bad.append(f"{check} {resource}: {text}")
    bad += [f"exceptions.yaml: {e['check']} for {e['where']} is needed no more" for i, e in enumerate(exceptions) if i not in used]
    return bad


def main(*paths):
    """Checks all files."""
    exceptions = yaml.safe_load(LIST.read_text())
    if all(path.endswith(".yaml") for path in paths):
        exceptions = [e for e in exceptions if not e["check"].startswith("CKV_DOCKER")]
    found, passed = findings(paths)
    print(f"scan: {passed} checks passed, {len(found)} findings, {len(exceptions)} exceptions")
    return report("checkov", complaints(found, exceptions))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
