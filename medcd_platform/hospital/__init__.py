"""The hospital: its settings as typed objects, its departments and months, its pseudonym key.

Which patient lies in which shard belongs here too; which pseudonym he gets belongs into `deid`.
"""
