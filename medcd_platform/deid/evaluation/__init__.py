"""How well identifiers are found: marked texts from here and from annotation tools, figures, other programs.

What reviewers say of a release's sample belongs into `medcd_platform.deid.review`.
"""
