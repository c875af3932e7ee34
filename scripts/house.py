#!/usr/bin/env python3
"""Shows the taste of the house: sizes, lengths, documentation and words of each crate, beside three models of the field.

Fails nothing: what machines can judge is kept by `make lint`. With --where, lists the places as well.

    scripts/house.py [--where questions|vague|long] [FOLDER ...]
"""

import collections
import os
import re
import subprocess
import sys

# Words that leave open who or what is meant. The field has a word for each: users, callers, operators; unavailable;
# rejected; returned.
VAGUE = set(
    "somebody somebody's nobody nobody's anybody everybody whoever whom whose away told tell tells said anew elsewhere gone".split()
)
QUESTION = re.compile(r"(What|Whether|How|Who|Whom|Whose|Where|When|Why|Which)\b")
COMMENT = re.compile(r"\s*(///|//!|//)\s?(.*)")
FUNCTION = re.compile(r"^(\s*)(?:pub(?:\([^)]*\))?\s+)?(?:const\s+)?(?:async\s+)?(?:unsafe\s+)?fn\s+(\w+)")
PUBLIC = re.compile(r"^\s*pub\s+(?:const\s+|async\s+|unsafe\s+)*(fn|struct|enum|trait|type|const|static|mod)\s")

# Measured by the same rules: files over 300 lines (%), longest function (lines), documented public items (%), doc
# paragraphs that open with an indirect question (%), vague words per 1,000 words of comment.
MODELS = "models: matrix-authentication-service, the Rust package registry's server, linkerd2-proxy: questions 0.9 to 4.8 %, vague 0.3 to 0.4"
AIMS = "aims: at most 10,000 lines of product code (kept by make lint), questions at most 5 %, vague at most 2 per 1,000, files of 50 to 300 lines, functions under 60"


class Crate:
    def __init__(self):
        self.files = self.over = self.lines = self.product = self.words = self.vague = 0
        self.paragraphs = self.questions = self.longest = self.public = self.documented = 0
        self.longest_at = ""


def functions(lines):
    """Name, first line and length of each function, by the indentation of its closing brace."""
    for start, line in enumerate(lines):
        found = FUNCTION.match(line)
        if not found:
            continue
        indent = found.group(1)
        for end in range(start, len(lines)):
            if lines[end].startswith(indent + "}") or (end == start and line.rstrip().endswith(("}", ";"))):
                yield found.group(2), start + 1, end - start + 1
                break


def product(lines):
    """Number of lines that are neither blank, nor comment, nor in a module that only tests compile."""
    count, closing = 0, None
    for number, line in enumerate(lines):
        if closing is None and re.match(r"\s*#\[cfg\((test|any\(test)", line):
            following = lines[number + 1] if number + 1 < len(lines) else ""
            indent = line[: len(line) - len(line.lstrip())]
            closing = indent + "}" if following.rstrip().endswith("{") else ""
        elif closing == "":
            closing = None  # the one item behind the attribute
        elif closing is not None:
            closing = None if line.startswith(closing) else closing
        else:
            count += bool(line.strip()) and not line.strip().startswith("//")
    return count


def crate_of(path):
    """The folder of the nearest manifest, and whether the file is one of its tests."""
    folder = os.path.dirname(path)
    while folder and not os.path.exists(os.path.join(folder, "Cargo.toml")):
        folder = os.path.dirname(folder)
    rest = path[len(folder) :]
    return folder + ("/tests" if rest.startswith("/tests/") or "/tests/" in rest else "")


def read(path, crate, places):
    lines = open(path, encoding="utf-8").read().splitlines()
    crate.product += 0 if path.endswith("/tests.rs") else product(lines)
    crate.files += 1
    crate.over += len(lines) > 300
    in_paragraph, documented = False, False
    for number, line in enumerate(lines, 1):
        comment = COMMENT.match(line)
        if not comment:
            if PUBLIC.match(line):
                crate.public += 1
                crate.documented += documented
            if line.strip() and not line.strip().startswith("#["):
                documented = False
            in_paragraph = False
            crate.lines += bool(line.strip())
            continue
        kind, text = comment.groups()
        words = re.findall(r"[A-Za-z][A-Za-z'-]*", text)
        crate.words += len(words)
        for word in words:
            if word.lower() in VAGUE:
                crate.vague += 1
                places["vague"].append(f"{path}:{number}: {word}: {text}")
        is_doc = kind != "//"
        documented = documented or is_doc
        if is_doc and text.strip() and not in_paragraph and not text.startswith(("#", "*", "-", "```", " ", "|")):
            crate.paragraphs += 1
            if QUESTION.match(text):
                crate.questions += 1
                places["questions"].append(f"{path}:{number}: {text}")
        in_paragraph = is_doc and bool(text.strip())
    for name, number, length in functions(lines):
        if length > crate.longest:
            crate.longest, crate.longest_at = length, f"{path}:{number}"
        if length > 60:
            places["long"].append(f"{path}:{number}: {name}: {length} lines")


def documentation():
    """Words of the documents: code, pictures and the rules of tables are none."""
    listed = subprocess.run(["git", "ls-files", "*.md"], capture_output=True, text=True, check=True).stdout.split()
    texts = [open(path, encoding="utf-8").read() for path in filter(os.path.exists, listed)]
    prose = [re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE) for text in texts]
    return len(texts), sum(1 for text in prose for word in text.split() if re.search(r"\w", word))


def main():
    arguments = sys.argv[1:]
    where = arguments[1] if arguments[:1] == ["--where"] and len(arguments) > 1 else None
    folders = arguments[2:] if where else arguments
    if any(argument.startswith("-") for argument in folders):
        sys.exit(__doc__)
    tracked = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.rs"], capture_output=True, text=True, check=True).stdout.split()
    crates, places = collections.defaultdict(Crate), collections.defaultdict(list)
    for path in sorted(filter(os.path.exists, set(tracked))):
        if folders and not any(path.startswith(folder.rstrip("/")) for folder in folders):
            continue
        read(path, crates[crate_of(path)], places)
    if where:
        print("\n".join(places[where]))
        return
    share = lambda part, whole: 100 * part / whole if whole else 0.0
    print(f"{'crate':24} {'lines':>7} {'product':>8} {'files':>6} {'>300':>5} {'longest':>8} {'documented':>11} {'questions':>10} {'vague/1000':>11}")
    for name, crate in sorted(crates.items()):
        print(
            f"{name:24} {crate.lines:7} {crate.product:8} {crate.files:6} {crate.over:5} {crate.longest:8} "
            f"{share(crate.documented, crate.public):10.0f}% {share(crate.questions, crate.paragraphs):9.1f}% "
            f"{10 * share(crate.vague, crate.words):11.1f}"
        )
    print("documentation: {} files, {} words (aim: at most 28,000)".format(*documentation()))
    print(MODELS)
    print(AIMS)


if __name__ == "__main__":
    main()
