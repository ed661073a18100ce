"""Progress bars in all their spellings, and the stand-ins of what draws: no iteration is left out."""

import pytest

from tests.hostile.boxed import boxed, printed_by
from worker.guest.inert import Inert
from worker.wire.message import Loaded

# How a bar is made, and what a loop over it sees.
BARS = {
    "from tqdm import tqdm": ("tqdm([1, 2, 3])", "[1, 2, 3]"),
    "from tqdm import tqdm as bar": ("bar(range(2), 'epochs', 2, False)", "[0, 1]"),
    "import tqdm": ("tqdm.tqdm(iterable=(x for x in 'ab'), total=2, desc='letters')", "['a', 'b']"),
    "import tqdm  # its range": ("tqdm.trange(3, leave=False, file=None)", "[0, 1, 2]"),
    "from tqdm import trange": ("trange(2, 8, 3, disable=True)", "[2, 5]"),
    "from tqdm.auto import tqdm": ("tqdm(zip([1], [2]), mininterval=0.5, colour='green')", "[(1, 2)]"),
    "from tqdm.auto import trange": ("trange(1)", "[0]"),
    "from tqdm.autonotebook import tqdm": ("tqdm([4])", "[4]"),
    "from tqdm.notebook import tqdm": ("tqdm([5, 6], leave=False, ncols='80%', display=False)", "[5, 6]"),
    "from tqdm.notebook import tqdm_notebook, tnrange": ("tqdm_notebook(tnrange(2))", "[0, 1]"),
    "from tqdm.notebook import trange": ("trange(2)", "[0, 1]"),
    "from tqdm import tqdm_notebook": ("tqdm_notebook(range(2))", "[0, 1]"),
    "from tqdm import tnrange": ("tnrange(2)", "[0, 1]"),
    "from tqdm.std import tqdm": ("tqdm(iterable=[1])", "[1]"),
    "from tqdm.asyncio import tqdm": ("tqdm([1])", "[1]"),
    "from tqdm.gui import tqdm_gui, tgrange": ("tqdm_gui(tgrange(2))", "[0, 1]"),
    "from tqdm import tgrange": ("tgrange(2)", "[0, 1]"),
    "from tqdm.rich import tqdm": ("tqdm([1, 2])", "[1, 2]"),
    "from tqdm.tk import trange": ("trange(2)", "[0, 1]"),
    "from tqdm.contrib import tenumerate": ("tenumerate('ab', start=1, desc='x')", "[(1, 'a'), (2, 'b')]"),
    "from tqdm.contrib import tzip": ("tzip([1, 2], 'ab')", "[(1, 'a'), (2, 'b')]"),
    "from tqdm.contrib import tmap": ("tmap(abs, [-1, 2])", "[1, 2]"),
    "from tqdm.contrib.itertools import product": ("product([1], 'ab')", "[(1, 'a'), (1, 'b')]"),
}


def test_every_spelling_of_a_bar_loops_over_what_it_is_given_and_prints_nothing(cold):
    lines = [f"{imported}\nprint([each for each in {made}])" for imported, (made, _) in BARS.items()]
    with boxed(cold, "import warnings\nwarnings.simplefilter('ignore')\n" + "\n".join(lines)) as box:
        assert isinstance(box.loaded, Loaded), box.loaded
        assert box.loaded.output.splitlines() == [seen for _, seen in BARS.values()]
        assert box.loaded.notes == ()


def test_bar_is_entered_described_and_counts(cold):
    source = """
from tqdm import tqdm
with tqdm(total=4, unit="batch") as bar:
    for step in range(3):
        bar.set_description(f"step {step}")
        bar.set_postfix({"loss": 0.5}, refresh=True)
        bar.set_postfix_str("lr=0.1")
        bar.update(1)
        bar.refresh()
    bar.write("told")
for loss in (bar2 := tqdm([0.5, 0.25])):
    bar2.set_postfix(loss=loss)
tqdm.write("told too")
print(bar.n, bar.total, bar.desc, bar.postfix, len(tqdm("abc")), bar2.n, bar2.format_dict["n"])
"""
    assert printed_by(cold, source) == "told\ntold too\n3 4 step 2:  lr=0.1 3 2 2\n"


def test_what_the_loop_raises_comes_through(cold):
    source = "from tqdm import tqdm\nfor x in tqdm([1, 0]):\n    1 / x\n"
    with boxed(cold, source) as box:
        assert (box.loaded.values["type"], box.loaded.values["line"]) == ("ZeroDivisionError", 3)


def test_bars_start_no_thread(cold):
    source = (
        "import threading\nfrom tqdm.auto import tqdm\nbar = tqdm(total=3)\nprint(threading.active_count())"
    )
    assert printed_by(cold, source) == "1\n"


@pytest.fixture
def plots():
    """What stands in for a package that draws, as a module's attribute."""
    return Inert("matplotlib.pyplot")


def test_stand_in_that_is_given_something_to_loop_over_gives_that(plots):
    assert list(plots.progress_bar([1, 2])) == [1, 2]
    assert list(plots.track(sequence=range(2), description="x")) == [0, 1]
    assert list(plots.track("epochs", range(2))) == [0, 1]


@pytest.mark.parametrize(
    "unpack",
    [
        lambda plots: [*plots.figure()],
        lambda plots: [*plots.gcf().axes],
        lambda plots: len(plots.title("loss")),
        lambda plots: dict(zip(plots.gca(), [1, 2], strict=False)),
        lambda plots: [*plots.plot([1], [2], [3], [4])],
    ],
)
def test_stand_in_of_no_known_shape_is_never_empty(plots, unpack):
    with pytest.raises(ImportError, match="matplotlib is not installed"):
        unpack(plots)


def test_plots_have_the_shapes_that_they_have_at_home(plots):
    figure, (left, right) = plots.subplots(1, 2)
    assert figure
    assert left is not right
    assert plots.subplots(2, 3)[1].shape == (2, 3)
    assert plots.subplots(nrows=2, sharex=True)[1].shape == (2,)
    assert plots.subplots(1, 1, squeeze=False)[1].shape == (1, 1)
    _, axes = plots.subplots(figsize=(3, 4))
    axes.plot([1])
    (line,) = plots.plot([1, 2], "r-")
    low, high = axes.set_title("x").get_xlim()
    counts, edges, bars = plots.hist([1])
    assert all((line, low, high, counts, edges, bars))
    rates = [rate for _, rate in zip(plots.subplots(1, 3)[1], [0.1, 0.2, 0.3], strict=True)]
    assert rates == [0.1, 0.2, 0.3]
