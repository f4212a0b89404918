// What other programs published: filled, filtered, opened, empty; and the kinds that a workspace registered.
import { test, type Page } from '@playwright/test';
import { awake } from '../helpers/person.ts';
import { Server } from '../helpers/server.ts';

const SIZES = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
const THEMES = ['light', 'dark'] as const;

async function shots(page: Page, name: string) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const theme of THEMES) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await page.waitForTimeout(200);
      await page.screenshot({ path: `photos-results/activity-${name}-${size}-${theme}.png` });
    }
  }
  await page.setViewportSize(SIZES.wide);
}

test('activity', async ({ browser }) => {
  const demo = await Server.start({ demo: true });
  const context = await browser.newContext({ baseURL: demo.address, viewport: SIZES.wide });
  const page = await context.newPage();
  const visit = async (path: string) => {
    await page.goto(path);
    await awake(page);
  };
  await visit('/sign-in');
  await page.getByLabel('Handle').fill('mara');
  await page.getByLabel('Password', { exact: true }).fill('millbrook-demo');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(/\/feed/);
  await visit('/w/larkfield-studio/activity');
  await shots(page, 'all');
  await page.getByRole('article').first().getByText('Details').click();
  await shots(page, 'details');
  await visit('/w/larkfield-studio/activity?kind=invoice:paid');
  await shots(page, 'filtered');
  await visit('/w/larkfield-studio/activity?mine=yes');
  await shots(page, 'mine');
  await visit('/w/riverside-rowing-club/activity');
  await shots(page, 'empty');
  await visit('/w/riverside-rowing-club/activity?kind=boat');
  await shots(page, 'nothing');
  await visit('/inbox');
  await shots(page, 'inbox');
  await visit('/w/larkfield-studio/kinds');
  await page.getByLabel('Kind', { exact: true }).fill('invoice:paid');
  await page.getByLabel('JSON Schema').fill('{ "required": ["number", "amount"], "properties": { "amount": { "type": "number" } } }');
  await page.getByRole('button', { name: 'Register' }).click();
  await page.getByRole('list', { name: 'Registered kinds' }).getByText('Schema').click();
  await shots(page, 'kinds');
  await context.close();
  await demo.stop();
});
