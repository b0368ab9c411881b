"""Checks the output of `validate --format …` with the schemas and parsers of the formats.

  report_formats.py PROGRAM FOLDER [--db NAME]

Makes a dump in FOLDER that is hostile to every format (names and values with each one's special characters, a file in
an archive, a good file, one that is not there), checks it in every format, and prints one JSON object: what each
format's reader found in it. With --db it is a database on MONGODB_URI that is checked, which has errors. Whatever a
reader or schema refuses ends this with a traceback.
"""
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import zipfile

import junitparser
import markdown_it
import sarif_kit.validate
import xmlschema

PROGRAM, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
DATABASE = sys.argv[4] if sys.argv[3:] else None
HOSTILE = "a | b `c` <b>d</b> & e, f: g % h \" ' ]]> ::error::x *y* _z_ [k](l) ~~m~~ \u202e \x1b[31m"
NAME = "odd: name, 100% & <new>.json"


def activity(number: int, **members: object) -> dict:
    return {
        "resource_state": 2, "athlete": {"id": 900000001, "resource_state": 1}, "name": "Run", "distance": 8046.7,
        "moving_time": 2412, "elapsed_time": 2480, "type": "Run", "sport_type": "Run", "id": 91000000000 + number,
        "start_date": "2024-05-01T14:30:00Z", "start_date_local": "2024-05-01T06:30:00Z", "utc_offset": -28800.0,
        "upload_id": number, **members}


def make() -> list[str]:
    (FOLDER / "dump").mkdir(parents=True)
    good = [activity(n) for n in range(3)]
    (FOLDER / "dump/good.json").write_text(json.dumps(good, indent=2))
    # 13 errors, 12 warnings, 12 different notes.
    odd = [activity(100 + n, distance=-1 - n) for n in range(12)]
    odd += [activity(200 + n, start_date="2024-05-01T14:30:00") for n in range(12)]
    odd += [activity(300 + n, **{f"{n} {HOSTILE}": 1}) for n in range(12)]
    odd.append(activity(400, start_latlng=[91.5, 0], athlete={"id": 900000001}))
    (FOLDER / "dump" / NAME).write_text(json.dumps(odd, indent=1))
    with zipfile.ZipFile(FOLDER / "dump/all.zip", "w") as archive:
        archive.writestr("inside/one.json", json.dumps({"activities": [activity(500, name=HOSTILE, distance="x")]}))
        archive.writestr("inside/two.json", json.dumps(activity(501)))
    return ["dump", "missing.json"]


def check(form: str, *arguments: str) -> str:
    runs = []
    for _ in range(3):
        done = subprocess.run(
            [PROGRAM, "validate", "--format", form, *arguments], capture_output=True, cwd=FOLDER, check=False)
        assert done.returncode == (1 if DATABASE else 2), (form, done)
        runs.append(done.stdout)
    assert len(set(runs)) == 1, f"{form}: not the same bytes in three runs"
    text = runs[0].decode("utf-8")
    assert "91.5" not in text, f"{form} shows a coordinate"
    assert "\x1b" not in text, f"{form} lets control characters through"
    assert form in ("json", "jsonl", "sarif") or "\u202e" not in text, f"{form} lets direction marks through"
    assert str(FOLDER) not in text, f"{form} names the machine's folders"
    return text


def as_json(paths: list[str]) -> dict:
    told = json.loads(check("json", *paths))
    assert told["summary"]["exit_code"] == 2 and told["unwritten"] == 0
    lines = [json.loads(line) for line in check("jsonl", *paths).splitlines()]
    assert lines == told["findings"]
    for finding in lines:
        if finding["rule"] != "SS014":
            look(finding)
    return {
        "findings": counts(finding["severity"] for finding in lines),
        "errors": told["summary"]["errors"], "inputs": told["summary"]["inputs"]}


def look(finding: dict) -> None:
    """Checks that line and column, byte offset and JSON Pointer of each position lead to the same value."""
    file, inside = finding["file"], None
    if ".zip/" in file:
        file, inside = file[:file.index(".zip/") + 4], file[file.index(".zip/") + 5:]
        text = zipfile.ZipFile(FOLDER / file).read(inside).decode()
    else:
        text = (FOLDER / file).read_text()
    line = text.split("\n")[finding["line"] - 1]
    rest = line[finding["column"] - 1:]
    assert text.encode()[finding["offset"]:].decode().startswith(rest), finding
    value = json.loads(text)
    if isinstance(value, list):
        value = value[finding["record"] - 1]
    elif inside:
        value = value["activities"] and value
    for step in finding["pointer"].split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        value = value[int(step) if isinstance(value, list) else step]
    shown = json.dumps(value)
    assert rest.startswith(shown[0] if isinstance(value, (list, dict)) else shown), (finding, rest, shown)


def as_github(paths: list[str]) -> dict:
    found = collections.Counter()
    texts = []
    for line in check("github", *paths).splitlines():
        match = re.fullmatch(r"::(error|warning|notice) ((?:[a-z]+=[^,:]*)(?:,[a-z]+=[^,:]*)*)::(.*)", line)
        assert match, line
        command, properties, message = match.groups()
        told = dict(item.split("=", 1) for item in properties.split(","))
        assert set(told) <= {"file", "line", "col", "title"}, line
        found[command] += 1
        if "file" in told and told["file"] != "missing.json":
            name = unescaped(told["file"])
            assert (FOLDER / name.split(".zip/")[0]).exists() or (FOLDER / (name.split(".zip/")[0] + ".zip")).exists()
            assert int(told["line"]) > 0 and int(told["col"]) > 0
        texts.append(unescaped(message))
    assert max(found.values()) <= 10
    return {"annotations": dict(found), "left": [text for text in texts if "the summary counts" in text]}


