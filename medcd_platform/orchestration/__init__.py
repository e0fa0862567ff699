"""The Dagster machinery, one noun a module: partitions, resources, jobs, schedules, lineage.

What is made is in `assets`, how in the stations.
"""
