SELECT
    WSLSH AS note_id,
    JZLSH AS encounter_id,
    BRBH AS patient_id,
    CASE WSLX
        WHEN '门诊病历' THEN 'outpatient_record' WHEN '入院记录' THEN 'admission_record'
        WHEN '首次病程记录' THEN 'first_course_note' WHEN '日常病程记录' THEN 'daily_course_note'
        WHEN '阶段小结' THEN 'stage_summary' WHEN '手术记录' THEN 'operation_note'
        WHEN '出院记录' THEN 'discharge_summary' WHEN '检查报告' THEN 'imaging_report'
        WHEN '病理报告' THEN 'pathology_report' WHEN '护理记录' THEN 'nursing_note'
        ELSE WSLX
    END AS note_type,
    SXYSGH AS author_staff_id,
    coalesce(strftime(try_strptime(SXSJ, '%Y/%m/%d %H:%M:%S'), '%Y-%m-%d %H:%M:%S'), SXSJ) AS note_time,
    coalesce(strftime(try_strptime(XGSJ, '%Y/%m/%d %H:%M:%S'), '%Y-%m-%d %H:%M:%S'), XGSJ) AS updated_time,
    WSNR AS "text"
FROM notes
