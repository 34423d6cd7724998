// Keeps the page on the device, so that a board that was visited once opens without a network: the page and the help in each language, and all that
// they are made of, with the templates. There is one cache for each version, which is whole or not there: its name and what is in it come with this
// file. Boards are the page's own to keep; of them there is but the picture here that the page has left behind. All else goes to the relay as if this
// file were not there, and so does everything when something is missing or wrong. It also shows what the relay pushes, and opens what it is about.
'use strict';

const pages = {
  'en': '/assets/index.en.html',
  'zh-CN': '/assets/index.zh-CN.html',
};

const help = {
  'en': '/assets/help.en.html',
  'zh-CN': '/assets/help.zh-CN.html',
};

const assets = [
  '/assets/style.css',
  '/assets/boot.js',
  '/assets/wasm_exec.js',
  '/assets/edgeboard.wasm',
  '/assets/manifest.webmanifest',
  '/assets/icon.svg',
  '/assets/icon-192.png',
  '/assets/icon-512.png',
  '/assets/help.css',
  '/assets/help.js',
  '/assets/template-tour.en.json',
  '/assets/template-tour.en.svg',
  '/assets/template-tour.zh-CN.json',
  '/assets/template-tour.zh-CN.svg',
  '/assets/template-brainstorm.en.json',
  '/assets/template-brainstorm.en.svg',
  '/assets/template-brainstorm.zh-CN.json',
  '/assets/template-brainstorm.zh-CN.svg',
  '/assets/template-retrospective.en.json',
  '/assets/template-retrospective.en.svg',
  '/assets/template-retrospective.zh-CN.json',
  '/assets/template-retrospective.zh-CN.svg',
  '/assets/template-kanban.en.json',
  '/assets/template-kanban.en.svg',
  '/assets/template-kanban.zh-CN.json',
  '/assets/template-kanban.zh-CN.svg',
  '/assets/template-flow.en.json',
  '/assets/template-flow.en.svg',
  '/assets/template-flow.zh-CN.json',
  '/assets/template-flow.zh-CN.svg',
  '/assets/template-meeting.en.json',
  '/assets/template-meeting.en.svg',
  '/assets/template-meeting.zh-CN.json',
  '/assets/template-meeting.zh-CN.svg',
  '/assets/template-dashboard.en.json',
  '/assets/template-dashboard.en.svg',
  '/assets/template-dashboard.zh-CN.json',
  '/assets/template-dashboard.zh-CN.svg',
];

const prefix = 'edgeboard.page ';
const version = prefix + Object.values(pages).concat(Object.values(help)).join(' ');
const device = 'edgeboard.device'; // what the page leaves for this file: see wasmclient/browser/worker_js.go
const place = '<div id="picture" aria-hidden="true">';

const shellOf = (tag) => `/shell/${tag}`;
const helpOf = (tag) => `/help?language=${tag}`;

// fetchOf gets a page from the relay, if it is the one of this version: behind another relay of the same address may be another.
async function fetchOf(address, asset, cache) {
  const response = await fetch(address, { cache });
  if (!response.ok || !response.headers.get('ETag')?.includes(asset.slice('/assets/'.length))) throw new Error(`${address} is of another version`);
  return response;
}

// fetchShell gets the page in a language.
const fetchShell = (tag, cache) => fetchOf(shellOf(tag), pages[tag], cache);

addEventListener('install', (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(version);
    try {
      // Assets change their names and not their content: the page has just loaded them, and they are not sent again.
      await cache.addAll(assets);
      for (const tag of Object.keys(pages)) await cache.put(shellOf(tag), await fetchShell(tag, 'no-cache'));
      for (const tag of Object.keys(help)) await cache.put(helpOf(tag), await fetchOf(helpOf(tag), help[tag], 'no-cache'));
    } catch (error) {
      await caches.delete(version);
      throw error;
    }
  })());
});

// It takes over when no page of the version before is open any more, or when a person asks for it.
addEventListener('message', (event) => {
  if (event.data === 'take over') skipWaiting();
});

addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith(prefix) && name !== version) await caches.delete(name);
    }
  })());
});

addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  if (request.mode === 'navigate') {
    if (/^\/b\/[\w-]+$/.test(url.pathname)) event.respondWith(openBoard(event, url.pathname));
    if (url.pathname === '/') event.respondWith(openHome(request));
    if (url.pathname === '/help') event.respondWith(openHelp(request, url.searchParams.get('language')));
  } else if (url.pathname.startsWith('/assets/')) {
    event.respondWith(openAsset(request));
  }
});

