"""Every sentence about a case, a hand-in or a grading that is not about mathematics' own mistakes.

The rest of the program passes a code and values (``grader.model.Fact``); here they become a message (what
is so) and advice (what to do next). ``text.py`` says how foreign text is made fit to be shown.
"""

from collections.abc import Mapping

from grader.feedback.entry import READ_ALOUD, CatalogueEntry
from grader.feedback.loading import LOADING, SENTENCES
from grader.feedback.values import Reader, words
from grader.model import Fact
from grader.model.language import N_, _

AS_IN_HANDOUT = N_("Compare what it returns with what the handout asks for.")
STOPPED = N_('The test stops{place}: "{text}".')

CATALOGUE: Mapping[str, CatalogueEntry] = {
    **SENTENCES,
    "ok": CatalogueEntry("Correct."),
    # comparisons
    "not_close": CatalogueEntry(
        "{name} is incorrect: greatest relative difference {difference} at {index}, allowed {allowed}.",
        "Work a small example out by hand and compare.",
    ),
    "not_rounded": CatalogueEntry(
        "{name} is incorrect: it is not the correct number rounded to as many significant digits ({digits}).",
        "Work it out once more with all digits, and round only what you write down at the end.",
    ),
    "wrong_shape": CatalogueEntry("{name} has shape {actual}, but {expected} is asked.{relation}", "{hint}"),
    "wrong_dtype": CatalogueEntry(
        "{name} has dtype {actual}, but {expected} is asked.",
        "Keep the dtype of the input; a whole-number or boolean mask needs .to(x.dtype).",
    ),
    "not_finite": CatalogueEntry(
        "{name} contains {found} at {index}.",
        "Look for a logarithm or a division whose argument can become 0, or an exp that overflows.",
    ),
    "not_numbers": CatalogueEntry(
        "{name} should be a tensor of numbers, but is {seen_kind}.",
        "Return the tensor itself, not a list, a string or a function.",
    ),
    "truth_value": CatalogueEntry(
        "{name} is True or False, where a number is asked.", "Return the number itself, not a comparison."
    ),
    "returned_none": CatalogueEntry(
        "{name} returned nothing (None).", "Add a return statement, or write the result."
    ),
    "missing_attribute": CatalogueEntry(
        "{name} does not exist.", "Compare the spelling with the handout; it must be set before it is read."
    ),
    "missing_function": CatalogueEntry(
        "{name} is not in your file.", "Compare the spelling with the handout, and check the indentation."
    ),
    "changed_input": CatalogueEntry(
        "{name} was changed, though it only is an input.",
        "Work on a copy: x.clone(), or an operation whose name does not end in an underscore.",
    ),
    "changed_parameter": CatalogueEntry(
        "{name} was changed, though only the gradients should be written.",
        "Leave the update of the weights to the training loop.",
    ),
    "transposed": CatalogueEntry(
        "{name} has the correct numbers with rows and columns exchanged, which no shape can show here.",
        "Swap the factors of the matrix product, or transpose the result.",
    ),
    "layout": CatalogueEntry("Your weights are read as {layout}.", "No action needed."),
    "layout_unknown": CatalogueEntry(
        "Your weights are in none of the layouts that can be read.",
        "Keep arrays W1, b1, W2 and b2, or W1 and W2 with the biases folded in; the text lists their shapes.",
    ),
    "module_unknown": CatalogueEntry(
        "TicketNet has other parameters than two layers of 3 → 4 → 1 with their biases.",
        "Make them in __init__: torch.nn.Linear(3, 4) and torch.nn.Linear(4, 1).",
    ),
    "counted_with": CatalogueEntry("A part of {name}, and counted with it.", "No action needed."),
    "noted_before": CatalogueEntry("Each loss is read as the one before its step.", "No action needed."),
    "noted_after": CatalogueEntry("Each loss is read as the one after its step.", "No action needed."),
    "ones_added": CatalogueEntry(
        "{name} is what it is made of with one added to every number; a column of ones is to be appended.",
        "Put the ones beside the matrix: np.hstack([X, np.ones((len(X), 1))]).",
    ),
    "bias_row_kept": CatalogueEntry(
        "Your code raised {seen_type}{place}: one factor still has the part of W2 that belongs to the ones.",
        "The step that appends the ones passes back only the columns that were there: drop W2's bias row.",
    ),
    "stretched": CatalogueEntry(
        "{name} has shape {actual} after training, and had {expected} before: it was stretched by a step.",
        "Give each gradient the shape of its weights. That the loss falls proves nothing.",
    ),
    "wrong_value": CatalogueEntry("{name} is incorrect.", "Compare with what the handout asks for."),
    # dicts of values and gradients
    "not_two_dicts": CatalogueEntry(
        "{name} should return two dicts: the values and the gradients.",
        "Return them as the worked example does: return values, gradients.",
    ),
    "no_entries": CatalogueEntry(
        "The {name} are empty.", "Put every intermediate into the first dict, the last one last."
    ),
    "entries_differ": CatalogueEntry(
        "The {name} have other names at another point.",
        "Give the same entries in the same order at every point.",
    ),
    "not_one_number": CatalogueEntry(
        "{name} is not one number.", "A float, or an array or tensor with a single element, is asked."
    ),
    "not_two_numbers": CatalogueEntry("{name} should return two numbers.", "Return them as a pair."),
    "not_five_numbers": CatalogueEntry(
        "{name} should return five numbers.", "Return a list, one number for each step."
    ),
    "own_nan": CatalogueEntry(
        "{name} is not a finite number. At this point there is one, so it comes from a number of your own.",
        "Look at what stands under the root, in the logarithm or below the line; the rest keeps its points.",
    ),
    "intermediate_missing": CatalogueEntry(
        "{name} is missing: no entry of yours is this step.",
        "One operation each: give every sum, product, power, root and logarithm an entry of its own.",
    ),
    "gradient_missing": CatalogueEntry(
        "There is no gradient of {name}.",
        "Put it into the second dict, under the name that it has in the first.",
    ),
    # numbers that a model predicts
    "error_reached": CatalogueEntry(
        "Correct: an error of {error}; less than {asked} is asked.", "No action needed."
    ),
    "error_missed": CatalogueEntry(
        "The error is {error}; less than {asked} is asked.",
        "Keep some rows back and look at the error on those; compare with guessing the mean for every row.",
    ),
    "own_graph": CatalogueEntry("Read: the picture shows it with your numbers.", "No action needed."),
    # labels that a model predicts
    "share_reached": CatalogueEntry(
        "Correct: {share} of the labels; more than {asked} are asked.", "No action needed."
    ),
    "share_missed": CatalogueEntry(
        "{share} of the labels are correct; more than {asked} are asked.",
        "Keep some images back and look what the model makes of them; move and blur those it learns from.",
    ),
    "not_one_label_each": CatalogueEntry(
        "{name} should return {count} labels, one for each image.",
        "Return whole numbers: the greatest of the model's outputs for each image, not the outputs.",
    ),
    # what the submission did instead of answering
    "raised": CatalogueEntry(
        "Your code raised {seen_type}{place}{with_versions}.",
        "Run your file on a small input and read the last line.",
        own_words=READ_ALOUD,
    ),
    "wrong_count": CatalogueEntry(
        "{name} returned {got} where {wanted} asked.", AS_IN_HANDOUT, staff=STOPPED
    ),
    "missing_entry": CatalogueEntry("{name} returned {got} without {entry}.", AS_IN_HANDOUT, staff=STOPPED),
    "missing_member": CatalogueEntry(
        "{name} returned {got}, which has no {attribute}.", AS_IN_HANDOUT, staff=STOPPED
    ),
    "unusable": CatalogueEntry(
        "The test can't work with what {name} returned: {got}.", AS_IN_HANDOUT, staff=STOPPED
    ),
    "not_asked": CatalogueEntry(
        "The test ended before it got to this, because of what your code returned.", AS_IN_HANDOUT
    ),
    "assertion": CatalogueEntry("An assertion of this test failed.", "", staff='The test says: "{text}".'),
    "timeout": CatalogueEntry(
        "This took longer than the {seconds}{clock} allowed{scope} and was stopped.",
        "Look for a loop that does not end, one over single elements where a matrix product would do, or "
        "something that waits, such as sleep() or input().",
    ),
    "crashed": CatalogueEntry(
        "Your code {ending}.",
        "Calls such as exit(), quit() or os._exit() don't belong in a submission; a segmentation fault "
        "comes from native code or from unbounded recursion.",
    ),
    "out_of_memory": CatalogueEntry(
        "Your code needed more than the {limit_bytes} of memory allowed.",
        "Look for a tensor that grows in a loop, or one with an axis too many.",
    ),
    "output_limit": CatalogueEntry(
        "Your code printed more than the {limit_bytes} allowed and was stopped.",
        "Remove the debug output, above all inside loops.",
    ),
    "answer_too_large": CatalogueEntry(
        "Your code returned more than a test can take: at most {count} numbers, texts and lists "
        "({limit_bytes}), and {size_bytes} of tensors and arrays.",
        "Return a tensor or an array instead of a long list, and only what the handout asks for.",
    ),
    "forbidden": CatalogueEntry(
        "{what} was used{place}{within}, which this assignment forbids.", "Write this step by hand instead."
    ),
    "autograd_disabled": CatalogueEntry(
        "Automatic differentiation was used{place}, which this assignment forbids.",
        "Write the backward pass by hand; nothing needs requires_grad or backward() of torch.",
    ),
    "symbolic_refused": CatalogueEntry(
        "Your code imported sympy{place}, which this assignment forbids: write derivatives by hand.",
        "Remove the import, derive by hand, and write down what comes out.",
    ),
    "not_run": CatalogueEntry("Not run, because of this: {because}.", "Fix that first."),
    "printed_false": CatalogueEntry(
        "The test compared your result and found it incorrect.", "", staff='It printed "{text}"{place}.'
    ),
    "script_exit": CatalogueEntry("The test ended early, with exit status {number}.", ""),
    "unknown_code": CatalogueEntry(
        "The result is not what it should be.",
        "Compare with what the handout asks for.",
        staff="The test says: {code}.",
    ),
    # our fault
    "box_lost": CatalogueEntry(
        "We lost the sandbox. It is our fault, and nothing is lost.", "", staff="{why}"
    ),
    "suite_broken": CatalogueEntry(
        "The tests could not be run to their end. It is our fault, and nothing is lost.",
        "",
        staff=STOPPED,
    ),
    "tests_hung": CatalogueEntry(
        "The tests took too long by themselves. It is our fault, and nothing is lost.",
        "",
        staff="Stopped after {seconds}.",
    ),
    # about a grading
    "report_cut": CatalogueEntry(
        "This report was longer than a report may be. Of these, part was cut: {cut}.",
        "Verdicts and points are complete. Print less, and keep messages and names short.",
    ),
    "no_cases": CatalogueEntry(
        "{name} is worth points, but no test counts for it.",
        "It gets 0 points until a test names it in its `function` marker.",
    ),
    "diagnosis_failed": CatalogueEntry(
        "No mistake in {name} could be named: a program of the tests raised an exception{place}.",
        "Verdicts and points are complete. Fix the program, and verify again.",
        staff='It says: "{text}".',
    ),
    "unknown_function": CatalogueEntry(
        "Tests count for {name}, which assignment.toml does not declare.",
        "Add it under [[functions]], or correct the test's marker. Its cases are not scored.",
    ),
}

