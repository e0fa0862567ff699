"""Great Expectations behind one function: a suite and its measures in, verdicts out.

Great Expectations sees one frame with a row per partition whose cells are counts and shares, never the tables
themselves: its results quote cells, and it costs per validation. Taking the measures is in the stations' modules.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from functools import cache
from typing import Any

import polars as pl

from medcd_platform.contracts.errors import PlainError
from medcd_platform.lake.certificate import Verdict
from quality.rule import Suite

_PARTITION = "partition"


class GateError(PlainError):
    """The gate itself failed: nothing was judged. Never to be read as a pass or as a refusal."""


def judge(suite: Suite, measures: Mapping[str, Mapping[str, float | None]]) -> dict[str, tuple[Verdict, ...]]:
    """The verdicts of each partition, in the suite's order.

    Args:
        measures: partition key -> rule name -> measured figure; None only for optional rules.

    Raises:
        GateError: a measure is missing or not a number, or Great Expectations raised inside an expectation.
    """
    if not measures:
        return {}
    for partition, figures in measures.items():
        for rule in suite.rules:
            figure = figures.get(rule.name)
            if (figure is None and not rule.optional) or (figure is not None and math.isnan(figure)):
                raise GateError(f"{suite.table} {partition}: rule {rule.name} was not measured")
    frame = pl.DataFrame(
        {
            _PARTITION: list(measures),
            **{r.name: [m.get(r.name) for m in measures.values()] for r in suite.rules},
        },
        schema={_PARTITION: pl.String, **{r.name: pl.Float64 for r in suite.rules}},
        strict=False,
    )
    failed = _failures(suite, frame)
    return {
        partition: tuple(
            Verdict(rule.name, partition not in failed[rule.name], figures.get(rule.name), rule.threshold, rule.family)
            for rule in suite.rules
        )
        for partition, figures in measures.items()
    }


def _failures(suite: Suite, frame: pl.DataFrame) -> dict[str, set[str]]:
    """Rule name -> the partitions that break it."""
    import great_expectations as gx
    from great_expectations.expectations.core.expect_column_values_to_be_between import (
        ExpectColumnValuesToBeBetween,
    )

    expectations = gx.ExpectationSuite(
        name=suite.table,
        expectations=[
            ExpectColumnValuesToBeBetween(
                column=rule.name, min_value=rule.minimum, max_value=rule.maximum, meta={"rule": rule.name}
            )
            for rule in suite.rules
        ],
    )
    batch = _batch_definition().get_batch(batch_parameters={"dataframe": frame.to_pandas()})
    result = batch.validate(
        expectations,
        # Cells are figures of partitions, so that complete results hold nothing personal.
        result_format={"result_format": "COMPLETE", "unexpected_index_column_names": [_PARTITION]},
    )
    failed: dict[str, set[str]] = {}
    for outcome in result.results:
        name = outcome.expectation_config.kwargs["column"]
        if outcome.exception_info.get("raised_exception") or not outcome.exception_info.keys() <= _NO_EXCEPTION:
            raise GateError(f"{suite.table}: Great Expectations raised an exception while judging {name}")
        listed = outcome.result.get("unexpected_index_list") or []
        failed[name] = {str(row[_PARTITION]) for row in listed}
        if outcome.success == bool(failed[name]):
            raise GateError(f"{suite.table}: the verdict on {name} and its list of partitions disagree")
    if missing := {rule.name for rule in suite.rules} - failed.keys():
        raise GateError(f"{suite.table}: no verdict on {', '.join(sorted(missing))}")
    return failed


# An expectation that raised carries one entry per metric instead of these.
_NO_EXCEPTION = {"raised_exception", "exception_traceback", "exception_message"}


@cache
def _batch_definition() -> Any:
    """One in-memory context per process: making one costs as much as a hundred validations."""
    # Read when a context is made; a hospital's judge doesn't call home.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    # The default would make a folder for documents outside of the lake.
    context = gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
        ),
    )
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("measures").add_dataframe_asset("measures")
    return asset.add_batch_definition_whole_dataframe("whole")
