"""Runs the examples of docs/ci.md as the services would, as far as that is possible without them.

  ci_examples.py PROGRAM CHECKOUT FOLDER

The examples are taken from the page itself. The workflow is validated with GitHub's schema, and its `run:` steps run in
a scratch repository with the variables that the service sets; building and apt-get are rehearsed (`make -n`,
`apt-get --simulate`). The hooks are run by pre-commit on commits. Prints the results as one JSON object.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree

import markdown_it
import ruamel.yaml

PROGRAM, CHECKOUT, FOLDER = (pathlib.Path(argument) for argument in sys.argv[1:])
SCRIPTS = pathlib.Path(sys.executable).parent
GOOD = (CHECKOUT / "fixtures/valid/activities/summary.json").read_text()
BAD = (CHECKOUT / "fixtures/invalid/negative-distance.json").read_text()
UNREADABLE = "gone.json"


def examples() -> list[tuple[str, dict]]:
    tokens = markdown_it.MarkdownIt("commonmark").parse((CHECKOUT / "docs/ci.md").read_text())
    texts = [token.content for token in tokens if token.type == "fence" and token.info == "yaml"]
    return [(text, ruamel.yaml.YAML(typ="safe").load(text)) for text in texts]


def run(*command: object, ok: tuple[int, ...] = (0,), cwd: pathlib.Path = FOLDER, **environment: str):
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env={**os.environ, **environment}, text=True, capture_output=True,
        stdin=subprocess.DEVNULL, check=False)
    assert done.returncode in ok, (command, done.returncode, done.stdout, done.stderr)
    return done


def script(path: pathlib.Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


# The workflow


def workflow(text: str, parsed: dict) -> dict:
    def verdict(text: str, name: str) -> int:
        file = FOLDER / name
        file.write_text(text)
        return run(
            SCRIPTS / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", file, ok=(0, 1)).returncode

    assert verdict(text.replace("runs-on:", "run-on:"), "wrong.yml") == 1, "the schema refuses nothing"
    assert verdict(text, "strava-fixtures.yml") == 0
    (job,) = parsed["jobs"].values()
    return {
        "good": steps(job, "good", {"a.json": GOOD}), "bad": steps(job, "bad", {"a.json": GOOD, "b, c.json": BAD}),
        "unreadable": steps(job, "unreadable", {"a.json": GOOD, UNREADABLE: None})}


def steps(job: dict, name: str, files: dict) -> dict:
    """Runs the `run:` steps in order, each in its own shell, up to the first one that fails."""
    work = FOLDER / name
    (work / "fixtures").mkdir(parents=True)
    for file, text in files.items():
        if text is None:
            (work / "fixtures" / file).symlink_to("nowhere")
        else:
            (work / "fixtures" / file).write_text(text)
    (work / ".strava-store").symlink_to(CHECKOUT)
    rehearsed = FOLDER / f"{name}-bin"
    script(rehearsed / "make", f'#!/bin/sh\nexec "{shutil.which("make")}" -n "$@"\n')
    apt = shutil.which("apt-get")
    assert apt, "this needs a Debian system"
    script(rehearsed / "apt-get", f'#!/bin/sh\n[ "$1" = update ] || exec "{apt}" --simulate "$@"\n')
    told = {}
    service = {variable: FOLDER / f"{name}-{variable}" for variable in ("GITHUB_STEP_SUMMARY", "GITHUB_PATH")}
    for file in service.values():
        file.touch()
    for step in job["steps"]:
        if "run" not in step:
            assert re.fullmatch(r"[\w.-]+(/[\w.-]+)+@v\d+", step["uses"]), step
            continue
        assert "${{" not in step["run"], "an expression in a script lets text become code"
        command = FOLDER / f"{name}-step.sh"
        command.write_text(step["run"])
        path = [*reversed(service["GITHUB_PATH"].read_text().split()), str(rehearsed), os.environ["PATH"]]
        # This is the command that `shell: bash` means.
        assert job["defaults"]["run"]["shell"] == "bash"
        done = run(
            "bash", "--noprofile", "--norc", "-eo", "pipefail", command, ok=tuple(range(256)), cwd=work,
            PATH=":".join(path), CI="true", GITHUB_ACTIONS="true", GITHUB_WORKSPACE=str(work),
            **{variable: str(file) for variable, file in service.items()})
        told[step["name"]] = {"exit_code": done.returncode, "output": done.stdout}
        if step["name"] == "Build":
            # The program that was built for the tests, at the path where the dry run would install it.
            installed = re.search(r'^install -D -m 0755 \S+/strava-store "(.*)"$', done.stdout, re.MULTILINE)
            assert installed, done.stdout
            assert installed[1].startswith(str(work / cached(job))), installed
            pathlib.Path(installed[1]).parent.mkdir(parents=True)
            pathlib.Path(installed[1]).symlink_to(PROGRAM)
        if done.returncode:
            break
    for step in job["steps"]:
        for file in (step.get("with", {}).get("path", "") + "\n" + step.get("with", {}).get("sarif_file", "")).split():
            assert (work / file).exists(), f"{step['name']} takes {file}, which is not there"
    sarif = json.loads((work / "strava-store.sarif").read_text())
    cases = xml.etree.ElementTree.parse(work / "strava-store.junit.xml").iter("testcase")
    return {
        "steps": {step: outcome["exit_code"] for step, outcome in told.items()},
        "annotations": told["Check"]["output"].splitlines(),
        "summary": service["GITHUB_STEP_SUMMARY"].read_text().splitlines()[0],
        "sarif": [
            location["physicalLocation"]["artifactLocation"]["uri"]
            for result in sarif["runs"][0]["results"] for location in result["locations"]],
        "junit": {case.get("name"): [child.tag for child in case] for case in cases}}


def cached(job: dict) -> str:
    (path,) = [step["with"]["path"] for step in job["steps"] if step.get("uses", "").startswith("actions/cache@")]
    return path


# The hooks


def hooks(name: str, text: str, owner: str | None) -> dict:
    """Commits a valid file, an invalid one, and a file that the hook does not check."""
    work = FOLDER / name
    work.mkdir()
    home = FOLDER / f"{name}-home"
    script(home / "bin/strava-store", f'#!/bin/sh\nexec "{PROGRAM}" "$@"\n')
    (home / ".gitconfig").write_text(
        "[user]\n\tname = T\n\temail = t@example.com\n[protocol \"file\"]\n\tallow = always\n[init]\n"
        "\tdefaultBranch = main\n"
        # The address on the page is replaced by this checkout, which has the definition of the hook.
        + (f'[url "file://{FOLDER}/published"]\n\tinsteadOf = {owner}\n' if owner else ""))
    environment = {
        "HOME": str(home), "XDG_CONFIG_HOME": str(home), "PRE_COMMIT_HOME": str(home / "pre-commit"),
        "PATH": f"{home}/bin:{SCRIPTS}:{os.environ['PATH']}"}
    (work / ".pre-commit-config.yaml").write_text(text)
    run(SCRIPTS / "pre-commit", "validate-config", ".pre-commit-config.yaml", cwd=work, **environment)

    def git(*arguments: str, ok=(0,)):
        return run("git", *arguments, cwd=work, ok=ok, **environment)

    def commit(file: str, text: str):
        (work / file).parent.mkdir(exist_ok=True)
        (work / file).write_text(text)
        git("add", "--all")
        done = git("commit", "--message", file, ok=(0, 1))
        said = done.stdout + done.stderr
        assert "warning" not in said.lower().replace("0 warnings", ""), said
        return {"exit_code": done.returncode, "output": said}

    git("init", "--quiet")
    run(SCRIPTS / "pre-commit", "install", cwd=work, **environment)
    told = {"good": commit("fixtures/good.json", GOOD), "other": commit("package.json", '{"name": "x"}')}
    told["bad"] = commit("fixtures/bad.json", BAD)
    told["commits"] = git("log", "--format=%s").stdout.split()
    return told


def publish(tag: str) -> None:
    """Creates a repository with the files that pre-commit reads from this one."""
    published = FOLDER / "published"
    published.mkdir()
    shutil.copy(CHECKOUT / ".pre-commit-hooks.yaml", published)
    run(SCRIPTS / "pre-commit", "validate-manifest", published / ".pre-commit-hooks.yaml")
    author = ["-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "commit.gpgSign=false"]
    run("git", "init", "--quiet", cwd=published)
    run("git", "add", "--all", cwd=published)
    run("git", *author, "commit", "--quiet", "--no-verify", "--message", "hooks", cwd=published)
    run("git", "tag", tag, cwd=published)


for variable in [name for name in os.environ if name.startswith("GIT_")]:
    del os.environ[variable]
FOLDER.mkdir(parents=True)
page = examples()
assert len(page) == 3, "docs/ci.md has a workflow and two configurations of pre-commit"
named = page[1][1]["repos"][0]
publish(named["rev"])
print(json.dumps({
    "workflow": workflow(*page[0]), "named": hooks("named", page[1][0], named["repo"]),
    "local": hooks("local", page[2][0], None)}))
