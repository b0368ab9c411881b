"""Compares docs/dependencies.md with the program's real components, and writes a list of these for other tools.

Usage: dependencies.py check PROGRAM [RESOLVED]   exits with 1 if names differ
       dependencies.py sbom PROGRAM OUTPUT        writes a CycloneDX SBOM of this build

RESOLVED is SwiftPM's Package.resolved. The check ignores versions, because Debian and SwiftPM update them.
"""

import json
import platform
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "dependencies.md"
# The libraries of Swift's runtime, if it is not linked in.
SWIFT = re.compile(r"libswift|lib_?Foundation|libdispatch$|libBlocksRuntime$")


@dataclass(frozen=True)
class Listed:
    """A row of a table: a Swift package, the runtime, or a system package with its libraries."""

    name: str
    version: str
    licence: str
    libraries: tuple[str, ...]


def listed():
    rows = []
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|") or cells[0] in ("package", "libraries") or set(cells[0]) <= {"-"}:
            continue
        libraries = tuple(cells.pop(0).split(", ")) if len(cells) == 5 else ()
        rows.append(Listed(cells[0], cells[1], cells[2], libraries))
    return rows


def resolved(path):
    """Returns the version of each Swift package."""
    return {pin["identity"]: pin["state"]["version"] for pin in json.loads(path.read_text())["pins"]}


def loaded(program):
    """Returns the path of each library that the program loads, by its name without version."""
    lines = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout.splitlines()
    files = [line.split("=>")[-1].split("(")[0].strip() for line in lines if "linux-vdso" not in line]
    return {re.sub(r"(-(x86-64|aarch64))?\.so[.\d]*$", "", Path(file).name): file for file in files}


def differences(program, packages):
    rows, libraries = listed(), loaded(program)
    swift = {row.name for row in rows if not row.libraries} - {"swift"}
    system = {library for row in rows for library in row.libraries}
    linked = {library for library in libraries if not SWIFT.match(library)}
    for names, fault in [
        (packages.keys() - swift, "Swift package is not listed"),
        (swift - packages.keys(), "listed Swift package is not used"),
        (linked - system, "library is not listed"),
        (system - linked, "listed library is not loaded"),
    ]:
        yield from (f"{PAGE.name}: {fault}: {name}" for name in sorted(names))


def installed(package):
    """Returns the version that Debian has installed, or None if dpkg does not know the package."""
    query = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True)
    return query.stdout if query.returncode == 0 else None


def component(row, packages):
    from cyclonedx.contrib.license.factories import LicenseFactory
    from cyclonedx.model.component import Component, ComponentType
    from packageurl import PackageURL

    if row.name in packages:
        version = packages[row.name]
        purl = PackageURL("swift", "github.com/apple", row.name, version)
    elif row.libraries:
        version = installed(row.name) or row.version
        purl = PackageURL("deb", "debian", row.name, version, {"arch": architecture()})
    else:
        said = subprocess.run(["swift", "--version"], check=True, capture_output=True, text=True).stdout
        version = re.search(r"Swift version (\S+)", said)[1]
        purl = PackageURL("generic", None, row.name, version)
    licence = LicenseFactory().make_from_string(row.licence)
    return Component(
        name=row.name, version=version, type=ComponentType.LIBRARY, licenses=[licence], purl=purl, bom_ref=str(purl)
    )


def architecture():
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


def write_sbom(program, output, packages):
    from cyclonedx.contrib.license.factories import LicenseFactory
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output import make_outputter
    from cyclonedx.schema import OutputFormat, SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    said = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
    bom = Bom()
    bom.metadata.component = Component(
        name="strava-store", version=said.strip(), type=ComponentType.APPLICATION, bom_ref="strava-store",
        licenses=[LicenseFactory().make_from_string("Apache-2.0")],
    )
    components = [component(row, packages) for row in listed()]
    for one in components:
        bom.components.add(one)
    bom.register_dependency(bom.metadata.component, components)
    text = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=2)
    if fault := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        sys.exit(f"the SBOM is not valid CycloneDX: {fault}")
    Path(output).write_text(text + "\n")


def main():
    task, program, *rest = sys.argv[1:]
    packages = resolved(Path(rest[0]) if task == "check" and rest else ROOT / "Package.resolved")
    found = list(differences(program, packages))
    if found:
        sys.exit("\n".join(found))
    if task == "sbom":
        write_sbom(program, rest[0], packages)


if __name__ == "__main__":
    main()
