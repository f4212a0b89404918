// Lighthouse on the sign-in page and on the feed of the demo's community, as a phone sees them:
// `npm ci && node run.mjs [runs]` in this folder, after `cargo xtask build --release`. Says the
// scores (the middle of the runs), the times behind them and what costs points; writes the whole
// reports to target/lighthouse/.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launch } from 'chrome-launcher';
import lighthouse from 'lighthouse';
import { browserPath, community, root, signIn } from './community.mjs';

const runs = Number(process.argv[2] ?? 3);
const CATEGORIES = ['performance', 'accessibility', 'best-practices', 'seo'];
const TIMES = ['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time', 'speed-index', 'cumulative-layout-shift'];

const { address, end } = await community();
try {
  const cookie = await signIn(address, 'mara');
  const home = await fetch(`${address}/`, { headers: { cookie }, redirect: 'follow' });
  const pages = [
    ['sign-in', `${address}/sign-in`, {}],
    ['feed', home.url, { Cookie: cookie }],
  ];
  for (const [name, url, headers] of pages) await measure(name, url, headers);
} finally {
  end();
}

async function measure(name, url, extraHeaders) {
  const results = [];
  for (let run = 0; run < runs; run++) {
    const chrome = await launch({
      chromePath: browserPath,
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
