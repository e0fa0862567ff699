-- The whole roster: physicians of other departments appear in notes too.
SELECT
    GH AS staff_id,
    XM AS name,
    CASE KSDM
        WHEN '1000' THEN 'respiratory' WHEN '1010' THEN 'gastroenterology' WHEN '1020' THEN 'neurology'
        WHEN '1030' THEN 'cardiology' WHEN '1040' THEN 'hematology' WHEN '1050' THEN 'nephrology'
        WHEN '1060' THEN 'endocrinology' WHEN '1070' THEN 'rheumatology' WHEN '1080' THEN 'geriatrics'
        WHEN '1090' THEN 'general_surgery' WHEN '1100' THEN 'neurosurgery' WHEN '1110' THEN 'orthopedics'
        WHEN '1120' THEN 'urology' WHEN '1130' THEN 'thoracic_surgery'
        WHEN '1140' THEN 'cardiovascular_surgery' WHEN '1150' THEN 'gynecology' WHEN '1160' THEN 'obstetrics'
        WHEN '1170' THEN 'pediatrics' WHEN '1180' THEN 'ophthalmology' WHEN '1190' THEN 'otolaryngology'
        WHEN '1200' THEN 'stomatology' WHEN '1210' THEN 'dermatology' WHEN '1220' THEN 'psychiatry'
        WHEN '1230' THEN 'infectious_diseases' WHEN '1240' THEN 'oncology' WHEN '1250' THEN 'emergency'
        WHEN '1260' THEN 'rehabilitation' WHEN '1270' THEN 'pain' WHEN '1280' THEN 'critical_care'
        WHEN '1290' THEN 'traditional_chinese_medicine'
        ELSE KSDM
    END AS department,
    ZC AS title,
    LXDH AS phone
FROM staff
