-- Departments by their code in the hospital's systems.
FROM (VALUES
    ('1000', 'respiratory'), ('1010', 'gastroenterology'), ('1020', 'neurology'), ('1030', 'cardiology'),
    ('1040', 'hematology'), ('1050', 'nephrology'), ('1060', 'endocrinology'), ('1070', 'rheumatology'),
    ('1080', 'geriatrics'), ('1090', 'general_surgery'), ('1100', 'neurosurgery'), ('1110', 'orthopedics'),
    ('1120', 'urology'), ('1130', 'thoracic_surgery'), ('1140', 'cardiovascular_surgery'), ('1150', 'gynecology'),
    ('1160', 'obstetrics'), ('1170', 'pediatrics'), ('1180', 'ophthalmology'), ('1190', 'otolaryngology'),
    ('1200', 'stomatology'), ('1210', 'dermatology'), ('1220', 'psychiatry'), ('1230', 'infectious_diseases'),
    ('1240', 'oncology'), ('1250', 'emergency'), ('1260', 'rehabilitation'), ('1270', 'pain'),
    ('1280', 'critical_care'), ('1290', 'traditional_chinese_medicine')
) AS departments (KSDM, department)
