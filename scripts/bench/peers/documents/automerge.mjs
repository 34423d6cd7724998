// Automerge as its users write it: the document is an object, an element an object in
// it, a transaction a change. Updates are what is new since the last, as an
// automerge-repo stores and an incremental load takes them; to ask for the last change
// instead takes time that grows with the document.
import { createHash } from 'node:crypto';
import * as A from '@automerge/automerge';

export function open(replica, updates) {
  // As long as those that it draws itself, and as random.
  const actor = createHash('sha256').update(String(replica)).digest('hex').slice(0, 32);
  return { is: A.init({ actor }), updates };
}

function change(doc, edit) {
  const before = A.getHeads(doc.is);
  doc.is = A.change(doc.is, edit);
  doc.updates?.push(A.saveSince(doc.is, before));
}

export function begin(doc) {
  change(doc, (d) => {
    d.text = '';
    d.elements = {};
  });
}

export function splice(doc, patches) {
  change(doc, (d) => {
    for (const [at, remove, insert] of patches) A.splice(d, ['text'], at, remove, insert);
  });
}

export function create(doc, id, values) {
  change(doc, (d) => {
    d.elements[id] = values;
  });
}

export function set(doc, id, key, value) {
  change(doc, (d) => {
    d.elements[id][key] = value;
  });
}

export function apply(doc, update) {
  doc.is = A.loadIncremental(doc.is, update);
}

export function applyAll(doc, updates) {
  doc.is = A.loadIncremental(doc.is, Buffer.concat(updates));
}

export const text = (doc) => doc.is.text;

export const elements = (doc) => doc.is.elements;

export const save = (doc) => A.save(doc.is);

export const load = (stored) => ({ is: A.load(stored) });

export const free = (doc) => A.free(doc.is);
