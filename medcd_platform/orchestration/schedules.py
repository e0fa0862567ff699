"""The monthly schedule: at the start of a month, last month's delivery of each department."""

import datetime as dt
from collections.abc import Iterator

import dagster as dg

from medcd_platform.hospital.settings import Hospital

_DAY = dt.timedelta(days=1)

# Deliveries arrive on the first; the third night leaves time for late files.
AT = "0 2 3 * *"


def monthly_schedule(job_name: str, hospital: Hospital) -> dg.ScheduleDefinition:
    """Requests last month for every department; says why where that month is none of the hospital's."""

    @dg.schedule(
        job_name=job_name,
        cron_schedule=AT,
        name="monthly_delivery",
        execution_timezone="Asia/Shanghai",
        description="On the third of each month: last month's delivery of every department.",
    )
    def monthly_delivery(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        today = context.scheduled_execution_time.date()
        months = hospital.months(today)
        last = (today.replace(day=1) - _DAY).strftime("%Y-%m")
        if last not in months:
            yield dg.SkipReason(f"{last} is none of the hospital's months ({months[0]} to {months[-1]})")
            return
        for department in hospital.department_codes:
            yield dg.RunRequest(run_key=f"{department}|{last}", partition_key=f"{department}|{last}-01")

    return monthly_delivery
