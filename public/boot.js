// Loads the WebAssembly program, shows how far that is, and says what is wrong when it cannot be done or the program has stopped. The program
// itself sets data-state to "ready" on the root element, which hides the overlay. It also keeps animation frames back while nothing moves, which
// must be in place before the program starts, and takes what lets a person in out of the address before anything else looks at that.
'use strict';

(() => {
  const root = document.documentElement;
  const find = (selector) => document.querySelector(selector);

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

  let secrets = takeSecrets();
  // An invite that is pasted over the address of an open board changes the fragment alone.
  addEventListener('hashchange', () => {
    if (/[#&](invite|token)=/.test(location.hash)) location.reload();
  });

  // ownName is how the person is called on this device: owners of a board see it beside what a guest may do. A browser may forbid storage.
  function ownName() {
    try {
      return localStorage.getItem('edgeboard.name') ?? undefined;
    } catch {
      return undefined;
    }
  }

  // askAccess asks the relay for a token for this board. Once it has given one, the cookie that came with it is enough.
  async function askAccess() {
    const { invite, token } = secrets;
    const response = await fetch('/auth/token', {
      method: 'POST',
      cache: 'no-store',
      headers: token ? { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` } : { 'Content-Type': 'application/json' },
      body: JSON.stringify({ board: location.pathname.replace(/^\/b\//, ''), invite: invite || undefined, name: ownName() }),
    });
    if (response.ok) secrets = {};
    return { response, at: performance.now() };
  }

  root.lang = navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';

  // Bound here, so that it works whether or not the program runs.
  for (const button of document.querySelectorAll('[data-reload]')) {
    button.addEventListener('click', () => location.reload());
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
    find('#boot-detail').textContent = detail ? String(detail) : '';
    find('#boot-progress').hidden = true;
    find('#boot-error').hidden = false;
    find('#boot-error [data-reload]').focus();
  }

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
    const of = root.lang === 'zh' ? '/' : 'of';
    if (total > 0) {
      const bar = find('#boot-progress progress');
      bar.max = total;
      bar.value = loaded;
    }
    find('#boot-count').textContent = total > 0 ? `${mega(loaded)} ${of} ${mega(total)} MB` : `${mega(loaded)} MB`;
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

  async function load(go) {
    const link = find('#program');
    const response = await fetch(link.href);
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    // Content-Length counts compressed bytes and the stream gives uncompressed ones, so the size stands in the page. A page that was not
    // packed has none, but is not compressed either.
    const total = Number(link.dataset.bytes) || Number(response.headers.get('Content-Length'));
    // A copy is counted, and the original compiled: Chrome keeps compiled code for the next visit only if it comes from a response that fetch
    // has made, not one made here around a stream. An error of the copy is also one of the original, and is reported there.
    count(response.clone().body, total).catch(() => {});
    const { instance } = await WebAssembly.instantiateStreaming(response, go.importObject);
    return instance;
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

  async function boot() {
    if (typeof WebAssembly !== 'object' || !WebAssembly.instantiateStreaming) return fail('wasm');
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
      instance = await load(go);
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

  boot();
})();
