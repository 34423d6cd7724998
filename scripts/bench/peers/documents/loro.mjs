// Loro as its users write it: root containers by name, an element is a LoroMap in a
// LoroMap, a transaction is a commit.
import { LoroDoc, LoroMap } from 'loro-crdt';

export function open(replica, updates) {
  const doc = new LoroDoc();
  doc.setPeerId(BigInt(replica) * 0x1e3779b97f4a7c15n & 0x7fffffffffffffffn); // as long as those that it draws itself
  if (updates) doc.subscribeLocalUpdates((update) => updates.push(update));
  return doc;
}

export function begin() {} // root containers are there

export function splice(doc, patches) {
  const text = doc.getText('text');
  for (const [at, remove, insert] of patches) {
    if (remove > 0) text.delete(at, remove);
    if (insert !== '') text.insert(at, insert);
  }
  doc.commit();
}

export function create(doc, id, values) {
  const element = doc.getMap('elements').setContainer(id, new LoroMap());
  for (const key in values) element.set(key, values[key]);
  doc.commit();
}

export function set(doc, id, key, value) {
  doc.getMap('elements').get(id).set(key, value);
  doc.commit();
}

export const apply = (doc, update) => doc.import(update);

export const applyAll = (doc, updates) => doc.importBatch(updates);

export const text = (doc) => doc.getText('text').toString();

export const elements = (doc) => doc.getMap('elements').toJSON();

export const save = (doc) => doc.export({ mode: 'snapshot' });

// saveState leaves the history out that was before.
export const saveState = (doc) => doc.export({ mode: 'shallow-snapshot', frontiers: doc.frontiers() });

export const load = (stored) => LoroDoc.fromSnapshot(stored);

export const free = (doc) => doc.free();
