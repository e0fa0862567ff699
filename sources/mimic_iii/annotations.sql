SELECT NULL AS note_id, NULL AS start, NULL AS "end", NULL AS type, NULL AS mention WHERE false
