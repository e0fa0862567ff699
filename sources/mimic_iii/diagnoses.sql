SELECT 'D' || d.row_id AS diagnosis_id, d.hadm_id AS encounter_id, d.subject_id AS patient_id, d.seq_num AS sequence,
       d.icd9_code AS code, 'icd9' AS code_system, coalesce(n.long_title, 'ICD-9-CM ' || d.icd9_code) AS name,
       'discharge' AS diagnosis_type
FROM diagnoses d JOIN here USING (hadm_id) LEFT JOIN d_icd_diagnoses n USING (icd9_code)