// language is the one that was chosen, otherwise the one the page had last, otherwise what the browser prefers.
async function language() {
  const chosen = await self.cookieStore?.get('language').catch(() => undefined);
  const last = await (await caches.match('/language', { cacheName: device }))?.text();
  const known = [chosen?.value, last].find((tag) => tag && Object.hasOwn(pages, tag));
  return known ?? (navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en');
}

// openBoard answers with the page from the cache, and with the picture that it left behind when it was on this board last.
async function openBoard(event, path) {
  try {
    const tag = await language();
    const shell = await caches.match(shellOf(tag), { cacheName: version });
    if (!shell) return fetch(event.request);
    event.waitUntil(refresh(tag));
    const picture = await caches.match(`/picture${path}`, { cacheName: device });
    if (!picture) return shell;
    const [svg, text] = await Promise.all([picture.text(), shell.text()]);
    const page = text.replace(place, () => place.replace('>', ` data-page="${pageOf(picture)}">`) + svg);
    return new Response(page, { headers: headersOf(shell) });
  } catch {
    return fetch(event.request);
  }
}

// pageOf is the page of the board that a picture shows: an id, or nothing.
const pageOf = (picture) => (picture.headers.get('X-Page') ?? '').replace(/[^\w-]/g, '');

// headersOf returns the headers of a page, among them its policy, for one whose content is another.
function headersOf(shell) {
  const headers = new Headers(shell.headers);
  for (const name of ['Content-Encoding', 'Content-Length', 'ETag']) headers.delete(name);
  return headers;
}

// refresh takes what the relay says of the page now: its policy may be another. It costs an answer that nothing has changed.
async function refresh(tag) {
  try {
    const response = await fetchShell(tag, 'no-cache');
    if (await caches.has(version)) await (await caches.open(version)).put(shellOf(tag), response);
  } catch {
    // There is no network, or a new version, for which the browser looks by itself.
  }
}

// openHome makes a new board, which the relay does. Without it the page says which boards there are on this device.
async function openHome(request) {
  try {
    const response = await fetch(request);
    if (response.status < 500) return response;
  } catch {
    // There is no network.
  }
  return await caches.match(shellOf(await language()), { cacheName: version }) ?? Response.error();
}

// openHelp answers with the relay's help, which may be of a newer version, or with what is kept of it.
async function openHelp(request, asked) {
  try {
    return await fetch(request);
  } catch {
    const tag = Object.hasOwn(help, asked ?? '') ? asked : await language();
    return await caches.match(helpOf(tag), { cacheName: version }) ?? Response.error();
  }
}

// openAsset answers from the cache. A page of another version than this file's finds its own there, or has the relay's.
async function openAsset(request) {
  try {
    return await caches.match(request) ?? await fetch(request);
  } catch {
    return fetch(request);
  }
}

// What is pushed: see docs/notices.md. It is shown whatever comes, since a browser ends a subscription that shows nothing.

const words = {
  'en': {
    titles: { 1: (name) => `${name} mentioned you`, 2: (name) => `${name} wrote to you`, 3: (name) => `${name} replied to you` },
    invited: (name, board) => name ? `${name} invited you to ${board}` : `You are invited to ${board}`,
    somebody: 'Somebody',
    news: 'There is something new in your inbox',
  },
  'zh-CN': {
    titles: { 1: (name) => `${name} 提到了你`, 2: (name) => `${name} 给你发了私信`, 3: (name) => `${name} 回复了你` },
    invited: (name, board) => name ? `${name} 邀请你加入 ${board}` : `你受邀加入 ${board}`,
    somebody: '有人',
    news: '收件箱有新消息',
  },
};

const textOf = (value, most) => typeof value === 'string' ? [...value].slice(0, most).join('') : '';

// noticeOf makes of what was pushed what showNotification takes.
function noticeOf(pushed) {
  const tag = /^zh\b/i.test(textOf(pushed.language || navigator.language, 40)) ? 'zh-CN' : 'en';
  const say = words[tag];
  const board = textOf(pushed.board, 64);
  const titleOf = Object.hasOwn(say.titles, pushed.what) && say.titles[pushed.what];
  const known = titleOf ? titleOf(textOf(pushed.name, 64) || say.somebody) : pushed.what === 4 && board ? say.invited(textOf(pushed.name, 64), board) : '';
  const options = { body: textOf(pushed.text, 400), lang: tag, dir: 'auto', icon: '/assets/icon-192.png', data: { url: boardOf(pushed.url) } };
  if (Number.isSafeInteger(pushed.seq) && pushed.seq > 0) options.tag = `inbox ${pushed.seq}`; // a text that has changed takes the place of the one before
  if (Number.isSafeInteger(pushed.time) && pushed.time > 0) options.timestamp = pushed.time;
  return [known || textOf(pushed.title, 160) || say.news, options];
}

// boardOf returns what a notice opens, on this relay and a board alone, or nothing.
function boardOf(address) {
  try {
    const url = new URL(address, location.origin);
    if (url.origin !== location.origin || !/^\/b\/[\w-]+$/.test(url.pathname)) return '';
    return url.pathname + (/^#inbox(=[0-9]{1,20})?$/.test(url.hash) ? url.hash : '');
  } catch {
    return '';
  }
}

addEventListener('push', (event) => {
  let pushed = {};
  try {
    pushed = Object(event.data?.json());
  } catch {
    // It is none of the relay's.
  }
  event.waitUntil((async () => {
    await registration.showNotification(...noticeOf(pushed));
    if (Number.isSafeInteger(pushed.unread) && pushed.unread >= 0) await navigator.setAppBadge?.(pushed.unread).catch(() => {});
  })());
});

addEventListener('notificationclick', (event) => {
  event.notification.close();
  const url = boardOf(event.notification.data?.url);
  event.waitUntil((async () => {
    const windows = await clients.matchAll({ type: 'window', includeUncontrolled: true });
    const boards = windows.filter((page) => boardOf(page.url));
    const there = boards.find((page) => new URL(page.url).pathname === url.split('#')[0]);
    if (there) {
      there.postMessage({ open: url });
      await there.focus();
    } else if (url) {
      await clients.openWindow(url);
    } else {
      await boards[0]?.focus();
    }
  })());
});

// A page that is open subscribes anew; otherwise the next one does.
addEventListener('pushsubscriptionchange', (event) => {
  event.waitUntil((async () => {
    for (const page of await clients.matchAll({ type: 'window', includeUncontrolled: true })) page.postMessage({ subscribe: true });
  })());
});
