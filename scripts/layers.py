#!/usr/bin/env python3
"""Checks that the modules import only what docs/architecture.md allows.

The compiler lets a target import any module that happens to be built. This script also checks that no modules
depend on each other in a circle, that Package.swift declares these dependencies and no others, that files stay
short, that nothing is named Utils or Helpers, and that tests use the public API only. Prints file:line for each
problem, and exits with 1 if there is one.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# The modules, C modules and packages that each module may import.
ARROWS = {
    "BSON": set(),
    "Findings": set(),
    "SourceText": {"Findings", "BSON", "CArchive", "CScan"},
    "StravaRecords": {"SourceText", "Findings", "BSON"},
    "FieldCrypto": {"CSodium", "CCrypto", "SystemPackage"},
    "Mongo": {"BSON", "CMongo", "CDriverStart", "Logging"},
    "StoreAccess": {"StravaRecords", "FieldCrypto", "Mongo", "Findings", "BSON", "Algorithms", "Logging"},
    "Sealing": {"StoreAccess", "StravaRecords", "FieldCrypto", "Mongo", "SourceText", "Findings", "BSON", "Algorithms"},
    # The modules of jobs do not import each other.
    "Importing": {
        "Sealing", "StoreAccess", "StravaRecords", "FieldCrypto", "Mongo", "SourceText", "Findings", "BSON", "Logging", "SystemPackage",
    },
    "Exporting": {
        "Sealing", "StoreAccess", "StravaRecords", "FieldCrypto", "Mongo", "SourceText", "Findings", "BSON", "Logging", "SystemPackage",
    },
    "Upkeep": {
        "Sealing", "StoreAccess", "StravaRecords", "FieldCrypto", "Mongo", "SourceText", "Findings", "BSON", "Algorithms", "Logging",
    },
    "Reporting": {"Findings"},
    "strava-store": {
        "Importing", "Exporting", "Upkeep", "Sealing", "StoreAccess", "Reporting", "StravaRecords", "SourceText",
        "Findings", "ArgumentParser", "Logging", "SystemPackage",
    },
}  # fmt: skip
# Only one module imports a C library.
C_MODULES = {"CMongo": "Mongo", "CDriverStart": "Mongo", "CSodium": "FieldCrypto", "CCrypto": "FieldCrypto", "CArchive": "SourceText", "CScan": "SourceText"}
# Modules of the toolchain and of the system.
FOUNDATION = {"Foundation", "FoundationEssentials", "FoundationInternationalization"}
SYSTEM = FOUNDATION | {"Dispatch", "Glibc", "Swift", "Synchronization", "_Concurrency"}
# BSON works on bytes in memory only: without Foundation, input or output.
SYSTEM_OF = {"BSON": {"Swift", "Synchronization"}}

# Modules below the commands must not mention options of commands.
ENGINE = ("StoreAccess", "Sealing", "Importing", "Exporting", "Upkeep")
OPTION = re.compile(r'"[^"]*--[a-z]')

LONGEST_FILE = 400
VAGUE = re.compile(r".*(?:utils?|utilit(?:y|ies)|helpers?)(?:\+.*)?(?:\.\w+)?", re.IGNORECASE)
IMPORT = re.compile(
    r"^\s*(?P<attributes>(?:@\w+(?:\([^)]*\))?\s+)*)"
    r"(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+"
    r"(?:(?:struct|class|enum|protocol|typealias|func|let|var|actor)\s+)?`?(?P<module>[A-Za-z_]\w*)"
)


def imports(path):
    """(line number, module, attributes) of each import in a Swift file."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = IMPORT.match(line)
        if found:
            yield number, found["module"], found["attributes"]


def check_sources(root):
    for folder in sorted((root / "Sources").iterdir()):
        module = folder.name
        if module in C_MODULES:
            continue
        if module not in ARROWS:
            yield f"{folder.relative_to(root)}: not a module of docs/architecture.md"
            continue
        allowed = ARROWS[module] | SYSTEM_OF.get(module, SYSTEM)
        for path in sorted(folder.rglob("*.swift")):
            place = path.relative_to(root)
            for number, imported, _ in imports(path):
                if imported not in allowed:
                    yield f"{place}:{number}: {module} must not import {imported}{hint(module, imported)}"
            lines = len(path.read_text().splitlines())
            if lines > LONGEST_FILE:
                yield f"{place}:{LONGEST_FILE + 1}: {lines} lines, more than {LONGEST_FILE}: split it by concept"


def hint(module, imported):
    if imported in C_MODULES:
        return f" (only {C_MODULES[imported]} does)"
    if imported in SYSTEM:
        return " (it works on bytes in memory only)"
    return f" (it may: {', '.join(sorted(ARROWS[module])) or 'no other module'})"


def check_cycles(root):
    """Checks that no modules import each other in a circle, whatever the table above allows."""
    found = {
        folder.name: {imported for path in folder.rglob("*.swift") for _, imported, _ in imports(path)}
        for folder in sorted((root / "Sources").iterdir())
    }
    for cycle in cycles({module: found[module] | ARROWS.get(module, set()) for module in found}):
        yield f"Sources: {' -> '.join([*cycle, cycle[0]])}: these modules import each other"


def cycles(arrows):
    """Yields the cycles that a depth-first search finds, each as a list of modules."""
    done, way = set(), []

    def walk(module):
        if module in way:
            yield way[way.index(module) :]
        elif module in arrows and module not in done:
            way.append(module)
            for next_module in sorted(arrows[module]):
                yield from walk(next_module)
            done.add(way.pop())

    for module in sorted(arrows):
        yield from walk(module)


