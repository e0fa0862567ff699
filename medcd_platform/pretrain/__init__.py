"""Writes a patient's whole record as one document for pretraining.

Measures on documents (length, repetition, duplicates) belong into `text`; whether they pass is judged in `quality`.
"""
