// Search in browsers: from the keyboard and the palette, to the place where something was written.
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '../helpers/fixtures.ts';
import type { Page } from '@playwright/test';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'];

async function says(page: Page, text: string) {
  const composer = page.getByRole('textbox', { name: 'Message #general' });
  await composer.fill(text);
  await composer.press('Enter');
  await expect(page.getByRole('list', { name: 'Messages' })).toContainText(text);
}

test('a message is found by a part of a word, opens in its place, and is gone when it is deleted', async ({ ada, ben }) => {
  const places = ada.page.getByRole('navigation', { name: 'Places' });
  await places.getByRole('link', { name: 'general' }).click();
  await says(ada.page, 'Rebuilding the north wall, 我们去北京');
  await says(ada.page, 'Something else');

  const page = ben.page;
  await page.keyboard.press('/');
  await expect(page).toHaveURL(/\/search$/);
  const field = page.getByRole('searchbox', { name: 'Search messages, posts and files' });
  await expect(field).toBeFocused();
  await page.keyboard.type('build from:@ada');
  await page.keyboard.press('Enter');
  const hits = page.getByRole('list', { name: 'Results' }).getByRole('article');
  await expect(hits).toHaveCount(1);
  await expect(hits.locator('mark')).toHaveText('build');
  await expect(hits).toContainText('Ada Lovelace');
  await expect(hits).toContainText('general');

  await page.getByRole('link', { name: 'Remove from:@ada' }).click();
  await expect(field).toHaveValue('build');
  await expect(hits).toHaveCount(1);
  await field.fill('北京');
  await field.press('Enter');
  await expect(hits.locator('mark')).toHaveText('北京');

  await page.getByRole('group', { name: 'Order' }).getByRole('link', { name: 'Newest first' }).click();
  await expect(page).toHaveURL(/order=newest/);
  await page.locator('.topbar-title').click();
  await page.keyboard.press('j');
  await expect(hits.first()).toBeFocused();
  await page.keyboard.press('o');
  await expect(page).toHaveURL(/\/c\/.*message=/);
  await expect(page.getByRole('list', { name: 'Messages' })).toContainText('Rebuilding the north wall');
  await page.goBack();
  await expect(hits).toHaveCount(1);

  const own = ada.page.getByRole('article').filter({ hasText: 'Rebuilding' });
  await own.hover();
  await own.locator('summary[aria-label^="More"]').click();
  await ada.page.getByRole('button', { name: 'Delete' }).click();
  await expect(own).toBeHidden();
  await expect(async () => {
    await page.reload();
    await expect(page.getByRole('heading', { name: 'Nothing found' })).toBeVisible({ timeout: 1_000 });
  }).toPass();
});

test('the palette leads to the search, which says what it cannot read and what can be typed', async ({ ada }) => {
  await ada.writesAPost('Budget 2027', 'Numbers');
  const page = ada.page;
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Search or jump to' }).fill('numbers');
  await page.getByRole('option', { name: 'Search for “numbers”' }).click();
  const hits = page.getByRole('list', { name: 'Results' }).getByRole('article');
  await expect(hits).toHaveCount(1);
  await hits.getByRole('link').click();
  await expect(page).toHaveURL(/\/posts\//);

  await page.keyboard.press('/');
  await expect(page.getByRole('heading', { name: 'Find what was written' })).toBeVisible();
  const field = page.getByRole('searchbox');
  await field.fill('before:soon');
  await field.press('Enter');
  await expect(page.getByRole('heading', { name: 'This cannot be looked for' })).toBeVisible();
  await field.fill('"><img src=x onerror=alert(1)>');
  await field.press('Enter');
  await expect(page.getByRole('heading', { name: 'Nothing found' })).toBeVisible();
});

test('many hits come page by page, and axe finds nothing', async ({ ada }) => {
  const places = ada.page.getByRole('navigation', { name: 'Places' });
  await places.getByRole('link', { name: 'general' }).click();
  for (let number = 1; number <= 25; number += 1) await says(ada.page, `needle number ${number}`);
  const page = ada.page;
  const base = new URL(page.url()).pathname.replace(/\/c\/.*/, '');
  const hits = page.getByRole('list', { name: 'Results' }).getByRole('article');
  // The last message may still be on its way when its row stands.
  await expect(async () => {
    await page.goto(`${base}/search?q=needle&order=newest`);
    await expect(hits.first()).toContainText('needle number 25', { timeout: 1_000 });
  }).toPass();
  await ada.isLive();
  await expect(hits).toHaveCount(20);
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    const result = await new AxeBuilder({ page }).withTags(TAGS).analyze();
    const found = result.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(' | ').slice(0, 300)}`);
    expect(found).toEqual([]);
  }
  await page.getByRole('link', { name: 'Load more' }).click();
  await expect(hits).toHaveCount(25);
  await expect(hits.last()).toContainText('needle number 1');
  await expect(page.getByRole('link', { name: 'Load more' })).toBeHidden();
});