OURS = frozenset({"box_lost", "suite_broken", "tests_hung"})
NOTES = frozenset(
    {
        "cell_left_out",
        "cell_raised",
        "cell_running",
        "cell_timeout",
        "cell_unreadable",
        "diagnosis_failed",
        "import_missing",
        "no_cases",
        "no_workers",
        "one_thread",
        "report_cut",
        "saved_without_outputs",
        "unknown_function",
    }
)
FOR_STAFF = frozenset({"diagnosis_failed", "no_cases", "unknown_function"})


class _Said(dict[str, str]):
    """Values by name; one that the fact does not have reads as a dash."""

    def __missing__(self, key: str) -> str:
        return "–"


def message(fact: Fact, reader: Reader = Reader.STAFF) -> str:
    """Return what is so, as one or two sentences for that reader."""
    entry = CATALOGUE[fact.code]
    said = _Said(words(fact.values, reader))
    parts = [entry.message]
    if entry.own_words and reader is not Reader.STUDENT and _all_there(entry.own_words, said):
        parts.append(entry.own_words)
    if entry.staff and reader is Reader.STAFF:
        parts.append(entry.staff)
    return " ".join(_(part).format_map(said) for part in parts)


def advice(fact: Fact) -> str:
    """Return what to do next, or an empty string."""
    return _(CATALOGUE[fact.code].advice).format_map(_Said(words(fact.values, Reader.STUDENT)))


def known(fact: Fact) -> Fact:
    """Return the fact, or one that stands for a code which a hidden test made up."""
    return fact if fact.code in CATALOGUE else Fact("unknown_code", {"code": fact.code})


def believed(load: Fact) -> Fact:
    """Return what is said about loading; an unknown claim reads as a crash, which is what it amounts to."""
    return load if load.code in LOADING else Fact("import_crashed")


def _all_there(template: str, said: Mapping[str, str]) -> bool:
    """Say whether the values named in the template are known, so that no empty quotation is shown."""
    return all(said.get(name) for name in ("text", "file") if f"{{{name}}}" in template)
