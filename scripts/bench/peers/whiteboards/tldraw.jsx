// A board in tldraw. The address says which, and how it is looked at.
import { getAssetUrls } from '@tldraw/assets/selfHosted';
import { createRoot } from 'react-dom/client';
import { Tldraw, createTLStore, defaultBindingUtils, defaultShapeUtils, loadSnapshot } from 'tldraw';
import 'tldraw/tldraw.css';

const asked = new URLSearchParams(location.search);
const camera = (x, y, z) => ({ x: innerWidth / 2 / z - x, y: innerHeight / 2 / z - y, z });
const first = camera(...['x', 'y', 'zoom'].map((name) => Number(asked.get(name))));

let editor;
window.board = {
  elements: () => editor?.getCurrentPageShapeIds().size ?? 0,
  left: () => -editor.getCamera().x * editor.getCamera().z,
  lookAt: (x, y, zoom) => void editor.setCamera(camera(x, y, zoom), { immediate: true }),
};

const records = await data;
const store = createTLStore({ shapeUtils: defaultShapeUtils, bindingUtils: defaultBindingUtils });
loadSnapshot(store, { document: { store: Object.fromEntries(records.map((r) => [r.id, r])), schema: store.schema.serialize() } });

function mounted(given) {
  editor = given;
  editor.setCamera(first, { immediate: true });
  editor.focus();
}

// tldraw takes 4,000 shapes on a page unless it is told to take more.
const options = { maxShapesPerPage: Math.max(4000, records.length) };
createRoot(document.getElementById('root')).render(
  <Tldraw store={store} options={options} assetUrls={getAssetUrls({ baseUrl: '/tldraw' })} onMount={mounted} />,
);
