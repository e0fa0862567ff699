SELECT * FROM dialogues
