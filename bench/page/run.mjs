// Lighthouse on the sign-in page and on the feed of the demo's community, as a phone sees them:
// `npm ci && node run.mjs [runs]` in this folder, after `cargo xtask build --release`. Says the
// scores (the middle of the runs), the times behind them and what costs points; writes the whole
// reports to target/lighthouse/.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { launch } from 'chrome-launcher';
import lighthouse from 'lighthouse';

const root = resolve(import.meta.dirname, '../..');
const program = process.env.HUBBUB_PROGRAM ?? join(root, 'target/release/hubbub');
const runs = Number(process.argv[2] ?? 3);
const CATEGORIES = ['performance', 'accessibility', 'best-practices', 'seo'];
const TIMES = ['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time', 'speed-index', 'cumulative-layout-shift'];

const folder = mkdtempSync(join(tmpdir(), 'hubbub-page-'));
const port = await freePort();
const address = `http://127.0.0.1:${port}`;
const env = {
  ...process.env,
  HUBBUB_DATA_DIR: folder,
  HUBBUB_ADDRESS: `127.0.0.1:${port}`,
  LEPTOS_SITE_ROOT: join(root, 'target/site'),
  DATABASE_URL: '',
  REDIS_URL: '',
};
const filled = spawnSync(program, ['demo'], { env, cwd: root });
if (filled.status !== 0) throw new Error(`hubbub demo: ${filled.stderr}`);
const server = spawn(program, ['serve'], { env, cwd: root, stdio: 'ignore' });
try {
  await ready();
  const cookie = await signIn();
  const home = await fetch(`${address}/`, { headers: { cookie }, redirect: 'follow' });
  const pages = [
    ['sign-in', `${address}/sign-in`, {}],
    ['feed', home.url, { Cookie: cookie }],
  ];
  for (const [name, url, headers] of pages) await measure(name, url, headers);
} finally {
  server.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
}

async function measure(name, url, extraHeaders) {
  const results = [];
  for (let run = 0; run < runs; run++) {
    const system = '/usr/bin/chromium';
    const chrome = await launch({
      chromePath: process.env.CHROME_PATH ?? (existsSync(system) ? system : undefined),
      chromeFlags: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    });
    try {
      const options = { port: chrome.port, output: 'json', logLevel: 'error', onlyCategories: CATEGORIES, extraHeaders };
      results.push((await lighthouse(url, options)).lhr);
    } finally {
      chrome.kill();
    }
  }
  results.sort((a, b) => a.categories.performance.score - b.categories.performance.score);
  const middle = results[Math.floor(results.length / 2)];
  mkdirSync(join(root, 'target/lighthouse'), { recursive: true });
  writeFileSync(join(root, `target/lighthouse/${name}.json`), JSON.stringify(middle));
  const scores = CATEGORIES.map((id) => `${id} ${Math.round(middle.categories[id].score * 100)}`);
  const times = TIMES.map((id) => `${id} ${middle.audits[id].displayValue}`);
  const bytes = middle.audits['network-requests'].details.items.reduce((sum, item) => sum + (item.transferSize ?? 0), 0);
  console.log(`${name}: ${scores.join(', ')}\n  ${times.join(', ')}, ${Math.round(bytes / 1000)} KB transferred`);
  for (const id of CATEGORIES) {
    for (const { id: audit, weight } of middle.categories[id].auditRefs) {
      const { score, title, displayValue } = middle.audits[audit];
      if (weight > 0 && score !== null && score < 0.9) {
        console.log(`  ${id}: ${title} ${displayValue ?? ''} (${Math.round(score * 100)}, weight ${weight})`);
      }
    }
  }
}

async function signIn() {
  const response = await fetch(`${address}/api/auth.sign_in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ handle: 'mara', password: 'millbrook-demo' }),
  });
  if (!response.ok) throw new Error(`signing in: ${response.status} ${await response.text()}`);
  return response.headers.getSetCookie()[0].split(';')[0];
}

async function ready() {
  for (let tries = 0; tries < 600; tries++) {
    const answer = await fetch(`${address}/health/ready`).catch(() => undefined);
    if (answer?.ok) return;
    if (server.exitCode !== null) break;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error('the server did not start');
}

function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.on('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}
