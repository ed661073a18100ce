from worker.examiner.lengths import Lengths


def test_the_longest_axis_of_an_argument_counts():
    lengths = Lengths()
    assert lengths.longest == 1
    for shape in ((3, 4), (), (1000, 2), (0,), (7,)):
        lengths.give(shape)
    assert lengths.longest == 1000


def test_what_the_submission_chose_does_not_count_when_it_is_passed_on():
    lengths = Lengths()
    lengths.give((10, 3))
    lengths.answer((10, 1_000_000))
    lengths.give((1_000_000, 10))
    assert lengths.longest == 10


def test_each_test_counts_from_nothing_and_remembers_whose_a_length_is():
    lengths = Lengths()
    lengths.give((5000, 3))
    lengths.answer((70_000,))
    lengths.begin()
    assert lengths.longest == 1
    lengths.answer((5000, 1))
    lengths.give((70_000,))
    lengths.give((5000, 1))
    assert lengths.longest == 5000
