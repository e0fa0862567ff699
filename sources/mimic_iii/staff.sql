SELECT NULL AS staff_id, NULL AS name, NULL AS department, NULL AS title, NULL AS phone WHERE false