def check_tests(root):
    for path in sorted((root / "Tests").rglob("*.swift")):
        for number, module, attributes in imports(path):
            if module in C_MODULES:
                yield f"{path.relative_to(root)}:{number}: only {C_MODULES[module]} imports {module}"
            if "@testable" in attributes:
                yield f"{path.relative_to(root)}:{number}: tests use the public API, not @testable"


def check_names(root):
    for top in ("Sources", "Tests"):
        for path in sorted((root / top).rglob("*")):
            if VAGUE.fullmatch(path.name):
                yield f"{path.relative_to(root)}: name it after what it does"


def check_options(root):
    for module in ENGINE:
        for path in sorted((root / "Sources" / module).rglob("*.swift")):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                is_title = path.name == "AccessRole.swift"  # anchors of docs/access.md
                if OPTION.search(line) and not is_title and not line.lstrip().startswith("//"):
                    yield f"{path.relative_to(root)}:{number}: the command says what its options are called"


def described_targets(root):
    """Returns the targets of Package.swift, as SwiftPM describes them."""
    described = subprocess.run(
        ["swift", "package", "dump-package"], cwd=root, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    )
    return json.loads(described.stdout)["targets"]


def check_manifest(root):
    """Checks that Package.swift declares the dependencies above, and no others."""
    declared = {
        target["name"]: {(dependency.get("byName") or dependency.get("product") or dependency.get("target"))[0]
                         for dependency in target["dependencies"]}
        for target in described_targets(root)
        if target["type"] in ("regular", "executable") and target["name"] not in C_MODULES
        and not (target.get("path") or "").startswith("Tests/")
    }  # fmt: skip
    for module in sorted(ARROWS.keys() | declared.keys()):
        if declared.get(module) != ARROWS.get(module):
            yield (
                f"Package.swift: {module} depends on {listed(declared.get(module))}, "
                f"docs/architecture.md says {listed(ARROWS.get(module))}"
            )


def listed(names):
    return "nothing it declares" if names is None else ", ".join(sorted(names)) or "nothing"


def check(root):
    for part in (check_sources, check_cycles, check_tests, check_names, check_options):
        yield from part(root)


# Files in which everything that is checked is wrong once, and what must be reported about them.
WRONG = {
    "Sources/BSON/Document.swift": "import FoundationEssentials\n",
    "Sources/BSON/Clock.swift": "import Synchronization\nimport Glibc\n",
    "Sources/StravaRecords/Activity.swift": "// import Mongo\nimport BSON\nimport struct FieldCrypto.Envelope\n",
    "Sources/FieldCrypto/Key.swift": "import CSodium\nimport Foundation\n",
    "Sources/Importing/Ingest.swift": "import Mongo\ninternal import CMongo\n",
    "Sources/StoreAccess/Session.swift": "import Mongo\nimport Sealing\n",
    "Sources/Sealing/Walk.swift": "import StoreAccess\n",
    "Sources/Upkeep/Keys.swift": "import Sealing\nimport Exporting\n",
    "Sources/Upkeep/Refusal.swift": '/// `index --prune`\nlet advice = "give --prune"\n',
    "Sources/Reporting/Long.swift": "//\n" * (LONGEST_FILE + 1),
    "Sources/Mongo/StringUtils.swift": "",
    "Sources/Mongo/Helpers/Retry.swift": "",
    "Sources/Attic/Old.swift": "",
    "Tests/MongoTests/BulkTests.swift": "import Testing\n@testable import Mongo\nimport CMongo\n",
}
SAID = [
    "Sources/BSON/Document.swift:1: BSON must not import FoundationEssentials",
    "Sources/BSON/Clock.swift:2: BSON must not import Glibc",
    "Sources/StravaRecords/Activity.swift:3: StravaRecords must not import FieldCrypto",
    "Sources/Importing/Ingest.swift:2: Importing must not import CMongo",
    "Sources/StoreAccess/Session.swift:2: StoreAccess must not import Sealing",
    "Sources: Sealing -> StoreAccess -> Sealing: these modules import each other",
    "Sources/Upkeep/Keys.swift:2: Upkeep must not import Exporting",
    "Sources/Upkeep/Refusal.swift:2: the command says what its options are called",
    f"Sources/Reporting/Long.swift:{LONGEST_FILE + 1}: {LONGEST_FILE + 1} lines",
    "Sources/Mongo/Helpers: name it after what it does",
    "Sources/Mongo/StringUtils.swift: name it after what it does",
    "Sources/Attic: not a module of docs/architecture.md",
    "Tests/MongoTests/BulkTests.swift:2: tests use the public API",
    "Tests/MongoTests/BulkTests.swift:3: only Mongo imports CMongo",
]


def self_test():
    """Shows that this check can fail: each error is found where it is, and nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, text in WRONG.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        problems = list(check(root))
    missed = [said for said in SAID if not any(problem.startswith(said) for problem in problems)]
    surplus = [problem for problem in problems if not any(problem.startswith(said) for said in SAID)]
    for problem in missed:
        print(f"layers.py: did not find: {problem}", file=sys.stderr)
    for problem in surplus:
        print(f"layers.py: found without cause: {problem}", file=sys.stderr)
    return 1 if missed or surplus else 0


def main():
    arguments = argparse.ArgumentParser(description="Checks who imports whom.")
    arguments.add_argument("--self-test", action="store_true", help="check the checker on a tree that is wrong")
    if arguments.parse_args().self_test:
        return self_test()
    problems = [*check(ROOT), *check_manifest(ROOT)]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
