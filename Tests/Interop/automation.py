"""Checks the workflows and the action of this repository as far as that is possible without GitHub: GitHub's own schemas, the
syntax of every script in them, and that the make targets and scripts that they call exist.

Usage: automation.py CHECKOUT
Prints a line for each complaint, then the number of scripts.
"""

import pathlib
import re
import subprocess
import sys

import ruamel.yaml

CHECKOUT = pathlib.Path(sys.argv[1])
CHECKER = pathlib.Path(sys.executable).parent / "check-jsonschema"
TARGETS = set(re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text(), re.M))
FILES = {
    **{path: "vendor.github-workflows" for path in sorted((CHECKOUT / ".github/workflows").glob("*.yml"))},
    CHECKOUT / "action.yml": "vendor.github-actions",
}

complaints = []
scripts = 0
for path, schema in FILES.items():
    text = path.read_text()
    checked = subprocess.run([CHECKER, "--builtin-schema", schema, path], capture_output=True, text=True, check=False)
    if checked.returncode:
        complaints.append(f"{path.name}: {checked.stdout}")
    parsed = ruamel.yaml.YAML(typ="safe").load(text)
    jobs = parsed["jobs"].values() if "jobs" in parsed else [parsed["runs"]]
    for step in (step for job in jobs for step in job["steps"]):
        if "run" not in step:
            # A branch could change what runs with our permissions.
            if not re.fullmatch(r"[\w./-]+@v\d+", step["uses"]):
                complaints.append(f"{path.name}: {step['uses']} names no version")
            continue
        scripts += 1
        script = re.sub(r"\$\{\{.*?\}\}", "x", step["run"])
        # What others name (a branch, a title) must not become part of a script.
        for expression in re.findall(r"\$\{\{\s*(.*?)\s*\}\}", step["run"]):
            if not expression.startswith("matrix."):
                complaints.append(f"{path.name}: {expression} inside a script")
        syntax = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
        if syntax.returncode:
            complaints.append(f"{path.name}: {step.get('name')}: {syntax.stderr}")
        for target in re.findall(r"\bmake ([a-z-]+)", script):
            if target not in TARGETS and target != "x":
                complaints.append(f"{path.name}: make {target} does not exist")
        for called in re.findall(r"(?:^|\s)(scripts/[\w-]+)", script):
            if not (CHECKOUT / called).exists():
                complaints.append(f"{path.name}: {called} does not exist")
print("\n".join(complaints + [f"{scripts} scripts"]))
sys.exit(bool(complaints))
