#!/usr/bin/env python3
"""Checks what a machine can of the project's texts: phrases to avoid in string literals, comments and docs;
links in docs that lead nowhere; and commands and options in docs that the program does not have. Of the program's
own help it checks that each command ends with examples that it understands, and that no help text of an option is
longer than 80 characters. Prints file:line for each problem, and exits with 1 if there is one.
"""

import argparse
import io
import json
import re
import subprocess
import sys
import tempfile
import tokenize
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STORE = ".build/release/strava-store"

# Phrases to avoid, as regular expressions that ignore case, and what to write instead.
PHRASES = [
    # Not a variable of Python code in a literal.
    (r"(?<!in )told(?!\s*(?:\+?=|\.\w|\[|\)))", "reported, or say who writes what"),
    (r"anew", "again"),
    (r"stands(?! for)", "is, or name what it does"),
    (r"somebody", "another process, another author"),
    (r"(?<!there )(?:is|are|was|were) (?-i:none)", "is invalid, is not a …"),
    (r"(?<!there )(?:is|are|was|were) no (?!longer|more|less|greater|different|doubt)[a-z]+", "is not a …, is invalid, has no …"),
    (r"no JSON object", "not a JSON object"),
    (r"everything asked for is true", "success"),
    (r"who came since", "those added since"),
    (r"of before", "the earlier …"),
    (r"g[ia]ves? out", "exports, prints, returns"),
    (r"room(?!:)", "limit, capacity, space"),
    (r"so many (?!as)[a-z]+ (?:of|at)", "maximum number of …"),
    (r"(?:comes|came|come) of (?:it|this|them|that)", "the result"),
    (r"contents of one id", "two different versions of the same record"),
    (r"opened? what is sealed", "decrypt"),
    (r"said of", "reported about"),
]  # fmt: skip

# Where a phrase may be all the same: file pattern, text of the line, reason. An entry that nothing needs is a problem.
ALLOWED = [
]  # fmt: skip

# Whose texts are checked: folders, and files of the root folder. CHANGELOG.md describes earlier versions and
# quotes their texts.
FOLDERS = ("Sources", "Tests", "scripts", "docs", "fixtures")
FILES = ("README.md", "Makefile", "Package.swift")
# Rendered or recorded files, whose sources are checked.
NOT_CHECKED = ("scripts/prose.py", "docs/findings.md", "docs/schema/*", "Tests/Fuzz/corpus/*", "fixtures/valid/*")

LONGEST_HELP = 80


# MARK: texts


def texts(path):
    """(line number, text) of each piece of prose in a file: comments, string literals, paragraphs."""
    source = path.read_text(errors="replace")
    if path.suffix == ".swift" or path.suffix in (".c", ".h", ".modulemap"):
        return swift_texts(source)
    if path.suffix == ".py":
        return python_texts(source)
    if path.suffix == ".md":
        return [(number, strip_code(line)) for number, line, fence in markdown_lines(source) if fence is None]
    if path.name.endswith(".expected.json"):  # the reason of a fixture
        return [(number, line) for number, line in enumerate(source.splitlines(), 1) if '"why":' in line]
    if path.name == "Makefile" or source.startswith("#!"):
        return list(enumerate(source.splitlines(), 1))
    return []


SWIFT_TOKEN = re.compile(
    r'(?P<line>//[^\n]*)|(?P<block>/\*.*?\*/)|(?P<raw>#+"(?:"".*?"""|.*?")#+)|(?P<multi>""".*?""")|(?P<string>"(?:\\.|[^"\\\n])*")',
    re.DOTALL,
)


def swift_texts(source):
    """Comments and string literals of Swift and C. Consecutive lines are one text each, and so is a literal's line."""
    found = []
    for token in SWIFT_TOKEN.finditer(source):
        first = source.count("\n", 0, token.start()) + 1
        for offset, line in enumerate(token.group().splitlines()):
            found.append((first + offset, re.sub(r"\\\([^()]*(?:\([^()]*\)[^()]*)*\)", "…", re.sub(r"`[^`]*`", "…", line))))
    return found


def python_texts(source):
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type in (tokenize.COMMENT, tokenize.STRING) or token.type == getattr(tokenize, "FSTRING_MIDDLE", -1):
                found += [(token.start[0] + offset, line) for offset, line in enumerate(token.string.splitlines())]
    except tokenize.TokenError:
        pass
    return found


