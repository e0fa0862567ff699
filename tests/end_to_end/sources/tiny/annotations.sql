SELECT * FROM annotations
