SELECT NULL AS dialogue_id, NULL AS encounter_id, NULL AS patient_id, NULL AS dialogue_time, NULL AS text WHERE false
