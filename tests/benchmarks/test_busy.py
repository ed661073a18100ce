from benchmarks import busy


def test_right_samples_of_every_homework_come_in_turn_training_ones_among_them():
    turns = busy.turns()
    homeworks = {each.slug for each in turns}
    assert [each.slug for each in turns[: len(homeworks)]] == sorted(homeworks)
    assert any("digits" in each.sample.file for each in turns)
