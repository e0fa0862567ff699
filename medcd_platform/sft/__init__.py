"""Makes instruction data, one file per task, from patients whose split is train or validation.

Held-out patients belong to `benchmark` alone; whether examples pass is judged in `quality`.
"""
