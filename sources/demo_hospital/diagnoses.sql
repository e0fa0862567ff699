SELECT
    ZDLSH AS diagnosis_id,
    JZLSH AS encounter_id,
    BRBH AS patient_id,
    ZDXH AS sequence,
    ZDBM AS code,
    CASE BMTX WHEN 'ICD-10' THEN 'icd10' WHEN 'ICD-9' THEN 'icd9' ELSE BMTX END AS code_system,
    ZDMC AS name,
    CASE ZDLX WHEN '入院诊断' THEN 'admission' WHEN '出院诊断' THEN 'discharge' WHEN '门诊诊断' THEN 'outpatient'
        ELSE ZDLX END AS diagnosis_type
FROM diagnoses
