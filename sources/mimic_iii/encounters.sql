SELECT hadm_id AS encounter_id, subject_id AS patient_id, $department AS department, 'inpatient' AS encounter_type,
       admittime AS admit_time, dischtime AS discharge_time, NULL AS ward, NULL AS bed_number, hadm_id AS visit_number,
       NULL AS attending_staff_id, discharge_location AS disposition
FROM here
