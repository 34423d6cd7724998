// Measures one library on one input, as documents.go writes it:
//
//   node --expose-gc documents.mjs LIBRARY time INPUT FOLDER RUNS    times, and what is stored, which it leaves in FOLDER
//   node --expose-gc documents.mjs LIBRARY memory INPUT FOLDER       what documents hold, that are loaded from there
//
// It leaves one JSON object in FOLDER/results: libraries print what they like. Every library
// does the same: one transaction for each edit, of which the update for others is taken at
// once; each update of others is applied alone. All runs are in one process, so that all
// but the first find the code compiled.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

const [library, what, inputFile, folder, runs] = process.argv.slice(2);
const lib = await import(`./${library}.mjs`);
const input = JSON.parse(readFileSync(inputFile, 'utf8'));
const packed = input.strokes?.[0].packed !== undefined;

// rested ends when what is no longer used is gone: what finalizers free goes in the second round.
async function rested() {
  for (let i = 0; i < 2; i++) {
    gc();
    await setImmediate();
  }
}

function strokeOf(stroke) {
  const { id, color, thickness, points } = stroke;
  if (!packed) return [id, { kind: 1, color, thickness, points }];
  return [id, { kind: 1, color, thickness, points: new Uint8Array(Buffer.from(stroke.packed, 'base64')) }];
}

function elementOf([id, ...values]) {
  const element = { kind: 2 };
  input.keys.forEach((key, i) => { element[key] = values[i]; });
  return [id, element];
}

const created = (input.strokes?.map(strokeOf) ?? input.elements?.map(elementOf) ?? []);
const writes = (input.writes ?? []).map(([i, k, value]) => [created[i][0], input.keys[k], value]);

// edit makes all edits of a sequential input on a new document.
function edit(updates) {
  const doc = lib.open(1, updates);
  lib.begin(doc);
  for (const patch of input.patches ?? []) lib.splice(doc, [patch]);
  for (const [id, values] of created) lib.create(doc, id, values);
  for (const [id, key, value] of writes) lib.set(doc, id, key, value);
  return doc;
}

// write makes the updates of a history: each transaction by who wrote it, who has what that person had.
function write() {
  const base = [];
  lib.free((() => {
    const doc = lib.open(1, base);
    lib.begin(doc);
    return doc;
  })());
  const own = [];
  const authors = Array.from({ length: input.authors }, (_, i) => {
    own.push([]);
    const doc = lib.open(i + 2, own[i]);
    for (const update of base) lib.apply(doc, update);
    return doc;
  });
  const made = input.txns.map(() => []);
  input.txns.forEach(({ by, lacks, patches }, i) => {
    if (lacks.length > 0) lib.applyAll(authors[by], lacks.flatMap((t) => made[t]));
    lib.splice(authors[by], patches);
    made[i] = own[by].splice(0);
  });
  authors.forEach(lib.free);
  return [...base, ...made.flat()];
}

const reader = 1000; // nobody of those who wrote
const patience = 60_000; // milliseconds
let late = 0; // after how many updates it was at an end

function merge(updates) {
  const doc = lib.open(reader);
  const begun = performance.now();
  for (let i = 0; i < updates.length; i++) {
    lib.apply(doc, updates[i]);
    if (i % 64 === 63 && performance.now() - begun > patience) {
      late = i + 1;
      break;
    }
  }
  return doc;
}

// unpack is what a page does with points that it has packed.
function unpack(bytes) {
  const points = [];
  let at = 0;
  const uvarint = () => {
    for (let v = 0, shift = 1; ; shift *= 128) {
      const b = bytes[at++];
      v += (b & 127) * shift;
      if (b < 128) return v;
    }
  };
  for (let x = 0, y = 0; at < bytes.length; ) {
    const [dx, dy] = [uvarint(), uvarint()];
    x += dx & 1 ? -(dx + 1) / 2 : dx / 2;
    y += dy & 1 ? -(dy + 1) / 2 : dy / 2;
    points.push(x / 8, y / 8, bytes[at++]);
  }
  return points;
}

