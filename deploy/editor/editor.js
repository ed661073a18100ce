// Turns a form's <textarea data-editor> into an editor. Without this file it stays the text field it is.
//
// The editor lives in a shadow root: CodeMirror puts its styles there as adopted style sheets, which a strict
// Content-Security-Policy allows, where it would else write a <style> into the page. Colours are the page's own,
// whose custom properties reach into the shadow root, dark mode included.
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import {
  HighlightStyle,
  Language,
  StreamLanguage,
  bracketMatching,
  defineLanguageFacet,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { toml } from "@codemirror/legacy-modes/mode/toml";
import { highlightSelectionMatches, openSearchPanel, search, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import {
  Decoration,
  EditorView,
  drawSelection,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags as t } from "@lezer/highlight";
import { parser as markdown } from "@lezer/markdown";

const LANGUAGES = {
  py: () => python(),
  toml: () => StreamLanguage.define(toml),
  md: () => new Language(defineLanguageFacet(), markdown, [], "markdown"),
};

const LOOKS = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--ground)", height: "100%" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": {
    fontFamily: "ui-monospace, 'DejaVu Sans Mono', monospace",
    fontSize: ".875rem",
    lineHeight: "1.5",
  },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { color: "var(--quiet)", backgroundColor: "var(--soft)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine": { backgroundColor: "transparent" },
  ".cm-activeLineGutter": { color: "var(--ink)", backgroundColor: "var(--line)" },
  ".cm-wrong": { backgroundColor: "color-mix(in srgb, var(--wrong) 14%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "color-mix(in srgb, var(--accent) 30%, transparent)",
  },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": {
    backgroundColor: "transparent",
    outline: "1px solid var(--quiet)",
  },
  ".cm-selectionMatch, .cm-searchMatch": {
    backgroundColor: "color-mix(in srgb, var(--trouble) 25%, transparent)",
  },
  ".cm-searchMatch-selected": { outline: "2px solid var(--trouble)" },
  ".cm-panels": { color: "var(--ink)", backgroundColor: "var(--soft)", borderColor: "var(--line)" },
  ".cm-panels button, .cm-panels input": { font: "inherit", color: "inherit", background: "var(--ground)" },
  ".cm-panels button": { border: "1px solid var(--quiet)", borderRadius: "4px" },
});

const COLOURS = HighlightStyle.define([
  { tag: [t.keyword, t.operatorKeyword, t.modifier, t.controlKeyword], color: "var(--accent)", fontWeight: "600" },
  { tag: [t.string, t.special(t.string), t.monospace], color: "var(--right)" },
  { tag: [t.number, t.bool, t.null, t.atom], color: "var(--trouble)" },
  { tag: t.comment, color: "var(--quiet)", fontStyle: "italic" },
  { tag: [t.function(t.definition(t.variableName)), t.definition(t.className), t.heading], fontWeight: "700" },
  { tag: [t.definition(t.propertyName), t.propertyName, t.meta, t.link, t.url], color: "var(--accent)" },
  { tag: t.emphasis, fontStyle: "italic" },
  { tag: t.strong, fontWeight: "700" },
  { tag: t.invalid, color: "var(--wrong)" },
]);

/** Marks the lines, by number, that something is wrong with; the mark goes where its line goes. */
function marked(numbers) {
  const mark = Decoration.line({ class: "cm-wrong" });
  const inside = (doc) => numbers.filter((each) => each >= 1 && each <= doc.lines);
  return EditorView.decorations.of((view) => {
    const doc = view.state.doc;
    return Decoration.set(inside(doc).map((each) => mark.range(doc.line(each).from)), true);
  });
}

function numbers(text) {
  return (text ?? "").split(",").map(Number).filter(Boolean);
}

function extensions(area, save) {
  const language = LANGUAGES[area.dataset.editor];
  return [
    lineNumbers(),
    highlightSpecialChars(),
    history(),
    drawSelection(),
    bracketMatching(),
    indentOnInput(),
    indentUnit.of("    "),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSelectionMatches(),
    search({ top: true }),
    syntaxHighlighting(COLOURS),
    LOOKS,
    language ? language() : [],
    keymap.of([{ key: "Mod-s", run: save }, indentWithTab, ...searchKeymap, ...historyKeymap, ...defaultKeymap]),
    marked(numbers(area.dataset.wrong)),
    EditorState.readOnly.of(area.readOnly),
    EditorView.contentAttributes.of({ "aria-label": area.getAttribute("aria-label"), tabindex: "0" }),
  ];
}

/** How many bytes a form sends for a text: each end of a line becomes two. */
function sent(text) {
  return new Blob([text]).size + text.split("\n").length;
}

/** Puts the editor in the place of the text field, which keeps the text for the form. */
function upgrade(area) {
  const form = area.form;
  const host = document.createElement("div");
  host.className = "editor";
  area.before(host);
  const root = host.attachShadow({ mode: "open" });
  const kept = area.value;
  const save = () => {
    if (!area.readOnly) form.requestSubmit(form.querySelector("[data-save]"));
    return true;
  };
  const view = new EditorView({
    state: EditorState.create({ doc: kept, extensions: extensions(area, save) }),
    parent: root,
    root,
  });
  const text = () => view.state.doc.toString();
  area.hidden = true;
  let leaving = false;
  form?.addEventListener("submit", (event) => {
    area.value = text();
    // What is too long would be refused unread, and the text be gone with the page.
    const tooLong = !area.readOnly && sent(area.value) > Number(area.dataset.most);
    for (const each of document.querySelectorAll("[data-too-long]")) each.hidden = !tooLong;
    if (tooLong) return event.preventDefault();
    // The page comes back at the line where the cursor was.
    const line = form.elements.namedItem("line");
    if (line) line.value = view.state.doc.lineAt(view.state.selection.main.head).number;
    leaving = true;
  });
  // A page that comes back from the browser's memory may be left again.
  addEventListener("pageshow", () => (leaving = false));
  addEventListener("beforeunload", (event) => {
    if (!leaving && text() !== kept) event.preventDefault();
  });
  goTo(view, Number(area.dataset.line));
  document.querySelector("[data-find]")?.addEventListener("click", () => openSearchPanel(view));
}

function goTo(view, number) {
  if (!number || number > view.state.doc.lines) return;
  const { from } = view.state.doc.line(number);
  view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
  view.focus();
}

document.querySelectorAll("textarea[data-editor]").forEach(upgrade);
document.querySelectorAll("[data-with-editor]").forEach((each) => (each.hidden = false));
