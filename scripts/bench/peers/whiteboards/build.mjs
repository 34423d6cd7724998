// Builds both pages for production into site, as their makers tell to: bundled, in pieces that are loaded when they are needed, names with a hash of
// the bytes, and fonts and icons from the same site.
import { build } from 'esbuild';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';

await rm('site', { recursive: true, force: true });
await mkdir('site', { recursive: true });

async function page(name, head) {
  const { metafile } = await build({
    entryPoints: [`${name}.jsx`],
    outdir: 'site/assets',
    publicPath: '/assets/',
    entryNames: '[name]-[hash]',
    chunkNames: `${name}-[hash]`,
    assetNames: `${name}-[hash]`,
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    target: 'es2022',
    jsx: 'automatic',
    conditions: ['production'],
    define: { 'process.env.NODE_ENV': '"production"' },
    loader: { '.woff2': 'file' },
    legalComments: 'linked',
    metafile: true,
    logLevel: 'warning',
  });
  const entry = Object.keys(metafile.outputs).find((path) => metafile.outputs[path].entryPoint === `${name}.jsx`);
  // What the program begins with is asked for at once, not when the piece before it has come.
  const first = new Set();
  const add = (path) => {
    if (first.has(path)) return;
    first.add(path);
    metafile.outputs[path].imports.filter(({ kind }) => kind === 'import-statement').forEach((i) => add(i.path));
  };
  add(entry);
  const at = (path) => path.replace(/^site/, '');
  const style = metafile.outputs[entry].cssBundle;
  await writeFile(`site/${name}.html`, `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${name}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${at(style)}">
${[...first].map((path) => `<link rel="modulepreload" href="${at(path)}">`).join('\n')}
<style>html, body, #root { height: 100%; margin: 0; }</style>
<div id="root"></div>
<script>
  const data = fetch('/data/${name}/' + new URLSearchParams(location.search).get('board') + '.json').then((answer) => answer.json());
  ${head}
</script>
<script type="module" src="${at(entry)}"></script>
`);
}

await page('excalidraw', "window.EXCALIDRAW_ASSET_PATH = '/excalidraw/';");
await cp('node_modules/@excalidraw/excalidraw/dist/prod/fonts', 'site/excalidraw/fonts', { recursive: true });

await page('tldraw', '');
for (const folder of ['fonts', 'icons', 'translations', 'embed-icons']) {
  await cp(`node_modules/@tldraw/assets/${folder}`, `site/tldraw/${folder}`, { recursive: true });
}
