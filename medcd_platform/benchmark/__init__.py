"""Makes test items from held-out patients, one file per task; each input stops where a prediction would be made.

Data to train on belongs into `sft`; models and scores belong into `baseline`.
"""