def markdown_lines(source):
    """(line number, line, language of the code block it is in or None) of a Markdown text, without the fences."""
    fence = language = None
    for number, line in enumerate(source.splitlines(), 1):
        found = re.match(r"\s*(```+|~~~+)\s*([\w-]*)", line)
        if found and fence is None:
            fence, language = found[1], found[2]
        elif found and line.strip() == fence:
            fence = language = None
        else:
            yield number, line, language if fence else None


def strip_code(line):
    return re.sub(r"`[^`]*`", "…", line)


def checked_files(root):
    paths = [path for folder in FOLDERS for path in sorted((root / folder).rglob("*")) if path.is_file()]
    for path in [*paths, *(root / name for name in FILES if (root / name).is_file())]:
        name = path.relative_to(root)
        if "__pycache__" not in name.parts and not any(name.match(pattern) for pattern in NOT_CHECKED):
            yield path


def check_phrases(root, allowed):
    used = set()
    for path in checked_files(root):
        name = path.relative_to(root)
        lines = None
        for number, text in texts(path):
            for pattern, better in PHRASES:
                found = re.search(rf"\b(?:{pattern})\b", text, re.IGNORECASE)
                if not found:
                    continue
                lines = lines or path.read_text(errors="replace").splitlines()
                entry = next((entry for entry in allowed if name.match(entry[0]) and entry[1] in lines[number - 1]), None)
                if entry:
                    used.add(entry)
                else:
                    yield f"{name}:{number}: '{found[0]}': write {better}"
    for entry in allowed:
        if entry not in used:
            yield f"scripts/prose.py: nothing needs the allowed phrase in {entry[0]}: {entry[1]}"


# MARK: links

LINK = re.compile(r"\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
REFERENCE = re.compile(r"^\s{0,3}\[[^\]]+\]:\s*(\S+)")
# A page of the docs that a message or a comment names.
MENTION = re.compile(r"(?<![\w/.-])(docs/[\w/-]+\.(?:md|py|json|svg))(#[\w-]+)?")


def check_links(root):
    pages = [path for path in [*root.glob("*.md"), *(root / "docs").rglob("*.md"), *(root / "fixtures").glob("*.md")]]
    for page in sorted(pages):
        for number, line, fence in markdown_lines(page.read_text()):
            if fence is not None:
                continue
            for target in [found[1] for pattern in (LINK, REFERENCE) for found in pattern.finditer(strip_code(line))]:
                problem = link_problem(root, page, target)
                if problem:
                    yield f"{page.relative_to(root)}:{number}: {problem}"
    for path in checked_files(root):
        if path.suffix == ".md":
            continue
        for number, text in texts(path):
            for found in MENTION.finditer(text):
                problem = link_problem(root, root / "README.md", found[1] + (found[2] or ""))
                if problem and "Tests" not in path.relative_to(root).parts[:1]:
                    yield f"{path.relative_to(root)}:{number}: {problem}"


def link_problem(root, page, target):
    """Returns why a link leads nowhere, or None if it is valid. Internet addresses are not checked."""
    if re.match(r"[a-z][a-z0-9+.-]*:", target, re.IGNORECASE):
        return None
    name, _, anchor = target.partition("#")
    path = page if not name else (page.parent / name)
    if not path.exists():
        return f"the link leads nowhere: {target}"
    if anchor and path.suffix == ".md" and anchor not in anchors(path.read_text()):
        return f"the page has no such heading: {target}"
    return None


def anchors(source):
    """Returns the anchors that GitHub makes from a page's headings."""
    seen, found = Counter(), set()
    for _, line, fence in markdown_lines(source):
        heading = re.match(r"#{1,6}\s+(.*?)\s*#*$", line) if fence is None else None
        if heading:
            text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1]).replace("`", "").lower()
            slug = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
            found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
            seen[slug] += 1
        found.update(re.findall(r"<a (?:name|id)=\"([^\"]+)\"", line))
    return found


# MARK: commands


class Command:
    """A command of the program with its subcommands and options, from `--experimental-dump-help`."""

    def __init__(self, described):
        self.name = described["commandName"]
        self.commands = {sub["commandName"]: Command(sub) for sub in described.get("subcommands", [])}
        self.options = set()
        self.help = []
        for argument in described.get("arguments", []):
            for name in argument.get("names", []):
                self.options.add(("--" if name["kind"] == "long" else "-") + name["name"])
            label = argument.get("preferredName", {}).get("name") or argument.get("valueName")
            if argument.get("abstract") and argument.get("shouldDisplay", True):
                self.help.append((label, argument["abstract"]))

    def walk(self, path=()):
        yield (*path, self.name), self
        for name, command in self.commands.items():
            if name != "help":
                yield from command.walk((*path, self.name))

    def problem(self, words):
        """Returns the command or option that the program does not have, or None if it has all of them."""
        command, path = self, [self.name]
        for word in words:
            word = word.strip("[](),\"'")
            if word in command.commands and command.commands:
                command = command.commands[word]
                path.append(word)
            elif word.startswith("-") and len(word) > 1 and word != "--" and not word[1].isdigit():
                option = word.partition("=")[0]
                if option not in command.options and re.fullmatch(r"--[a-z][a-z0-9-]*|-[a-z]", option):
                    return f"`{' '.join(path)}` has no option {option}"
            elif command.commands and re.fullmatch(r"[a-z][a-z-]*", word) and command.name != "help":
                return f"`{' '.join(path)}` has no command {word}"
        return None


