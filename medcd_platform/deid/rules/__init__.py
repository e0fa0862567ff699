"""What finds identifiers by what is known and by form: the hospital's tables, patterns, word lists and anchors.

Each kind of identifier has its module; all are found in one pass, see `scan`. Deciding between them and the tagger
belongs into `medcd_platform.deid.decision`, replacing what is found into `medcd_platform.deid.replacement`.
"""
