// Yjs as its users write it: root types by name, an element is a Y.Map in a Y.Map.
// Updates go in the first format, as y-protocols sends them; what is stored is in the
// second, which is smaller.
import * as Y from 'yjs';

export function open(replica, updates) {
  const doc = new Y.Doc();
  doc.clientID = (replica * 0x9e3779b1) >>> 0; // as long as those that it draws itself
  if (updates) {
    doc.on('update', (update, origin, of, transaction) => {
      if (transaction.local) updates.push(update);
    });
  }
  return doc;
}

export function begin() {} // root types are there

export function splice(doc, patches) {
  const text = doc.getText('text');
  doc.transact(() => {
    for (const [at, remove, insert] of patches) {
      if (remove > 0) text.delete(at, remove);
      if (insert !== '') text.insert(at, insert);
    }
  });
}

export function create(doc, id, values) {
  doc.transact(() => {
    const element = new Y.Map();
    for (const key in values) element.set(key, values[key]);
    doc.getMap('elements').set(id, element);
  });
}

export function set(doc, id, key, value) {
  doc.getMap('elements').get(id).set(key, value);
}

export const apply = (doc, update) => Y.applyUpdate(doc, update);

// To merge thousands of updates before they are applied takes Yjs a hundred times as long.
export const applyAll = (doc, updates) => doc.transact(() => updates.forEach((update) => Y.applyUpdate(doc, update)));

export const text = (doc) => doc.getText('text').toString();

export const elements = (doc) => doc.getMap('elements').toJSON();

export const save = (doc) => Y.encodeStateAsUpdateV2(doc);

export const saveState = save; // it has no history

export function load(stored) {
  const doc = new Y.Doc();
  Y.applyUpdateV2(doc, stored);
  return doc;
}

export const free = (doc) => doc.destroy();
