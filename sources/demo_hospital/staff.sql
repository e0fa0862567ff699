-- The whole roster: physicians of other departments appear in notes too.
SELECT
    GH AS staff_id,
    XM AS name,
    coalesce((SELECT map_from_entries(list((KSDM, department))) FROM here)[KSDM], KSDM) AS department,
    ZC AS title,
    LXDH AS phone
FROM staff
