"""People look at a sample of what is published: drawing it, handing it out, taking answers in, bounding what is left.

Exact bounds belong into `medcd_platform.deid.bounds`, commands into `medcd_platform.deid_review_cli`.
"""
