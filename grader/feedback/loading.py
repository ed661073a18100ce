"""What is said about loading a hand-in: a module, or the cells of a notebook."""

from collections.abc import Mapping

from grader.feedback.entry import READ_ALOUD, CatalogueEntry

SENTENCES: Mapping[str, CatalogueEntry] = {
    "syntax_error": CatalogueEntry(
        "Your file can't be read as Python: {why}{place}.",
        "Look at that line and the one before it: a missing comma, bracket or colon is the usual cause.",
        own_words='The line reads "{text}".',
    ),
    "encoding": CatalogueEntry(
        "Your file isn't valid text: {found} at offset {offset}{place}.",
        "Save the file as UTF-8 and hand it in again.",
    ),
    "import_raised": CatalogueEntry(
        "Importing your file raised {seen_type}{place}{with_versions}.",
        "Import it yourself (python -c 'import mlp') until that passes.",
        own_words=READ_ALOUD,
    ),
    "import_timeout": CatalogueEntry(
        "Importing your file took longer than {seconds}{clock}.",
        'Move training and experiments under `if __name__ == "__main__":`; only definitions belong outside.',
    ),
    "cells_timeout": CatalogueEntry(
        "Running your notebook's cells took longer than {seconds}{clock} together.",
        "Train for fewer steps, on less data, or in a function that the tests call.",
    ),
    "import_crashed": CatalogueEntry(
        "While it was imported, your file {ending}.",
        'Move everything but definitions under `if __name__ == "__main__":`, and call no exit().',
    ),
    "no_notebook": CatalogueEntry(
        "Your notebook can't be read.",
        "Open it in Jupyter, run it, save it, and hand that file in.",
        own_words="It is {file}, and what reads notebooks says: {why}.",
    ),
    "cell_running": CatalogueEntry(
        "Code cell {cell} of {total} has begun.", "No action needed; the tests come when all have run."
    ),
    "cell_unreadable": CatalogueEntry(
        "Code cell {cell} can't be read as Python: {why}{place}. The other cells were run.",
        "Look at that line and the one before it.",
        own_words='The line reads "{text}".',
    ),
    "cell_raised": CatalogueEntry(
        "Code cell {cell} raised {seen_type}{place}{with_versions}. The other cells were run.",
        "Restart the kernel, run all cells from the top, and fix the first that fails.",
        own_words=READ_ALOUD,
    ),
    "cell_left_out": CatalogueEntry(
        "A line of code cell {cell} does nothing here{place}. The rest of the cell was run.",
        "Where submissions are graded there is no shell and no network, and nothing can be installed. If "
        "your code needs what the line does, write it in Python, or submit the file that it makes.",
        own_words='The line reads "{text}".',
    ),
    "cell_timeout": CatalogueEntry(
        "Code cell {cell} took longer than {seconds}{clock} and was stopped. The other cells were run.",
        "Train for fewer steps, or on less data.",
    ),
    "saved_without_outputs": CatalogueEntry(
        "Your notebook was saved without what its cells put out.",
        "If your sheet asks for the outputs: run all cells, save the notebook, and hand it in again.",
        own_words="It is {file}.",
    ),
    "import_missing": CatalogueEntry(
        "{module} was imported{place} and isn't installed here. A stand-in took its place.",
        "If nothing uses it, leave the import out. The assignment's page says what is installed.",
    ),
    "one_thread": CatalogueEntry(
        "A number of threads is set{place}. Your file is graded with one, whatever is set.",
        "No action needed: the results are the same.",
        own_words="It is {name}.",
    ),
    "no_workers": CatalogueEntry(
        "A DataLoader with workers is made{place}. It loads without them here, in the same order.",
        "No action needed: the batches are the same.",
    ),
    "entry_missing": CatalogueEntry(
        "{name} is missing from the submission.", "Submit a file with exactly that name."
    ),
    "not_handed_in": CatalogueEntry(
        "{name} was not submitted.",
        "It need not be: hand it in beside the others for the points of this part.",
    ),
    "unwritable": CatalogueEntry(
        "A file of your submission can't be stored where it is graded.",
        "Give files short names, and no file the name of a folder.",
        own_words="It is {file}: {why}.",
    ),
    "too_large": CatalogueEntry(
        "A file is larger than the {limit_bytes} allowed.",
        "Take data and outputs out of it.",
        own_words="It is {file}, with {size_bytes}.",
    ),
}

# What may be said about loading. The code comes out of the box, so it is a claim like all the rest.
LOADING = frozenset(
    {
        "autograd_disabled",
        "cells_timeout",
        "crashed",
        "encoding",
        "entry_missing",
        "forbidden",
        "import_crashed",
        "import_raised",
        "import_timeout",
        "no_notebook",
        "ok",
        "out_of_memory",
        "output_limit",
        "symbolic_refused",
        "syntax_error",
        "timeout",
        "too_large",
        "unwritable",
    }
)