CALL = re.compile(r"(?:^|[\s/|;&(`\"'=])strava-store\s+(?P<rest>\S.*)")
END = re.compile(r"(?:^|\s)(?:\||\|\||&&|&|;|#.*|\d?[<>].*)(?:\s|$)|;(?:\s|$)|\s{3,}")


def words_of(text):
    """Returns the words of a command, up to a pipe, a comment or the next command."""
    return END.split(text, maxsplit=1)[0].split()


def check_commands(root, program):
    pages = [*root.glob("*.md"), *(root / "docs").rglob("*.md"), *(root / "fixtures").glob("*.md")]
    for page in sorted(pages):
        if page.name == "CHANGELOG.md":
            continue  # It describes earlier versions.
        name = page.relative_to(root)
        pending = ""
        for number, line, fence in markdown_lines(page.read_text()):
            if fence is None:
                for code in re.findall(r"`([^`]+)`", line):
                    problem = program.problem(inline_words(code, program))
                    if problem:
                        yield f"{name}:{number}: {problem}"
                continue
            line = pending + line.strip()
            pending = line[:-1] if line.endswith("\\") else ""
            found = CALL.search(line) if not pending else None
            # A command, or a line of its output that begins with the program's name.
            problem = found and program.problem(words_of(found["rest"]))
            if problem:
                yield f"{name}:{number}: {problem}"


def inline_words(code, program):
    """Returns the words after the program's name, or a command's name with an option: `index --prune`."""
    words = words_of(code)
    if words[:1] == ["strava-store"]:
        return words[1:]
    if words and words[0] in program.commands and any(word.startswith("--") for word in words):
        return words
    return []


def check_help(program, help_of):
    """Checks the program's own help: its texts are short, and it accepts its own examples."""
    for path, command in program.walk():
        title = " ".join(path)
        for label, text in command.help:
            if len(text) > LONGEST_HELP:
                yield f"{title} --help: the help of {label} has {len(text)} characters, more than {LONGEST_HELP}"
        examples = help_of(path[1:]).partition("EXAMPLES:\n")[2].splitlines()
        calls = [found["rest"] for found in map(CALL.search, examples) if found]
        if not 2 <= len(calls) <= 3 and command.name != "help":
            yield f"{title} --help: ends with {len(calls)} examples, not two or three"
        for call in calls:
            problem = program.problem(words_of(call))
            if problem:
                yield f"{title} --help: {problem}"


def run_store(store, *words):
    return subprocess.run(
        [store, *words], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ).stdout


# MARK: self-test

