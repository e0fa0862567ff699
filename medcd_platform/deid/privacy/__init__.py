"""What identifies by combination, and who may undo a pseudonym: k-anonymity, generalisation, re-identification.

What identifies in a text belongs into `medcd_platform.deid.rules` and `medcd_platform.deid.tagger`.
"""
