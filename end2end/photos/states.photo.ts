// States that need two people or a broken line: conflict, toasts, connection, empty, refused.
import { expect, test } from '../helpers/fixtures.ts';
import type { Page } from '@playwright/test';

const SIZES = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
const THEMES = ['light', 'dark'] as const;

async function shots(page: Page, name: string) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const theme of THEMES) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await page.waitForTimeout(200);
      await page.screenshot({ path: `photos-results/${name}-${size}-${theme}.png` });
    }
  }
  await page.setViewportSize({ width: 1280, height: 860 });
}

test('states', async ({ ada, ben, server }) => {
  ada.expectsNetworkErrors = ben.expectsNetworkErrors = true;
  await shots(ada.page, 'empty-feed');
  await ben.page.goto('/inbox');
  await ben.isLive();
  await shots(ben.page, 'empty-inbox');
  await ben.page.goto('/admin');
  await shots(ben.page, 'forbidden');
  await ben.page.goto('/settings');
  await ben.isLive();
  await ada.writesAPost('Opening hours', 'We open at nine and close at ten, @ben. Guests come in by the side door.');
  await expect(ben.page.getByRole('region', { name: 'Messages' }).getByText(/mentioned you/)).toBeVisible();
  await shots(ben.page, 'toast');

  await ada.opensPost('Opening hours');
  await shots(ada.page, 'empty-post');
  const edit = async (page: Page) => {
    await page.locator('summary[aria-label="More for Opening hours"]').click();
    await page.getByRole('link', { name: 'Edit', exact: true }).click();
    await expect(page.getByLabel('Text')).toBeVisible();
  };
  const second = await ada.opensATab(ada.page.url());
  await edit(ada.page);
  await edit(second);
  await second.getByLabel('Text').fill('We open at eight and close at ten, @ben. Guests come in by the side door.');
  await second.getByRole('button', { name: 'Save' }).click();
  await expect(second.getByText('at eight')).toBeVisible();
  await ada.page.getByLabel('Text').fill('We open at seven and close at ten, @ben. Guests come in by the side door.');
  await ada.page.getByRole('button', { name: 'Save' }).click();
  await expect(ada.page.getByRole('dialog')).toBeVisible();
  await shots(ada.page, 'conflict');
  await ada.page.getByRole('button', { name: 'Keep theirs' }).click();
  await second.close();

  await ada.page.locator('summary[aria-label="More for Opening hours"]').click();
  await ada.page.getByRole('button', { name: 'Delete' }).click();
  await expect(ada.page.getByRole('button', { name: 'Undo' })).toBeVisible();
  await shots(ada.page, 'undo');
  await ada.page.getByRole('button', { name: 'Undo' }).click();

  await server.kill();
  await ada.comments('Written while the line is cut');
  await expect(ada.page.getByText(/Reconnecting/).first()).toBeVisible({ timeout: 20_000 });
  await shots(ada.page, 'connection');
  await ada.page.getByRole('link', { name: 'People' }).first().click();
  await expect(ada.page.getByRole('heading', { name: 'This page did not load' })).toBeVisible();
  await shots(ada.page, 'page-error');
  await server.up();
});
