SELECT 'L' || l.row_id AS lab_result_id, l.hadm_id AS encounter_id, l.subject_id AS patient_id, l.charttime AS specimen_time,
       l.itemid AS item_code, coalesce(i.label, l.itemid) AS item_name, coalesce(l.value, l.valuenum) AS value_text,
       l.valuenum AS value_number, l.valueuom AS unit, NULL AS reference_low, NULL AS reference_high, NULL AS flag
FROM lab_results l JOIN here USING (hadm_id) LEFT JOIN d_labitems i USING (itemid)
