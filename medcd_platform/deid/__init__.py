"""Takes what identifies a person out of tables and texts: pseudonyms, shifted dates, masked names and numbers.

Whether a de-identified partition may pass is judged in `quality.deid`; reading and writing partitions is `lake`'s.
"""
