SELECT NULL AS diagnosis_id, NULL AS encounter_id, NULL AS patient_id, NULL AS sequence, NULL AS code, NULL AS code_system, NULL AS name, NULL AS diagnosis_type WHERE false
