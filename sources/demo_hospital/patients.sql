-- The patient index holds the whole hospital; a partition takes those who were here. Dates are ISO text already.
SELECT
    BRBH AS patient_id,
    XM AS name,
    CASE XB WHEN '男' THEN 'M' WHEN '女' THEN 'F' WHEN '未知' THEN 'U' ELSE XB END AS sex,
    CSRQ AS birth_date,
    SFZH AS id_number,
    LXDH AS phone,
    JTZZ AS address,
    LXRXM AS contact_name,
    LXRGX AS contact_relation,
    LXRDH AS contact_phone,
    YBH AS insurance_number,
    GZDW AS employer,
    DZYX AS email,
    WXH AS wechat,
    MZ AS ethnicity,
    HYZK AS marital_status,
    SWSJ AS death_time
FROM patients
WHERE BRBH IN (SELECT BRBH FROM encounters)
