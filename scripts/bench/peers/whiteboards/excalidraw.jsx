// A board in Excalidraw. The address says which, and how it is looked at.
import { Excalidraw } from '@excalidraw/excalidraw';
import '@excalidraw/excalidraw/index.css';
import { createRoot } from 'react-dom/client';

const asked = new URLSearchParams(location.search);
const camera = (x, y, zoom) => ({ scrollX: innerWidth / 2 / zoom - x, scrollY: innerHeight / 2 / zoom - y, zoom: { value: zoom } });
const first = camera(...['x', 'y', 'zoom'].map((name) => Number(asked.get(name))));

let api;
window.board = {
  elements: () => api?.getSceneElements().length ?? 0,
  left: () => -api.getAppState().scrollX * api.getAppState().zoom.value,
  lookAt: (x, y, zoom) => api.updateScene({ appState: camera(x, y, zoom) }),
};

const initialData = data.then((elements) => ({ elements, appState: { ...first, viewBackgroundColor: '#ffffff' } }));
createRoot(document.getElementById('root')).render(
  <Excalidraw initialData={initialData} excalidrawAPI={(given) => (api = given)} handleKeyboardGlobally />,
);
