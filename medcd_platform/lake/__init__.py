"""The lake: where a table's partitions lie, how they are written, and what was written (certificates).

What is in a table belongs into `contracts`, whether it may be published into `quality`.
"""
