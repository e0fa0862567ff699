"""The learned layer: a conditional random field over characters, trained on marked notes.

`tags` says what it tells apart, `features` what it looks at, `model` how it decides, `training` how weights are found;
`names` and `augmentation` multiply marked notes, `corpus/` holds those that the shipped model was trained on.
"""
