SELECT
    YZH AS order_id,
    JZLSH AS encounter_id,
    BRBH AS patient_id,
    YPMC AS drug_name,
    DCJL AS dose,
    JLDW AS dose_unit,
    GYTJ AS route,
    SYPC AS frequency,
    coalesce(strftime(try_strptime(KSSJ, '%Y/%m/%d %H:%M:%S'), '%Y-%m-%d %H:%M:%S'), KSSJ) AS start_time,
    coalesce(strftime(try_strptime(JSSJ, '%Y/%m/%d %H:%M:%S'), '%Y-%m-%d %H:%M:%S'), JSSJ) AS end_time
FROM medication_orders
