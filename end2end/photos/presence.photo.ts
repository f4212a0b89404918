// What people say of themselves and how they are seen: the menu at one's avatar, "You" on a phone, and
// wherever a name stands.
import { expect, test } from '../helpers/fixtures.ts';
import type { Page } from '@playwright/test';

const SIZES = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
const THEMES = ['light', 'dark'] as const;

async function shots(page: Page, name: string, sizes: (keyof typeof SIZES)[] = ['wide', 'phone']) {
  for (const size of sizes) {
    await page.setViewportSize(SIZES[size]);
    for (const theme of THEMES) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await page.waitForTimeout(200);
      await page.screenshot({ path: `photos-results/presence-${name}-${size}-${theme}.png` });
    }
  }
  await page.setViewportSize({ width: 1280, height: 860 });
}

test('presence', async ({ ada, ben }) => {
  await ben.writesToDirectly('ada', 'Good morning! Is the north wall open today?');
  await ada.writesToDirectly('ben', 'From ten on.');
  const menu = ben.page.locator('.own-menu');
  await menu.locator('summary').click();
  await shots(ben.page, 'menu-empty', ['wide']);
  await menu.getByLabel('Emoji of your status').selectOption('🌴');
  await menu.getByLabel('Your status', { exact: true }).fill('In the hills, back on Monday');
  await menu.getByRole('button', { name: 'Set status' }).click();
  await expect(menu.getByRole('button', { name: 'Clear status' })).toBeVisible();
  await menu.getByRole('button', { name: 'Do not disturb for 2 hours' }).click();
  await expect(menu).toContainText('until');
  await shots(ben.page, 'menu', ['wide']);
  await ben.page.keyboard.press('Escape');
  await ben.page.goto('/settings');
  await ben.isLive();
  await shots(ben.page, 'you');
  await ben.page.getByRole('heading', { name: 'Seen by' }).scrollIntoViewIfNeeded();
  await shots(ben.page, 'receipts');
  const places = ben.page.getByRole('navigation', { name: 'Places' });
  await ben.page.goto('/');
  await ben.isLive();
  await places.getByRole('link', { name: 'Ada Lovelace' }).click();
  await expect(ben.page.getByText('From ten on.')).toBeVisible();
  await ada.page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Ben Okafor' }).click();
  await expect(ada.page.getByText('Seen by Ben Okafor')).toBeVisible();
  await shots(ada.page, 'talk');
  const talk = ada.page.url();
  await ada.page.goto(`${talk}?details`);
  await ada.isLive();
  await shots(ada.page, 'members');
  await ada.page.getByRole('link', { name: 'Ben Okafor' }).last().click();
  await expect(ada.page.getByRole('button', { name: 'Message' })).toBeVisible();
  await shots(ada.page, 'profile');
  await ada.page.goto('/');
  await ada.isLive();
  await ada.page.setViewportSize(SIZES.phone);
  await ada.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Chats' }).click();
  await expect(ada.page.getByRole('navigation', { name: 'Conversations' })).toBeVisible();
  await shots(ada.page, 'chats', ['phone']);
});
