"""The tagger of one hospital: trained on its own lines beside the marked notes, measured, accepted, kept as versions.

Deciding with a model and finding weights belong into `medcd_platform.deid.tagger`.
"""