// read reads all that is in a document.
function read(doc) {
  if (!input.strokes && !input.elements) return lib.text(doc);
  const elements = lib.elements(doc);
  if (!packed) return elements;
  const unpacked = {};
  for (const id in elements) unpacked[id] = { ...elements[id], points: unpack(elements[id].points) };
  return unpacked;
}

// check ends the program if a document does not hold what the input comes to.
function check(doc, which) {
  const held = read(doc);
  if (typeof held === 'string') {
    if (input.end !== undefined && held !== input.end) throw new Error(`${library}: ${which} has another text than the trace at its end`);
    return;
  }
  const want = new Map(input.strokes
    ? input.strokes.map(({ id, color, thickness, points }) => [id, { kind: 1, color, thickness, points }])
    : created.map(([id, values]) => [id, { ...values }]));
  for (const [id, key, value] of writes) want.get(id)[key] = value;
  const ids = Object.keys(held);
  let same = ids.length === want.size;
  for (const id of ids) {
    const is = held[id], of = want.get(id);
    for (const key in of) {
      same &&= key === 'points' ? is[key].length === of[key].length && of[key].every((v, i) => v === is[key][i]) : is[key] === of[key];
    }
  }
  if (!same) throw new Error(`${library}: ${which} has other elements than were drawn`);
}

// timed runs f so often, but not again when it has taken a minute, and returns what it made last, and the milliseconds of each run.
async function timed(runs, f) {
  const times = [];
  let doc;
  let taken = 0;
  for (let i = 0; i < runs && late === 0 && taken < patience; i++) {
    if (doc) lib.free(doc);
    doc = undefined;
    await rested();
    const start = performance.now();
    doc = f();
    times.push(performance.now() - start);
    taken += times.at(-1);
  }
  return [doc, times];
}

async function time(runs) {
  const results = {};
  let doc, updates;
  if (input.txns) {
    updates = write();
  } else {
    [doc, results.apply_ms] = await timed(runs, () => edit(updates = []));
    check(doc, 'the document that was edited');
    lib.free(doc);
  }
  results.update_bytes = updates.reduce((sum, update) => sum + update.length, 0);
  [doc, results.merge_ms] = await timed(runs, () => merge(updates));
  if (late) {
    delete results.merge_ms;
    results.merge_late = `${late} of ${updates.length} updates took ${patience / 1000} seconds`;
    late = 0;
  } else {
    input.end ??= lib.text(doc);
    check(doc, 'the document of the updates');
  }
  lib.free(doc);
  [doc, results.catch_up_ms] = await timed(runs, () => {
    const all = lib.open(reader);
    lib.applyAll(all, updates);
    return all;
  });
  if (input.txns && lib.text(doc) !== input.ends) results.differs = true; // whose text comes first is for each library to say
  input.end ??= lib.text(doc);
  check(doc, 'the document of all updates at once');
  const stored = lib.save(doc);
  writeFileSync(join(folder, 'stored'), stored);
  if (lib.saveState) writeFileSync(join(folder, 'state'), lib.saveState(doc));
  lib.free(doc);
  [doc, results.load_ms] = await timed(runs, () => {
    const loaded = lib.load(stored);
    read(loaded);
    return loaded;
  });
  check(doc, 'the document that was loaded');
  return results;
}

// memory loads the document again and again until that takes 64 MiB, or 16 times: wasm takes memory in large steps.
async function memory() {
  const stored = readFileSync(join(folder, 'stored'));
  const held = () => {
    const { heapUsed, external } = process.memoryUsage(); // external has the memory of wasm in it
    return heapUsed + external;
  };
  lib.free(lib.load(stored)); // what the library makes once is its own
  await rested();
  const before = held();
  const docs = [];
  let took = 0;
  while (docs.length < 16 && took < 64 << 20) {
    docs.push(lib.load(stored));
    read(docs.at(-1));
    await rested();
    took = held() - before;
  }
  return { memory_mib: took / docs.length / (1 << 20), copies: docs.length };
}

const results = what === 'time' ? await time(Number(runs)) : await memory();
writeFileSync(join(folder, 'results'), JSON.stringify(results));
