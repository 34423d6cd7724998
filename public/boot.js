// Loads the WebAssembly program, shows how far that is, and says what is wrong when it cannot be done or the program has stopped. The program
// itself sets data-state to "ready" on the root element, which hides the overlay. It also keeps animation frames back while nothing moves, which
// must be in place before the program starts, and takes what lets a person in out of the address before anything else looks at that.
'use strict';

(() => {
  const root = document.documentElement;
  const find = (selector) => document.querySelector(selector);
  const program = document.currentScript.dataset;

  // takeSecrets returns the invite or token in the address, and removes it there: it would be copied, bookmarked and seen over a shoulder.
  function takeSecrets() {
    const parts = location.hash.slice(1).split('&');
    const rest = parts.filter((part) => !/^(invite|token)=/.test(part));
    if (rest.length < parts.length) {
      history.replaceState(history.state, '', location.pathname + location.search + (rest.length > 0 ? `#${rest.join('&')}` : ''));
    }
    const given = new URLSearchParams(parts.join('&'));
    return { invite: given.get('invite') ?? '', token: given.get('token') ?? '' };
  }

  // remembered returns what the program keeps on this device under a name. A browser may forbid storage.
  function remembered(name) {
    try {
      return localStorage.getItem(`edgeboard.${name}`) ?? undefined;
    } catch {
      return undefined;
    }
  }

  // What the person has chosen for this device holds before anything is shown. The program changes it from then on.
  for (const setting of ['theme', 'motion']) root.dataset[setting] = remembered(setting) ?? 'auto';

  let secrets = takeSecrets();
  // An invite that is pasted over the address of an open board changes the fragment alone.
  addEventListener('hashchange', () => {
    if (/[#&](invite|token)=/.test(location.hash)) location.reload();
  });

  // askAccess asks the relay for a token for this board. Once it has given one, the cookie that came with it is enough. The name by which the
  // person goes on this device is seen by owners of the board, beside what a guest may do.
  async function askAccess() {
    const { invite, token } = secrets;
    const response = await fetch('/auth/token', {
      method: 'POST',
      cache: 'no-store',
      headers: token ? { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` } : { 'Content-Type': 'application/json' },
      body: JSON.stringify({ board: location.pathname.replace(/^\/b\//, ''), invite: invite || undefined, name: remembered('name') }),
    });
    if (response.ok) secrets = {};
    return { response, at: performance.now() };
  }

  // layPicture lays the picture of the board that the page came with where the program will begin to look. Nothing was painted yet.
  function layPicture() {
    const svg = find('#picture svg');
    if (!svg) return;
    let [x, y, zoom, shown] = [0, 0, 1, ''];
    try {
      const look = localStorage.getItem(`edgeboard.look.${location.pathname.replace(/^\/b\//, '')}`)?.split(' ');
      if (look) [x, y, zoom, shown] = [Number(look[0]), Number(look[1]), Number(look[2]) || 1, look[3] ?? ''];
    } catch {
      // It is forbidden, and nothing was kept.
    }
    // It is of another page of the board.
    if (shown !== (find('#picture').dataset.page ?? '')) return void svg.remove();
    svg.style.transform = `scale(${zoom}) translate(${-x}px, ${-y}px)`;
  }

  layPicture();

  // Bound here, so that it works whether or not the program runs.
  for (const button of document.querySelectorAll('[data-reload]')) {
    button.addEventListener('click', () => location.reload());
  }

  // What was said last, for a report.
  const said = [];
  for (const level of ['log', 'error', 'warn']) {
    const say = console[level].bind(console);
    console[level] = (...words) => {
      said.push(words.map(String).join(' ').slice(0, 2000));
      if (said.length > 60) said.shift();
      say(...words);
    };
  }

  // report is what is known of an error, and nothing of the board: neither what is on it nor its name, which is often the only key to it.
  function report(why) {
    const lines = [
      `program ${program.program.split('/').pop()}`,
      `browser ${navigator.userAgent}`,
      `window ${innerWidth}x${innerHeight} at ${devicePixelRatio}, ${root.lang}, ${navigator.onLine ? 'online' : 'offline'}`,
      `time ${new Date().toISOString()}, ${Math.round(performance.now() / 1000)} s after the start`,
      '', String(why?.stack ?? why ?? ''), '', ...said,
    ];
    return lines.join('\n').replaceAll(location.pathname.replace(/^\/b\//, ''), 'BOARD').replace(/eyJ[\w.-]+/g, 'TOKEN');
  }

  // fail shows one of the messages in #boot-error. The first one stays: what follows a failure is mostly its consequence.
  function fail(kind, detail) {
    if (root.dataset.state === 'failed') return;
    root.dataset.state = 'failed';
    for (const message of document.querySelectorAll('[data-error]')) {
      message.hidden = message.dataset.error !== kind;
    }
    // A modal dialog would lie above the message.
    for (const dialog of document.querySelectorAll('dialog[open]')) dialog.close();
    find('#boot-detail').textContent = detail ? String(detail).split('\n')[0] : '';
    const copy = find('#boot-report');
    copy.hidden = kind !== 'stopped';
    copy.addEventListener('click', async () => {
      await navigator.clipboard.writeText(report(detail));
      copy.textContent = copy.dataset.done;
    });
    find('#boot-progress').hidden = true;
    find('#boot-error').hidden = false;
    find('#boot-error [data-reload]').focus();
  }

  // For the program, which has met something that it cannot go on from, and has kept what there was to keep.
  window.stopped = (why) => fail('stopped', why);

  // A graphics context that is lost is had again by a reload, which Ebitengine does. Where that is of no use it is not done for ever.
  document.addEventListener('webglcontextlost', (event) => {
    const now = Date.now();
    if (now - Number(sessionStorage.getItem('edgeboard.lost')) < 60_000) {
      event.stopImmediatePropagation();
      fail('lost');
    }
    sessionStorage.setItem('edgeboard.lost', now);
  }, true);

  function hasWebGL() {
    const canvas = document.createElement('canvas');
    const gl = canvas.getContext('webgl2') ?? canvas.getContext('webgl');
    // Contexts are few, and this one would otherwise last until it is collected.
    gl?.getExtension('WEBGL_lose_context')?.loseContext();
    return gl !== null;
  }

  function showStep(name) {
    for (const step of document.querySelectorAll('[data-step]')) {
      step.hidden = step.dataset.step !== name;
    }
  }

  // showLoaded leaves the bar without a value, which means "busy", where the total is not known.
  function showLoaded(loaded, total) {
    const mega = (bytes) => (bytes / 1e6).toFixed(1);
    if (total > 0) {
      const bar = find('#boot-progress progress');
      bar.max = total;
      bar.value = loaded;
    }
    const shown = find('#boot-count');
    shown.textContent = total > 0 ? shown.dataset.text.replace('{0}', mega(loaded)).replace('{1}', mega(total)) : `${mega(loaded)} MB`;
  }

  async function count(stream, total) {
    let loaded = 0;
    showLoaded(loaded, total);
    for (const reader = stream.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) break;
      loaded += value.byteLength;
      showLoaded(loaded, total);
    }
    showStep('start');
  }

  async function load(go, early) {
    const response = await (early ?? fetch(program.program));
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    // Content-Length counts compressed bytes and the stream gives uncompressed ones, so the size stands in the page. A page that was not
    // packed has none, but is not compressed either.
    const total = Number(program.bytes) || Number(response.headers.get('Content-Length'));
    // A copy is counted, and the original compiled: Chrome keeps compiled code for the next visit only if it comes from a response that fetch
    // has made, not one made here around a stream. An error of the copy is also one of the original, and is reported there.
    count(response.clone().body, total).catch(() => {});
    const { instance } = await WebAssembly.instantiateStreaming(response, go.importObject);
    return instance;
  }

  // keptBoards returns the boards that this device keeps, the last ones first; see wasmclient/browser/keep_js.go.
  async function keptBoards() {
    const answer = (request) => new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    // To open one that is not there would make it, without what belongs in it.
    if (!(await indexedDB.databases()).some(({ name }) => name === 'edgeboard')) return [];
    const db = await answer(indexedDB.open('edgeboard'));
    const slots = db.transaction('slots').objectStore('slots');
    const [keys, values] = await Promise.all([answer(slots.getAllKeys()), answer(slots.getAll())]);
    db.close();
    const used = new Map();
    keys.forEach(([board], i) => used.set(board, Math.max(used.get(board) ?? 0, values[i].used)));
    return [...used].sort((a, b) => b[1] - a[1]);
  }

  // showHome is for the address that makes new boards. The relay leads on from there; where it cannot be reached, the service worker answers with
  // this page.
  async function showHome() {
    const boards = await keptBoards().catch(() => []);
    const when = new Intl.DateTimeFormat(root.lang, { dateStyle: 'medium', timeStyle: 'short' });
    for (const [board, used] of boards) {
      const link = document.createElement('a');
      link.href = `/b/${board}`;
      link.textContent = board;
      const time = document.createElement('time');
      time.textContent = when.format(used);
      const line = document.createElement('li');
      line.append(link, time);
      find('#home ul').append(line);
    }
    find('#home-some').hidden = boards.length === 0;
    find('#home-none').hidden = boards.length > 0;
    find('#boot-progress').hidden = true;
    find('#home').hidden = false;
  }

  // Ebitengine asks for the next animation frame in each one, also when there is nothing to draw: the browser would never rest. So a request
  // waits until the program says by wake() that there is something; one wake() lets one request through, also one that is made later.
  function keepFramesBack() {
    const request = window.requestAnimationFrame.bind(window);
    let waiting = null;
    let awake = false;
    window.requestAnimationFrame = (callback) => {
      if (!awake) return void (waiting = callback);
      awake = false;
      return request(callback);
    };
    window.requestAnimationFrame.wake = () => {
      if (!waiting) return void (awake = true);
      request(waiting);
      waiting = null;
    };
  }

  // Ebitengine looks for game controllers in each frame, and the browser would poll them for it.
  function keepControllersOut() {
    navigator.getGamepads = () => null;
  }

  // Ebitengine says nothing of antialiasing and depth, which a canvas then has: four samples of each pixel, in vain, as the board smooths its
  // edges itself. Nor is there anything behind the board to be seen through it.
  function plainCanvas() {
    const getContext = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (type, attributes) {
      if (type === 'webgl2') attributes = { ...attributes, alpha: false, antialias: false, depth: false };
      return getContext.call(this, type, attributes);
    };
  }

  // The browser would offer by itself to install the page; the menu does, when it may.
  addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault();
    window.installPrompt = event;
  });

  // painted waits until the picture of the board is to be seen: what comes then keeps the machine busy, and the picture would wait for it.
  function painted() {
    if (!find('#picture svg') || document.hidden) return undefined;
    return new Promise((done) => {
      const observer = new PerformanceObserver((list) => {
        if (list.getEntriesByName('first-contentful-paint').length > 0) done();
      });
      observer.observe({ type: 'paint', buffered: true });
      setTimeout(done, 500);
    });
  }

  // parsed waits until the scripts after this one have run.
  function parsed() {
    return new Promise((done) => addEventListener('DOMContentLoaded', done));
  }

  async function boot() {
    if (typeof WebAssembly !== 'object' || !WebAssembly.instantiateStreaming) return fail('wasm');
    // To unpack the program takes a core. Where there are few, the picture would wait for that.
    const early = navigator.hardwareConcurrency >= 4 ? fetch(program.program) : undefined;
    early?.catch(() => {}); // found by whoever takes the answer
    await Promise.all([painted(), parsed()]);
    if (!hasWebGL()) return fail('webgl');
    if (typeof Go !== 'function') return fail('network', 'wasm_exec.js');

    keepFramesBack();
    keepControllersOut();
    plainCanvas();
    // Asked ahead, so that the program need not wait for it. An error is found by whoever takes the answer.
    window.transports = fetch('/transports.json', { cache: 'no-store' }).then((response) => response.json());
    window.transports.catch(() => {});
    let ahead = askAccess();
    ahead.catch(() => {});
    // For the program, which asks again before the answer is over.
    window.askAccess = () => {
      const asked = ahead ?? askAccess();
      ahead = null;
      return asked;
    };
    const go = new Go();
    let instance;
    try {
      instance = await load(go, early);
    } catch (error) {
      const unfit = error instanceof WebAssembly.CompileError || error instanceof WebAssembly.LinkError;
      return fail(unfit ? 'wasm' : 'network', error);
    }

    // A trap inside a callback surfaces here and not in the promise of go.run.
    addEventListener('error', (event) => {
      if (event.error instanceof WebAssembly.RuntimeError) fail('stopped', event.error);
    });
    // The program is not meant to end; when it does, it has panicked and written why to the console.
    try {
      await go.run(instance);
      fail('stopped');
    } catch (error) {
      fail('stopped', error);
    }
  }

  if (location.pathname === '/') showHome();
  else boot();
})();
