"""Measures and structure of clinical text. What a task does with them belongs into its station."""
