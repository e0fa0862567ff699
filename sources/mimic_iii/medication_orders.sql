SELECT 'M' || m.row_id AS order_id, m.hadm_id AS encounter_id, m.subject_id AS patient_id, m.drug AS drug_name,
       -- Doses such as '1-2' or '325-650' are kept as no number; the order stays.
       try_cast(m.dose_val_rx AS DOUBLE)::VARCHAR AS dose, m.dose_unit_rx AS dose_unit, m.route AS route, NULL AS frequency,
       m.startdate AS start_time, m.enddate AS end_time
FROM medication_orders m JOIN here USING (hadm_id)
