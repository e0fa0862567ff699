-- Marks in dialogues are left out: the contract's annotations refer to notes.
SELECT note_id, start, "end", type, text AS mention FROM annotations WHERE source = 'notes'
