WITH first_admission AS (
    SELECT subject_id, min(admittime::TIMESTAMP) AS admitted FROM admissions GROUP BY subject_id
)
SELECT p.subject_id AS patient_id,
       'subject ' || p.subject_id AS name,
       p.gender AS sex,
       -- Births moved back by 300 years stand for ages over 89; see README.md.
       CASE WHEN date_diff('year', p.dob::TIMESTAMP, f.admitted) > 130 THEN f.admitted - INTERVAL 91 YEAR
            ELSE p.dob::TIMESTAMP END::DATE::VARCHAR AS birth_date,
       NULL AS id_number, NULL AS phone, NULL AS address, NULL AS contact_name, NULL AS contact_relation,
       NULL AS contact_phone, NULL AS insurance_number, NULL AS employer, NULL AS email, NULL AS wechat,
       (SELECT any_value(h.ethnicity) FROM here h WHERE h.subject_id = p.subject_id) AS ethnicity,
       (SELECT any_value(h.marital_status) FROM here h WHERE h.subject_id = p.subject_id) AS marital_status,
       p.dod AS death_time
FROM patients p JOIN first_admission f USING (subject_id)
WHERE p.subject_id IN (SELECT subject_id FROM here)
