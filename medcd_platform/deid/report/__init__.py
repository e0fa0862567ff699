"""The report for the data-protection officer: figures out of certificates, words in two languages, one HTML page.

It judges nothing: gates do that in `quality`, people in `medcd_platform.deid.review`.
"""
