// Everybody can use every page: by keyboard, by screen reader, on a phone, without JavaScript.
import AxeBuilder from '@axe-core/playwright';
import { PASSWORD, awake } from '../helpers/person.ts';
import { expect, test } from '../helpers/fixtures.ts';

const FEED = '/w/overhang-co-op/feed';

for (const theme of ['light', 'dark'] as const) {
  test(`axe finds nothing on any page, ${theme}`, async ({ ada, ben }) => {
    // Each of many pages is loaded and taken over anew.
    test.setTimeout(300_000);
    await ada.writesAPost('Winter set', 'Text with `code`, a [link](https://example.org), and\n\n- [ ] a task\n\n| a | b |\n|---|---|\n| 1 | 2 |');
    await ben.post('Winter set').locator('summary[aria-label="Add a reaction"]').click();
    await ben.post('Winter set').getByRole('button', { name: 'Party', exact: true }).click();
    await ada.opensPost('Winter set');
    await ada.comments('A comment');
    await expect(ben.post('Winter set')).toContainText('1 comment');
    const post = new URL(ada.page.url()).pathname;
    await ada.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    const pages = [
      FEED, `${FEED}?write`, post, `${post}?history`, '/w/overhang-co-op/people', '/w/overhang-co-op/people/ben',
      '/w/overhang-co-op/settings', '/inbox', '/settings', '/settings/devices', '/settings/password', '/settings/account',
      '/admin', '/admin/people', '/admin/workspaces', '/admin/audit', '/nowhere',
    ];
    ada.expectsNetworkErrors = true;
    for (const path of pages) {
      await ada.page.goto(path);
      await awake(ada.page);
      const result = await new AxeBuilder({ page: ada.page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
      const found = result.violations.map((violation) => `${path}: ${violation.id}: ${violation.nodes.map((node) => node.html).join(' | ').slice(0, 300)}`);
      expect(found).toEqual([]);
    }
  });

  test(`axe finds nothing on the doors, ${theme}`, async ({ ada, browser, server }) => {
    const link = await ada.invites();
    const context = await browser.newContext({ baseURL: server.address, colorScheme: theme });
    const page = await context.newPage();
    for (const path of ['/sign-in', new URL(link).pathname, '/join/ended']) {
      await page.goto(path);
      const result = await new AxeBuilder({ page }).analyze();
      expect(result.violations.map((violation) => `${path}: ${violation.id}`)).toEqual([]);
    }
    await context.close();
  });
}

test('without JavaScript pages can be read and forms work', async ({ ada, browser, server }) => {
  await ada.writesAPost('Readable', 'by **everybody**');
  const context = await browser.newContext({ baseURL: server.address, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(FEED);
  await page.getByLabel('Handle').fill('ada');
  await page.getByLabel('Password', { exact: true }).fill('a wrong password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await page.goto(`/sign-in?to=${FEED}`);
  await page.getByLabel('Handle').fill('ada');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(new RegExp(`${FEED}$`));
  await expect(page.getByRole('article').filter({ hasText: 'Readable' }).locator('strong')).toHaveText('everybody');

  await page.getByRole('link', { name: 'New post' }).first().click();
  await page.getByLabel('Title').fill('Plain');
  await page.getByLabel('Text').fill('written by a form');
  await page.getByRole('button', { name: 'Post', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Plain' })).toBeVisible();
  await expect(ada.post('Plain')).toBeVisible();

  await page.getByRole('article').filter({ hasText: 'Readable' }).getByRole('link', { name: 'Readable' }).click();
  await page.getByRole('textbox', { name: 'Write a comment' }).fill('me too');
  await page.getByRole('button', { name: 'Send' }).click();
  await expect(page.getByRole('article').filter({ hasText: 'me too' })).toBeVisible();
  await context.close();
});

test('by keyboard alone: write, react, comment', async ({ ada }) => {
  await ada.page.getByRole('link', { name: 'New post' }).first().focus();
  await ada.page.keyboard.press('Enter');
  await expect(ada.page.getByLabel('Title')).toBeFocused();
  await ada.page.keyboard.type('By hand');
  await ada.page.keyboard.press('Tab');
  await ada.page.keyboard.type('no mouse');
  await ada.page.keyboard.press('Tab');
  await expect(ada.page.getByRole('button', { name: 'Post', exact: true })).toBeFocused();
  await ada.page.keyboard.press('Enter');
  await expect(ada.post('By hand')).toBeVisible();
  await expect(ada.post('By hand').locator('summary[aria-label^="More for"]')).toBeVisible();
  await ada.post('By hand').locator('summary[aria-label="Add a reaction"]').focus();
  await ada.page.keyboard.press('Enter');
  await ada.page.keyboard.press('Tab');
  await ada.page.keyboard.press('Enter');
  await expect(ada.post('By hand').getByRole('button', { name: 'Thumbs up, 1' })).toBeVisible();
  await ada.post('By hand').getByRole('link', { name: 'By hand' }).focus();
  await ada.page.keyboard.press('Enter');
  await ada.page.getByRole('textbox', { name: 'Write a comment' }).focus();
  await ada.page.keyboard.type('still no mouse');
  await ada.page.keyboard.press('Enter');
  await expect(ada.comment('still no mouse')).toBeVisible();
});

test('on a phone everything is reachable and nothing overflows', async ({ ada }) => {
  await ada.writesAPost('A title that is long enough to need two lines on a narrow screen', 'and text');
  await ada.page.setViewportSize({ width: 390, height: 844 });
  for (const path of [FEED, '/inbox', '/settings', '/w/overhang-co-op/people', '/admin', '/admin/people']) {
    await ada.page.goto(path);
    await awake(ada.page);
    const overflow = await ada.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(overflow, path).toBe(0);
    await expect(ada.page.getByRole('navigation', { name: 'Main' }).getByRole('link')).toHaveCount(5);
  }
});
