WITH last_service AS (
    SELECT hadm_id, arg_max(curr_service, transfertime) AS service FROM services GROUP BY hadm_id
),
here AS (
    SELECT a.*
    FROM admissions a LEFT JOIN last_service s USING (hadm_id)
    WHERE '2024-0' || (((month(a.admittime::TIMESTAMP) - 1) % 3) + 1) = $month
      AND $department = CASE coalesce(s.service, 'MED')
            WHEN 'CMED' THEN 'cardiology' WHEN 'CSURG' THEN 'cardiovascular_surgery' WHEN 'VSURG' THEN 'cardiovascular_surgery'
            WHEN 'NMED' THEN 'neurology' WHEN 'NSURG' THEN 'neurosurgery' WHEN 'ORTHO' THEN 'orthopedics'
            WHEN 'SURG' THEN 'general_surgery' WHEN 'PSURG' THEN 'general_surgery' WHEN 'TSURG' THEN 'thoracic_surgery'
            WHEN 'TRAUM' THEN 'emergency' WHEN 'OMED' THEN 'oncology' WHEN 'GU' THEN 'urology' WHEN 'GYN' THEN 'gynecology'
            WHEN 'OBS' THEN 'obstetrics' WHEN 'ENT' THEN 'otolaryngology' WHEN 'DENT' THEN 'stomatology'
            WHEN 'PSYCH' THEN 'psychiatry' WHEN 'NB' THEN 'pediatrics' WHEN 'NBB' THEN 'pediatrics'
            ELSE 'critical_care' END
)
SELECT * FROM here
