// A conversation's page under load: `npm ci && node talk.mjs [switches]` in this folder, after
// `cargo xtask build --release`. Says (1) what a page holds after many changes of room: nodes, its JavaScript
// heap and the memory of its WASM; (2) in which frame a room seen before stands there; (3) how long a key takes
// to its paint while 50 messages arrive each second, on a processor four times slower.
import puppeteer from 'puppeteer-core';
import { browserPath, community, signIn } from './community.mjs';

const SWITCHES = Number(process.argv[2] ?? 1000);
const SLOWER = 4;
const PER_SECOND = 50;
const KEYS = 300;
/** People of the demo, one of whom is in each of its rooms. */
const HANDLES = ['tomas', 'priya', 'joost', 'hanna', 'kofi', 'yuki'];

const { address, end } = await community();
const browser = await puppeteer.launch({
  executablePath: browserPath,
  channel: browserPath ? undefined : 'chrome',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
});
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 860 });
  const [name, value] = (await signIn(address, 'mara')).split('=');
  await browser.setCookie({ name, value, domain: '127.0.0.1', path: '/' });
  await page.goto(address);
  await live(page);
  const rooms = await page.$$eval('nav a[href*="/c/"]', (links) => links.map((link) => link.getAttribute('href')).slice(0, 4));
  const line = await page.createCDPSession();
  // Somebody looks at this window: only then is what it shows read.
  await line.send('Emulation.setFocusEmulationEnabled', { enabled: true });
  for (const room of rooms) await opens(page, room);
  await switching(page, rooms);
  await typing(page, rooms[0]);
} finally {
  await browser.close();
  end();
}

async function live(page) {
  await page.waitForFunction(() => document.documentElement.dataset.awake === 'true');
  await page.waitForFunction(() => document.querySelector('[data-testid=connection]')?.textContent === 'Connected');
}

async function opens(page, room) {
  await page.$eval(`nav a[href="${room}"]`, (link) => link.click());
  const id = room.split('/').pop();
  await page.waitForSelector(`#message-to-${id}`);
  await page.waitForSelector('ol[aria-label=Messages] article');
}

/** Somebody else writes into the room all the time; each key's way to its paint is what the browser itself measured. */
async function typing(page, room) {
  await opens(page, room);
  const field = `#message-to-${room.split('/').pop()}`;
  await page.focus(field);
  await page.evaluate(() => {
    window.keys = [];
    const take = (list) => window.keys.push(...list.getEntries().filter((one) => one.name === 'keydown').map((one) => one.duration));
    new PerformanceObserver(take).observe({ type: 'event', durationThreshold: 16, buffered: false });
  });
  const line = await page.createCDPSession();
  await line.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
  const other = await writer(room.split('/').pop());
  const began = Date.now();
  for (let key = 0; key < KEYS; key++) {
    await page.keyboard.press('abcdefgh '[key % 9]);
    await new Promise((done) => setTimeout(done, 60));
  }
  const seconds = (Date.now() - began) / 1000;
  const sent = await other.stop();
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 500))));
  // Keys that were painted within a frame are not reported: they are counted as one.
  const slow = await page.evaluate(() => window.keys);
  const all = [...Array(Math.max(0, KEYS - slow.length)).fill(16), ...slow].sort((a, b) => a - b);
  await line.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  const at = (share) => all[Math.min(all.length - 1, Math.floor(all.length * share))];
  console.log(
    `typing: ${KEYS} keys in ${seconds.toFixed(0)} s while ${Math.round(sent / seconds)} messages/s arrived, ${SLOWER}x slower: ` +
      `key to paint p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, longest ${all.at(-1)} ms`,
  );
}

/** Sends so many messages a second, as somebody else of the room. */
async function writer(conversation) {
  const cookie = await memberOf(conversation);
  let [sent, runs, due] = [0, true, Date.now()];
  const underway = new Set();
  const send = () => {
    const time = Date.now().toString(16).padStart(12, '0');
    const id = `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
    const body = JSON.stringify({ id, conversation, body: `message ${sent} with **some** text and \`code\`` });
    const asked = fetch(`${address}/api/messages.send`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json', accept: 'application/json' },
      body,
    });
    underway.add(asked);
    void asked.then((answer) => (sent += Number(answer.ok))).finally(() => underway.delete(asked));
  };
  const ended = (async () => {
    while (runs) {
      for (; due <= Date.now(); due += 1000 / PER_SECOND) send();
      await new Promise((done) => setTimeout(done, 5));
    }
    await Promise.all(underway);
  })();
  return { stop: async () => ((runs = false), await ended, sent) };
}

/** Somebody of the demo who is in this conversation. */
async function memberOf(conversation) {
  for (const handle of HANDLES) {
    const cookie = await signIn(address, handle).catch(() => undefined);
    if (!cookie) continue;
    const answer = await fetch(`${address}/api/conversations.get`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ id: conversation }),
    });
    if (answer.ok && (await answer.json()).role) return cookie;
  }
  throw new Error('nobody else is in this room');
}

async function switching(page, rooms) {
  const line = await page.createCDPSession();
  await line.send('Performance.enable');
  await line.send('HeapProfiler.enable');
  const rounds = [50, 150, SWITCHES - 200].filter((times) => times > 0);
  let [done, late, longest] = [0, 0, 0];
  for (const times of rounds) {
    const seen = await page.evaluate(around, rooms, times);
    done += times;
    late += seen.late;
    longest = Math.max(longest, seen.longest);
    for (let twice = 0; twice < 2; twice++) await line.send('HeapProfiler.collectGarbage');
    const { metrics } = await line.send('Performance.getMetrics');
    const of = (metric) => metrics.find((one) => one.name === metric).value;
    const wasm = await page.evaluate(wasmBytes);
    const mb = (bytes) => (bytes / 2 ** 20).toFixed(1);
    console.log(
      `after ${done} changes of room: ${of('Nodes')} nodes, ${of('JSEventListeners')} listeners, ` +
        `${mb(of('JSHeapUsedSize'))} MB of heap, ${wasm ? mb(wasm) : '?'} MB of WASM`,
    );
  }
  console.log(`switching: ${late} of ${done} not there in the frame after the click; a click took ${longest.toFixed(0)} ms at most`);
}

async function around(rooms, times) {
  const frame = () => new Promise(requestAnimationFrame);
  const stands = (room) => {
    const field = document.getElementById(`message-to-${room.split('/').pop()}`);
    return field && document.querySelector('ol[aria-label=Messages] article');
  };
  let [late, longest] = [0, 0];
  for (let at = 0; at < times; at++) {
    const room = rooms[at % rooms.length];
    const began = performance.now();
    document.querySelector(`nav a[href="${room}"]`).click();
    await frame();
    if (!stands(room)) late += 1;
    while (!stands(room)) await frame();
    longest = Math.max(longest, performance.now() - began);
    await frame();
  }
  return { late, longest };
}

/** The memory of the page's program, which only grows. Its module answers with what it has when asked again. */
async function wasmBytes() {
  const script = [...document.querySelectorAll('link[rel=modulepreload], script[type=module]')].map((one) => one.href || one.src);
  const address = script.find((one) => /\/pkg\/hubbub[^/]*\.js$/.test(one));
  if (!address) return undefined;
  const module = await import(address);
  const instance = await module.default().catch(() => undefined);
  return instance?.memory?.buffer?.byteLength;
}
