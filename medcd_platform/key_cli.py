"""`medcd key`: make a pseudonym key, check how it is kept, put a new one in its place. The key itself is never shown.

Reading and rotating keys is done in `medcd_platform.hospital`; `medcd reidentify` is in `reidentify_cli`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from medcd_platform.contracts.errors import PlainError
from medcd_platform.hospital.key import fingerprint, is_demo, write_key
from medcd_platform.hospital.key_rotation import archive_of, archived, rotate_key

if TYPE_CHECKING:
    # Dagster takes seconds to import, which making a key has no need of.
    from medcd_platform.orchestration.resources import HospitalResource


class KeyFileError(PlainError):
    """A key can't be written as asked; names the file."""


class _MakesByDefault(TyperGroup):
    """`medcd key FILE` is `medcd key make FILE`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["make", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_MakesByDefault,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Make a pseudonym key, check how it is kept, rotate it. `medcd key FILE` is `medcd key make FILE`.",
)
console = Console(stderr=True)

HospitalOption = Annotated[Path | None, typer.Option("--hospital", help="hospital.yaml, in place of MEDCD_HOSPITAL.")]
LakeOption = Annotated[
    Path | None, typer.Option("--lake", help="Lake folder, in place of hospital.yaml's or MEDCD_LAKE.")
]


@app.command()
def make(
    file: Annotated[Path, typer.Argument(help="Where to write it; must not exist.")],
    demo: Annotated[bool, typer.Option("--demo", help="The demo's key, which real sources refuse.")] = False,
) -> None:
    """Make a pseudonym key with mode 0600. Keep it outside of the lake, and back it up: it can't be made again."""
    try:
        write_key(file, demo=demo)
    except FileExistsError:
        raise KeyFileError(
            f"{file}: exists already; a lost key can't be made again, so it is not overwritten"
        ) from None
    console.print(f"Key written. Use it with: export MEDCD_KEY_FILE={file}", soft_wrap=True)


@app.command()
def check(
    hospital: HospitalOption = None,
    lake: LakeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on standard output, for scripts.")] = False,
) -> None:
    """Whether the key in MEDCD_KEY_FILE is kept as it must be, its fingerprint, and which key tables were made with.

    Exit code 1 says that it is not, and what to do.
    """
    place = _place(hospital, lake)
    from medcd_platform.orchestration.inputs import Inputs

    key, path = place.key(), place.key_file
    assert path is not None, "the key was read from it"
    report = {
        "file": str(path),
        "fingerprint": fingerprint(key),
        "demo": is_demo(key),
        "archived": archived(path),
        "published": sorted(Inputs(place).pseudonym_keys()),
    }
    if as_json:
        print(json.dumps(report, ensure_ascii=False))
        return
    print(f"{path}: key {report['fingerprint']}{', the demo key' if is_demo(key) else ''}, kept as it must be")
    print(f"earlier keys beside it: {', '.join(archived(path)) or 'none'}")
    print(f"de-identified tables were made with: {', '.join(sorted(Inputs(place).pseudonym_keys())) or 'none yet'}")


@app.command()
def rotate(
    hospital: HospitalOption = None,
    lake: LakeOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Put a new key in place of the one in MEDCD_KEY_FILE; the old one is kept beside it, named by its fingerprint.

    All pseudonyms, sides of the split and date offsets change. The next build de-identifies everything again and makes
    a new release, in which no patient can be linked to an earlier one; published releases stay as they are, and
    `medcd reidentify --release VERSION` finds the key that belongs to them.
    """
    place = _place(hospital, lake)
    key, path = place.key(), place.key_file
    assert path is not None, "the key was read from it"
    if not yes:
        typer.confirm(
            f"Replace key {fingerprint(key)} in {path} and keep it as {archive_of(path, fingerprint(key))}? "
            "Everything will be de-identified anew by the next build",
            abort=True,
        )
    done = rotate_key(path, demo_allowed=place.source.demo_key_allowed, lake=place.lake.root)
    print(f"{path}: key {done.after}")
    print(f"{done.archive}: key {done.before}, for releases that were made with it")
    console.print("Back up both, then run `medcd build`: everything is made again, as a new release.", soft_wrap=True)


def _place(hospital: Path | None, lake: Path | None) -> HospitalResource:
    """The hospital at work. Options become the environment, as everywhere."""
    from medcd_platform.orchestration.resources import (
        HOSPITAL_FILE,
        LAKE_ROOT,
        hospital_from_environment,
        hospital_resource,
    )

    for name, value in ((HOSPITAL_FILE, hospital), (LAKE_ROOT, lake)):
        if value is not None:
            os.environ[name] = str(value.resolve())
    return hospital_resource(hospital_from_environment()[1].parent)