# Files in which everything that is checked is wrong once, and what must be reported.
WRONG = {
    "Sources/BSON/Document.swift": (
        '/// A document, and what stands in it.\nlet text = "no JSON object"\nlet told = 1 // a name only\n'
        'let long = """\n  Written anew.\n  """\n// `anew` in code, and \\(told) in a literal\nlet shown = "\\(told) times"\n'
        "// There is no such file, it is no longer needed, and nil stands for it.\n// It is no file. docs/lost.md explains it.\n"
    ),
    "scripts/run.py": '"""Told by somebody."""\nroom = 1\n# Room for more.\n',
    "Makefile": "all: ## build it anew\n",
    "fixtures/invalid/number.json": '{"name": "told"}\n',
    "fixtures/invalid/number.expected.json": '{\n  "why": "NaN is no number.",\n  "told": 1\n}\n',
    "docs/page.md": (
        "# A page\n\nIt gives out documents; `anew` is quoted. [Here](other.md), [there](#a-page), [gone](#nowhere),\n"
        "[next](next.md#part-two), [lost](next.md#part-three), `index --prun`, `import --dry-run`.\n\n"
        "```sh\nstrava-store import --dri-run x | strava-store nothing\nstrava-store imprt dumps/\n"
        "MONGODB_URI=x strava-store import dumps/ \\\n  --dri-run\nstrava-store import [--dry-run] PATH… # --other\n"
        "strava-store keys status --all\n```\n"
    ),
    "docs/next.md": "## Part two\n",
}
SAID = [
    "Sources/BSON/Document.swift:1: 'stands'",
    "Sources/BSON/Document.swift:2: 'no JSON object'",
    "Sources/BSON/Document.swift:5: 'anew'",
    "Sources/BSON/Document.swift:10: 'is no file'",
    "Sources/BSON/Document.swift:10: the link leads nowhere: docs/lost.md",
    "scripts/run.py:1: 'Told'",
    "scripts/run.py:1: 'somebody'",
    "scripts/run.py:3: 'Room'",
    "Makefile:1: 'anew'",
    "fixtures/invalid/number.expected.json:2: 'is no number'",
    "docs/page.md:3: 'gives out'",
    "docs/page.md:3: the link leads nowhere: other.md",
    "docs/page.md:3: the page has no such heading: #nowhere",
    "docs/page.md:4: the page has no such heading: next.md#part-three",
    "docs/page.md:4: `strava-store index` has no option --prun",
    "docs/page.md:7: `strava-store import` has no option --dri-run",
    "docs/page.md:8: `strava-store` has no command imprt",
    "docs/page.md:10: `strava-store import` has no option --dri-run",
    "docs/page.md:12: `strava-store keys status` has no option --all",
    "strava-store index --help: the help of prune has 81 characters",
    "strava-store index --help: ends with 1 examples",
    "strava-store index --help: `strava-store index` has no option --gone",
    "scripts/prose.py: nothing needs the allowed phrase in docs/page.md",
]


def planted_program():
    def option(name, abstract=""):
        return {"names": [{"kind": "long", "name": name}], "preferredName": {"name": name}, "abstract": abstract}

    return Command({
        "commandName": "strava-store",
        "subcommands": [
            {"commandName": "import", "arguments": [option("dry-run")]},
            {"commandName": "index", "arguments": [option("prune", "x" * (LONGEST_HELP + 1))]},
            {"commandName": "keys", "subcommands": [{"commandName": "status", "arguments": []}]},
        ],
    })  # fmt: skip


def planted_help(path):
    if path == ("index",):
        return "USAGE:\n\nEXAMPLES:\n  strava-store index --gone\n"
    return "USAGE: strava-store --unknown\n\nEXAMPLES:\n  strava-store import --dry-run x\n  strava-store keys status\n"


def self_test():
    """Shows that this check can fail: each planted problem is found where it is, and nothing else is."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, text in WRONG.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        allowed = [("docs/page.md", "nothing of this", "a test"), ("Sources/BSON/*", "no file", "a test")]
        problems = list(check(root, planted_program(), planted_help, allowed[:1]))
        spared = list(check(root, planted_program(), planted_help, allowed[1:]))
    missed = [said for said in SAID if not any(problem.startswith(said) for problem in problems)]
    surplus = [problem for problem in problems if not any(problem.startswith(said) for said in SAID)]
    if any("'is no file'" in problem for problem in spared):
        missed.append("the allowed phrase is allowed")
    for problem in missed:
        print(f"prose.py: did not find: {problem}", file=sys.stderr)
    for problem in surplus:
        print(f"prose.py: found without cause: {problem}", file=sys.stderr)
    return 1 if missed or surplus else 0


def check(root, program, help_of, allowed):
    yield from check_phrases(root, allowed)
    yield from check_links(root)
    yield from check_commands(root, program)
    yield from check_help(program, help_of)


def main():
    arguments = argparse.ArgumentParser(description="Checks phrases, links, commands and options in the project's texts.")
    arguments.add_argument("--self-test", action="store_true", help="check the checker on texts that are wrong")
    arguments.add_argument("--store", metavar="PATH", default=ROOT / STORE, help=f"the program; default: {STORE}")
    arguments.add_argument("--summary", action="store_true", help="print the number of problems in each folder instead")
    options = arguments.parse_args()
    if options.self_test:
        return self_test()
    program = Command(json.loads(run_store(options.store, "--experimental-dump-help"))["command"])
    problems = list(check(ROOT, program, lambda path: run_store(options.store, *path, "--help"), ALLOWED))
    if options.summary:
        for folder, count in sorted(Counter(folder_of(problem) for problem in problems).items()):
            print(f"{count:5}  {folder}")
    else:
        for problem in problems:
            print(problem)
    return 1 if problems else 0


def folder_of(problem):
    parts = problem.partition(":")[0].split("/")
    return "/".join(parts[: 2 if len(parts) > 2 else 1])


if __name__ == "__main__":
    sys.exit(main())
