SELECT * FROM diagnoses
