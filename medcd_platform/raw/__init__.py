"""Takes in what a hospital delivers: opens files, runs the source's SQL, sorts out rows that break the contract.

De-identification belongs into `deid`; whether a partition passes is judged in `quality`.
"""
