SELECT
    DHLSH AS dialogue_id,
    JZLSH AS encounter_id,
    BRBH AS patient_id,
    coalesce(strftime(try_strptime(DHSJ, '%Y/%m/%d %H:%M:%S'), '%Y-%m-%d %H:%M:%S'), DHSJ) AS dialogue_time,
    DHNR AS "text"
FROM dialogues