def unescaped(text: str) -> str:
    assert not re.search(r"%(?!25|0D|0A|3A|2C)", text), text
    for code, plain in [("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")]:
        text = text.replace(code, plain)
    return text


def as_sarif(paths: list[str]) -> dict:
    log = json.loads(check("sarif", *paths))
    errors = sarif_kit.validate.validation_errors(log)
    assert not errors, errors
    assert sarif_kit.validate.validation_errors({**log, "runs": [{}]}), "the schema refuses nothing"
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        for location in result["locations"]:
            uri = location["physicalLocation"]["artifactLocation"]["uri"]
            assert re.fullmatch(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+", uri) and not uri.startswith("/"), uri
    return {
        "levels": counts(result["level"] for result in run["results"]),
        "rules": len(rules), "helped": all(rule["help"]["text"] for rule in rules),
        "successful": run["invocations"][0]["executionSuccessful"]}


def as_junit(paths: list[str]) -> dict:
    suites = junit(*paths)
    told = {}
    for suite in suites:
        assert (suite.tests, suite.failures, suite.errors) == (suites.tests, suites.failures, suites.errors)
        for case in suite:
            told[case.name] = [type(result).__name__ for result in case.result]
        assert suite.tests == len(told)
        assert suite.failures == sum(kinds == ["Failure"] for kinds in told.values())
        assert suite.errors == sum(kinds == ["Error"] for kinds in told.values())
    return told


def junit(*paths: str) -> junitparser.JUnitXml:
    # JUnit has no schema of its own. This one is from Jenkins' xUnit plugin, and pytest's tests use it, too (MIT).
    schema = xmlschema.XMLSchema(pathlib.Path(__file__).parent / "junit-10.xsd")
    text = check("junit", *paths)
    schema.validate(text)
    assert not schema.is_valid(text.replace(" tests=", " test=")), "the schema refuses nothing"
    return junitparser.JUnitXml.fromstring(text.encode())


def as_markdown(paths: list[str]) -> dict:
    text = check("markdown", *paths)
    tokens = markdown_it.MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    inline = [child for token in tokens for child in token.children or []]
    kinds = counts(token.type for token in tokens + inline)
    assert not {"html_block", "html_inline", "link_open", "code_inline", "fence"} & set(kinds), kinds
    cells = [token.content for token in tokens if token.type == "inline"]
    shown = ["".join(child.content for child in token.children) for token in tokens if token.type == "inline"]
    assert len(cells) == len(shown)
    assert any("a | b `c` <b>d</b> & e, f: g % h" in cell for cell in shown), "a hostile name is not shown as it is"
    return {"tables": kinds["table_open"], "rows": kinds["tr_open"], "heading": shown[0]}


def counts(values) -> dict:
    return dict(sorted(collections.Counter(values).items()))


def of_documents(arguments: list[str]) -> dict:
    """Returns the documents and pointers that each format names."""
    told = json.loads(check("json", *arguments))
    lines = [json.loads(line) for line in check("jsonl", *arguments).splitlines()]
    assert lines == told["findings"] and not any("file" in line for line in lines)
    annotations = [re.fullmatch(r"::error title=[^,:]*::(\w+/\w+): .* \((.*)\)\n?", line)
                   for line in check("github", *arguments).splitlines()]
    log = json.loads(check("sarif", *arguments))
    errors = sarif_kit.validate.validation_errors(log)
    assert not errors, errors
    cases = {case.name: [type(result).__name__ for result in case.result]
             for suite in junit(*arguments) for case in suite}
    page = markdown_it.MarkdownIt("commonmark").enable("table").parse(check("markdown", *arguments))
    cells = ["".join(child.content for child in token.children) for token in page if token.type == "inline"]
    shown = subprocess.run([PROGRAM, "validate", *arguments], capture_output=True, text=True, check=False).stderr
    return {
        "json": counts(line["severity"] for line in lines), "github": ["".join(match.groups()) for match in annotations],
        "sarif": [place["logicalLocations"][0]["fullyQualifiedName"] for result in log["runs"][0]["results"]
                  for place in result["locations"] if "physicalLocation" not in place],
        "junit": cases, "markdown": [cell for cell in cells if re.fullmatch(r"\w+/[0-9a-f]{24}", cell)],
        "text": ["".join(match) for match in re.findall(r"(?m)^(\w+/\w+): error: .* \((.*)\) \[SS\d+\]$", shown)]}


os.environ.pop("NO_COLOR", None)
if DATABASE:
    FOLDER.mkdir()
    print(json.dumps(of_documents(["--db", DATABASE])))
else:
    paths = make()
    print(json.dumps({
        "json": as_json(paths), "github": as_github(paths), "sarif": as_sarif(paths), "junit": as_junit(paths),
        "markdown": as_markdown(paths)}))
