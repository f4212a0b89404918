// The service worker: shows what the server tells this device, and says so when it is offline.
// It keeps files of the page that are named by their content, and never a page, which is somebody's.

// A change of the kept files comes with another name, so that browsers fetch them again.
const CACHE = 'hubbub-1';
const KEPT = ['/offline.html', '/offline.css', '/favicon.svg'];
// Files of former releases go when there are more than these.
const PAGE_FILES_MAX = 64;

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(activate()));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET') return;
  if (request.mode === 'navigate') return event.respondWith(page(event));
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (url.pathname.startsWith('/pkg/')) event.respondWith(pageFile(request));
  else if (KEPT.includes(url.pathname)) event.respondWith(keptFile(request));
});
self.addEventListener('push', (event) => {
  const told = read(event.data);
  if (told) event.waitUntil(told.do === 'close' ? close(told.tag) : show(told));
});
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.url ?? '/'));
});
self.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(renew(event)));

async function install() {
  const cache = await caches.open(CACHE);
  await cache.addAll(KEPT.map((path) => new Request(path, { cache: 'reload' })));
  await self.skipWaiting();
}

async function activate() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
  // Pages are asked for while this worker still starts.
  await self.registration.navigationPreload?.enable();
}

async function page(event) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    return (await caches.match('/offline.html')) ?? Response.error();
  }
}

async function pageFile(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  const isNamedByContent = answer.headers.get('cache-control')?.includes('immutable');
  if (answer.ok && isNamedByContent) {
    // A full disk is no reason to go without the file.
    await cache.put(request, answer.clone()).then(() => forgetOld(cache)).catch(() => {});
  }
  return answer;
}

async function forgetOld(cache) {
  const files = (await cache.keys()).filter((file) => new URL(file.url).pathname.startsWith('/pkg/'));
  await Promise.all(files.slice(0, -PAGE_FILES_MAX).map((file) => cache.delete(file)));
}

async function keptFile(request) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(request, { ignoreSearch: true })) ?? Response.error();
  }
}

function read(data) {
  try {
    const told = data?.json();
    return typeof told?.tag === 'string' ? told : undefined;
  } catch {
    return undefined;
  }
}

async function show({ tag, title, body, url, at }) {
  const shown = await self.registration.getNotifications({ tag });
  // The same once more (a server that was cut off may say it twice) replaces without a sound.
  const isKnown = shown.some((one) => one.data?.at === at);
  await self.registration.showNotification(title, {
    body,
    tag,
    renotify: !isKnown,
    icon: '/icon-192.png',
    badge: '/badge-96.png',
    timestamp: at,
    data: { url, at },
  });
}

async function close(tag) {
  const shown = await self.registration.getNotifications({ tag });
  for (const one of shown) one.close();
}

async function open(path) {
  const url = new URL(path, location.origin);
  if (url.origin !== location.origin) return;
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const there = windows.find((one) => new URL(one.url).pathname === url.pathname) ?? windows[0];
  if (!there) {
    await self.clients.openWindow(url.href);
    return;
  }
  // The page goes there by itself: what somebody types in it stays.
  there.postMessage({ open: url.pathname + url.search + url.hash });
  await there.focus();
}

async function renew({ oldSubscription, newSubscription }) {
  const options = { userVisibleOnly: true, applicationServerKey: oldSubscription?.options.applicationServerKey };
  const fresh = newSubscription ?? (await self.registration.pushManager.subscribe(options));
  const { endpoint, keys } = fresh.toJSON();
  await fetch('/api/push.subscribe', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ endpoint, ...keys }),
  });
}
