// Builds the editor into the one file that pages load, and puts the licences of what is in it beside it.
//
//     cd deploy/editor && npm ci && npm run build
//
// Both files are committed: nobody needs Node to run or to install the service.
import { build } from "esbuild";
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";

const STATIC = "../../grader/web/static";
const version = JSON.parse(readFileSync("package.json")).devDependencies["@codemirror/view"];

for (const name of readdirSync(STATIC))
  if (/^editor-[\d.]+\.min\.js$/.test(name)) rmSync(`${STATIC}/${name}`);

const made = await build({
  entryPoints: ["editor.js"],
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  metafile: true,
  banner: { js: "/* CodeMirror and Lezer, MIT: see editor-LICENSE.txt. Built by deploy/editor. */" },
  outfile: `${STATIC}/editor-${version}.min.js`,
});

const packages = new Set(
  Object.keys(made.metafile.inputs)
    .map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1])
    .filter(Boolean),
);
const texts = new Map();
for (const name of [...packages].sort()) {
  const text = readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim();
  const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`));
  texts.set(text, [...(texts.get(text) ?? []), `${name} ${version}`]);
}
const said = [...texts].map(([text, names]) => `${names.join("\n")}\n\n${text}\n`);
writeFileSync(`${STATIC}/editor-LICENSE.txt`, said.join(`\n${"-".repeat(72)}\n\n`));
