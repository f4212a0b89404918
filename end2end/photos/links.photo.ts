// Previews of links, completion of rooms and the palette with the demo community, into photos-results/.
import { test } from '@playwright/test';
import { createServer, Server as Site } from 'node:http';
import { AddressInfo } from 'node:net';
import { awake } from '../helpers/person.ts';
import { Server } from '../helpers/server.ts';

const SIZES = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

let demo: Server;
let site: Site;
let address: string;
test.beforeAll(async () => {
  demo = await Server.start({ demo: true, settings: { HUBBUB_LINKS_TO_LOOPBACK: 'true' } });
  site = createServer((request, answer) => {
    const isLong = request.url === '/long';
    answer.setHeader('content-type', 'text/html; charset=utf-8');
    answer.end(`<title>${isLong ? 'The route setters’ handbook, second edition, with everything that was learnt in the winter of 2026' : 'Millbrook mill race'}</title>
      <meta property="og:site_name" content="${isLong ? 'Setters’ almanac' : 'River trust'}">
      ${isLong ? '<meta name="description" content="How to plan a set, whom to ask, what to order and when, and how to leave the hall as you found it; with drawings of every hold that we ever lost behind a volume.">' : ''}`);
  });
  await new Promise<void>((done) => site.listen(0, '127.0.0.1', done));
  address = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
});
test.afterAll(async () => {
  await demo.stop();
  await new Promise((done) => site.close(done));
});

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const theme of ['light', 'dark'] as const) {
    test(`links, ${size}, ${theme}`, async ({ browser }) => {
      const look = { viewport, colorScheme: theme, reducedMotion: 'reduce' } as const;
      const context = await browser.newContext({ ...look, baseURL: demo.address });
      const page = await context.newPage();
      const shot = async (name: string) => {
        await page.waitForTimeout(250);
        await page.screenshot({ path: `photos-results/${name}-${size}-${theme}.png` });
      };
      await page.goto('/sign-in');
      await awake(page);
      await page.getByLabel('Handle').fill('mara');
      await page.getByLabel('Password', { exact: true }).fill('millbrook-demo');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.waitForURL(/\/feed/);
      const base = new URL(page.url()).pathname.replace(/\/feed$/, '');
      await page.goto(`${base}/chats`);
      await awake(page);
      await page.getByRole('link', { name: /general/ }).first().click();
      const composer = page.getByRole('textbox', { name: /^Message / });
      await composer.fill(`Both are worth a look, ${theme} ${size}: ${address}/long and ${address}/short`);
      await composer.press('Enter');
      const previews = page.getByRole('list', { name: 'Linked pages' }).last();
      await previews.getByRole('listitem').nth(1).waitFor();
      await composer.pressSequentially('See #');
      await page.getByRole('listbox', { name: 'Suggestions' }).waitFor();
      await shot('links-message');
      await page.keyboard.press('Escape');
      await composer.fill('');
      await page.goto(`${base}/feed?write`);
      await awake(page);
      await page.getByLabel('Title').fill(`A handbook, ${theme} ${size}`);
      await page.getByLabel('Text').fill(`Page 12 is about us: ${address}/long`);
      await page.getByRole('button', { name: 'Post', exact: true }).click();
      await page.getByRole('list', { name: 'Linked pages' }).first().scrollIntoViewIfNeeded();
      await shot('links-post');
      await page.goto(`${base}/settings`);
      await awake(page);
      await page.getByRole('heading', { name: 'Previews of links' }).scrollIntoViewIfNeeded();
      await shot('links-settings');
      await page.goto(`${base}/feed`);
      await awake(page);
      await page.keyboard.press('ControlOrMeta+k');
      await page.getByRole('combobox').waitFor();
      await shot('links-palette');
      await page.keyboard.press('Escape');
      await page.keyboard.press('?');
      await shot('links-shortcuts');
      await context.close();
    });
  }
}
