"""The release's table: which files a version holds. What a release folder looks like is in `medcd_platform.release`."""

from __future__ import annotations

import polars as pl

from medcd_platform.contracts.column import TEXT, Column, Phi, Table, Zone

FILES = Table(
    "release_files",
    Zone.RESEARCH,
    "Files of a release, with sizes and checksums",
    "发布版本的文件清单与校验和",
    (
        Column("version", TEXT, Phi.NONE, "Version", "版本"),
        Column("path", TEXT, Phi.NONE, "Path within the release's folder", "相对路径"),
        Column("rows", pl.Int64, Phi.NONE, "Rows of a table's file", "行数", nullable=True),
        Column("bytes", pl.Int64, Phi.NONE, "Size", "大小", unit="bytes"),
        Column("sha256", TEXT, Phi.NONE, "SHA-256, 64 hexadecimal digits", "SHA-256校验和"),
    ),
    ("path",),
)

RELEASE_TABLES = (FILES,)
