/* Drag and drop for the form that submits, and what is wrong with the files before they are sent.
   Without this script the form is a plain file input, and the server says the same. */
"use strict";

(() => {
  const JUNK = /(^|\/)(__pycache__|__MACOSX|node_modules|\.?venv|\.git|\.ipynb_checkpoints|\.DS_Store|Thumbs\.db)(\/|$)|\.py[co]$/;

  /* Return a sentence that the page brought along in its reader's language, with values in their places. */
  const told = (limits, name, values) =>
    JSON.parse(limits.says)[name].replace(/%\((\w+)\)s/g, (_, each) => String(values[each]));

  const size = (bytes) => {
    const units = ["bytes", "KiB", "MiB", "GiB"];
    let place = 0;
    for (; bytes >= 1024 && place < 3; place++) bytes /= 1024;
    return `${Number(bytes.toPrecision(4))} ${units[place]}`;
  };

  const base = (name) => name.split("/").pop();

  /* Say what is wrong with these files, or nothing. */
  const problem = (files, limits) => {
    const zips = files.filter((file) => /\.zip$/i.test(file.name));
    if (files.length === 0) return told(limits, "empty", { entry: limits.entry });
    if (files.length > Number(limits.files)) {
      return told(limits, "many", { number: files.length, most: limits.files });
    }
    if (zips.length && files.length > 1) return told(limits, "mixed", {});
    for (const file of files) {
      const most = /\.py$/i.test(file.name) ? limits.sourceBytes
        : /\.ipynb$/i.test(file.name) ? limits.notebookBytes : limits.totalBytes;
      if (file.size > Number(most)) {
        return told(limits, "large", { name: file.name, size: size(file.size), most: size(Number(most)) });
      }
      if (file.size === 0) return told(limits, "blank", { name: file.name });
    }
    if (files.reduce((sum, file) => sum + file.size, 0) > Number(limits.totalBytes)) {
      return told(limits, "total", { most: size(Number(limits.totalBytes)) });
    }
    const missing = limits.needed.split(" ").filter((name) => !files.some((file) => base(file.name) === name));
    const wanting = missing.filter((name) => name !== limits.entry || !alone(files, limits));
    if (!zips.length && wanting.length) return told(limits, "missing", { name: wanting[0] });
    return "";
  };

  /* The one source that stands for the first entry though it is called otherwise, if there is one. */
  const alone = (files, limits) => {
    const kind = /\.[^.]+$/.exec(limits.entry)[0];
    const sources = files.filter((file) => file.name.endsWith(kind));
    const known = limits.known.split(" ");
    return sources.length === 1 && !known.includes(base(sources[0].name)) ? sources[0] : null;
  };

  /* Say which files that points depend on are not among these; what is in a zip, only the server sees. */
  const wanted = (files, limits) => {
    if (files.some((file) => /\.zip$/i.test(file.name))) return "";
    const fits = (name, pattern) => {
      const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/\\\?/g, "."));
      return new RegExp(`^${parts.join(".*")}$`, "i").test(name);
    };
    const there = (each) => files.some((file) => each.files.some((one) => fits(file.name, one) || fits(base(file.name), one)));
    return JSON.parse(limits.wanted).filter((each) => !there(each)).map((each) => ` ${each.says}`).join("");
  };

  const said = (files, limits) => {
    const names = files.slice(0, 8).map((file) => `${file.name} (${size(file.size)})`).join(", ");
    if (files.length > 8) return told(limits, "more", { names, number: files.length - 8 });
    const renamed = files.length === 1 && alone(files, limits);
    return renamed ? told(limits, "renamed", { names, entry: limits.entry }) : names;
  };

  /* Return the files of a dropped folder, with their paths as names. */
  const walk = async (entry, path, found, most) => {
    if (found.length > most || JUNK.test(path + entry.name)) return;
    if (entry.isFile) {
      const file = await new Promise((done, fail) => entry.file(done, fail));
      found.push(path ? new File([file], path + file.name, { type: file.type }) : file);
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const batch = await new Promise((done, fail) => reader.readEntries(done, fail));
      if (!batch.length) return;
      for (const each of batch) await walk(each, `${path}${entry.name}/`, found, most);
    }
  };

  const dropped = async (transfer, most) => {
    const entries = [...transfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry()).filter(Boolean);
    if (!entries.length) return [...transfer.files];
    const found = [];
    for (const entry of entries) await walk(entry, "", found, most);
    return found;
  };

  const start = (form) => {
    const input = form.querySelector("input[type=file]");
    const line = form.querySelector("[data-chosen]");
    const button = form.querySelector("button");
    const closed = button.disabled;
    const limits = form.dataset;

    const check = () => {
      const files = [...input.files];
      const wrong = files.length ? problem(files, limits) : "";
      line.textContent = wrong || (files.length ? said(files, limits) + wanted(files, limits) : "");
      line.classList.toggle("bad", Boolean(wrong));
      button.disabled = closed || Boolean(wrong);
    };

    input.addEventListener("change", check);
    form.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("over"); });
    form.addEventListener("dragleave", () => form.classList.remove("over"));
    form.addEventListener("drop", async (event) => {
      event.preventDefault();
      form.classList.remove("over");
      const chosen = new DataTransfer();
      for (const file of await dropped(event.dataTransfer, Number(limits.files))) chosen.items.add(file);
      input.files = chosen.files;
      check();
      button.focus();
    });
    form.addEventListener("submit", () => { button.disabled = true; line.textContent = told(limits, "sending", { files: said([...input.files], limits) }); });
    // Coming back with the browser's button must find the form usable.
    window.addEventListener("pageshow", check);
  };

  for (const form of document.querySelectorAll("[data-drop]")) start(form);
})();
