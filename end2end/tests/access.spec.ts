// Everybody can use every page: by keyboard, by screen reader, on a phone, without JavaScript.
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { PASSWORD, awake } from '../helpers/person.ts';
import { expect, test } from '../helpers/fixtures.ts';

const FEED = '/w/overhang-co-op/feed';

/** What axe finds on the page as it stands, with the elements. */
async function violations(page: Page): Promise<string[]> {
  const tags = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const { violations: found } = await new AxeBuilder({ page }).withTags(tags).analyze();
  const nodes = (one: (typeof found)[number]) => one.nodes.map((node) => node.html).join(' | ').slice(0, 300);
  return found.map((one) => `${page.url()}: ${one.id}: ${nodes(one)}`);
}

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
    await ada.publishes(['invoice:paid', 'expense:rejected', 'reorder:triggered', 'item:added', 'stock:updated']);
    const pages = [
      FEED, `${FEED}?write`, post, `${post}?history`, '/w/overhang-co-op/people', '/w/overhang-co-op/people/ben',
      '/w/overhang-co-op/settings', '/w/overhang-co-op/bots', '/w/overhang-co-op/activity', '/w/overhang-co-op/kinds', '/inbox', '/saved', '/settings', '/settings/devices',
      '/settings/tokens', '/settings/password', '/settings/account',
      '/admin', '/admin/people', '/admin/workspaces', '/admin/audit', '/nowhere',
    ];
    ada.expectsNetworkErrors = true;
    for (const path of pages) {
      await ada.page.goto(path);
      await awake(ada.page);
      expect(await violations(ada.page)).toEqual([]);
    }
  });

  test(`axe finds nothing in conversations, ${theme}`, async ({ ada, ben }) => {
    test.setTimeout(300_000);
    await ada.page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'general' }).click();
    const composer = ada.page.getByRole('textbox', { name: 'Message #general' });
    await composer.fill('Hello @ben, with `code`, a [link](https://example.org)\n\n- [ ] a task');
    await composer.press('Enter');
    const row = ada.page.getByRole('list', { name: 'Messages' }).getByRole('article').filter({ hasText: 'Hello' });
    await row.hover();
    await row.getByRole('link', { name: 'Reply in a thread' }).click();
    const answer = ada.page.getByRole('textbox', { name: 'Reply in the thread' });
    await answer.fill('An answer');
    await answer.press('Enter');
    await expect(ada.page.getByRole('list', { name: 'Replies' }).getByRole('article')).toHaveCount(1);
    const { pathname: room, search: thread } = new URL(ada.page.url());
    await ada.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    const workspace = '/w/overhang-co-op';
    const pages = [
      room, `${room}${thread}`, `${room}?details`, `${room}?pins`, `${workspace}/rooms`, `${workspace}/chats`,
      `${workspace}/new?kind=room`, `${workspace}/new?kind=group`, `${workspace}/new?kind=direct`,
    ];
    for (const path of pages) {
      await ada.page.goto(path);
      await awake(ada.page);
      expect(await violations(ada.page)).toEqual([]);
    }
    await ada.page.goto(room);
    await awake(ada.page);
    await row.hover();
    await row.locator('summary[aria-label^="More for"]').click();
    expect(await violations(ada.page)).toEqual([]);
    await ben.page.goto(room);
    await ben.isLive();
    await ben.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await ben.page.getByRole('textbox', { name: 'Message #general' }).fill('@room, lunch?');
    await ben.page.keyboard.press('Escape');
    expect(await violations(ben.page)).toEqual([]);
  });

  test(`axe finds nothing where two edited one post, ${theme}`, async ({ ada }) => {
    await ada.writesAPost('Opening hours', 'From nine to ten.');
    await ada.opensPost('Opening hours');
    const second = await ada.opensATab(ada.page.url());
    for (const page of [ada.page, second]) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await page.locator('summary[aria-label="More for Opening hours"]').click();
      await page.getByRole('link', { name: 'Edit', exact: true }).click();
    }
    await second.getByLabel('Text').fill('From eight to ten.');
    await second.getByRole('button', { name: 'Save' }).click();
    await expect(second.getByText('From eight')).toBeVisible();
    ada.expectsNetworkErrors = true;
    await ada.page.getByLabel('Text').fill('From seven to ten.');
    await ada.page.getByRole('button', { name: 'Save' }).click();
    await expect(ada.page.getByRole('dialog')).toBeVisible();
    expect(await violations(ada.page)).toEqual([]);
    await ada.page.getByRole('button', { name: 'Keep theirs' }).click();
    await expect(ada.page.getByRole('dialog')).toBeHidden();
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
