// What the page does for the device that it runs on: brings the service worker, goes where a
// notification leads, says whether somebody looks, and colours the window.

const worker = navigator.serviceWorker;
if (worker) {
  // After the page itself is there.
  addEventListener('load', () => worker.register('/sw.js').catch(() => {}));
  worker.addEventListener('message', (event) => {
    if (typeof event.data?.open === 'string') go(event.data.open);
  });
}

// As a click on a link: the page changes in place where it can.
function go(path) {
  const url = new URL(path, location.origin);
  if (url.origin !== location.origin) return;
  const link = document.createElement('a');
  link.href = url.href;
  link.hidden = true;
  document.body.append(link);
  link.click();
  link.remove();
}

// Devices are not told of anything while somebody looks at a window of Hubbub. It says so each minute,
// but only while the server has a device to tell; it is asked again after a while.
const AGAIN_MS = 60_000;
const ASK_AGAIN_MS = 600_000;
const IDLE_MS = 120_000;
// Going from one window to another is no leaving.
const LEAVING_MS = 1_500;

const windows = new BroadcastChannel('hubbub-looks');
let actedAt = Date.now();
let askAt = 0;
let said = false;
let leaving;

const isSignedIn = () => document.getElementById('main') !== null;
const looks = () => document.visibilityState === 'visible' && document.hasFocus() && Date.now() - actedAt < IDLE_MS;

async function say(on) {
  said = on;
  try {
    const answer = await fetch('/api/push.look', {
      method: 'POST',
      keepalive: true,
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ on }),
    });
    const wanted = answer.ok && (await answer.json()).wanted;
    askAt = Date.now() + (wanted ? 0 : ASK_AGAIN_MS);
  } catch {
    askAt = Date.now() + AGAIN_MS;
  }
}

function look() {
  clearTimeout(leaving);
  if (!isSignedIn()) return;
  if (looks()) {
    windows.postMessage('here');
    if (askAt <= Date.now()) say(true);
  } else if (said && askAt <= Date.now()) {
    leaving = setTimeout(() => say(false), LEAVING_MS);
  }
}

windows.onmessage = () => {
  clearTimeout(leaving);
  said = false;
};
for (const name of ['focus', 'blur', 'load']) addEventListener(name, look);
document.addEventListener('visibilitychange', look);
// This device is told from now on (`app/src/browser/push.rs`): asked at once, not after a while.
addEventListener('hubbub-push', () => {
  askAt = 0;
  look();
});
for (const name of ['pointerdown', 'keydown', 'wheel']) {
  addEventListener(name, () => (actedAt = Date.now()), { passive: true, capture: true });
}
addEventListener('pagehide', () => {
  if (said && askAt <= Date.now()) say(false);
});
setInterval(look, AGAIN_MS);

// The window's own colour follows the choice of light or dark, as the page does.
const root = document.documentElement;
function colour() {
  for (const meta of document.querySelectorAll('meta[name="theme-color"]')) {
    const { scheme } = meta.dataset;
    const chosen = root.dataset.theme;
    meta.media = chosen ? (chosen === scheme ? 'all' : 'not all') : `(prefers-color-scheme: ${scheme})`;
  }
}
new MutationObserver(colour).observe(root, { attributeFilter: ['data-theme'] });
