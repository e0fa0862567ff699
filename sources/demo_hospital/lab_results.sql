-- The laboratory system writes ISO times.
SELECT
    JYLSH AS lab_result_id,
    JZLSH AS encounter_id,
    BRBH AS patient_id,
    CYSJ AS specimen_time,
    XMDM AS item_code,
    XMMC AS item_name,
    JGWB AS value_text,
    JGSZ AS value_number,
    DW AS unit,
    CKXX AS reference_low,
    CKSX AS reference_high,
    CASE YCBZ WHEN '↑' THEN 'H' WHEN '↓' THEN 'L' WHEN '正常' THEN 'N' ELSE YCBZ END AS flag
FROM lab_results
