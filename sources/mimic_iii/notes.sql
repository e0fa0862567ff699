SELECT 'N' || n.row_id AS note_id, n.hadm_id AS encounter_id, n.subject_id AS patient_id,
       CASE trim(n.category)
            WHEN 'Discharge summary' THEN 'discharge_summary' WHEN 'Radiology' THEN 'imaging_report'
            WHEN 'ECG' THEN 'imaging_report' WHEN 'Echo' THEN 'imaging_report' WHEN 'Nursing' THEN 'nursing_note'
            WHEN 'Nursing/other' THEN 'nursing_note' ELSE 'daily_course_note' END AS note_type,
       n.cgid AS author_staff_id, coalesce(n.charttime, n.chartdate || ' 00:00:00') AS note_time, n.storetime AS updated_time,
       n.text AS text
FROM notes n JOIN here USING (hadm_id)
WHERE coalesce(n.iserror, '') <> '1'
