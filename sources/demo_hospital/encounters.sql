-- Unknown codes and times that don't parse pass through as they are: the row contract judges them.
SELECT
    JZLSH AS encounter_id,
    BRBH AS patient_id,
    coalesce((SELECT map_from_entries(list((KSDM, department))) FROM here)[KSDM], KSDM) AS department,
    CASE JZLX WHEN '门诊' THEN 'outpatient' WHEN '住院' THEN 'inpatient' WHEN '急诊' THEN 'emergency' ELSE JZLX END
        AS encounter_type,
    coalesce(strftime(try_strptime(RYSJ, '%Y/%m/%d %H:%M:%S'), '%Y-%m-%d %H:%M:%S'), RYSJ) AS admit_time,
    coalesce(strftime(try_strptime(CYSJ, '%Y/%m/%d %H:%M:%S'), '%Y-%m-%d %H:%M:%S'), CYSJ) AS discharge_time,
    BQ AS ward,
    CWH AS bed_number,
    JZH AS visit_number,
    ZGYSGH AS attending_staff_id,
    LYFS AS disposition
FROM encounters
