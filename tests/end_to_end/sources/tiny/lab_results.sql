SELECT * FROM lab_results
