// The shortcuts and the palette.
import AxeBuilder from '@axe-core/playwright';
import { Page } from '@playwright/test';
import { expect, test } from '../helpers/fixtures.ts';
import { conversationOn, message, opens, sends } from '../helpers/talk.ts';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Lets the page paint, after which the browser says what is under the pointer now. */
async function frames(page: Page, count: number) {
  for (let index = 0; index < count; index += 1) {
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
  }
}

test('j, k, o, r and e move over posts and comments, with a visible focus', async ({ ada }) => {
  for (const title of ['One', 'Two', 'Three']) await ada.writesAPost(title);
  const page = ada.page;
  await page.reload();
  await ada.isLive();
  await page.keyboard.press('j');
  await expect(ada.post('Three')).toBeFocused();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await expect(ada.post('One')).toBeFocused();
  await page.keyboard.press('k');
  await expect(ada.post('Two')).toBeFocused();
  expect(await ada.post('Two').evaluate((post) => getComputedStyle(post).outlineStyle)).toBe('solid');
  await page.keyboard.press('o');
  await expect(page).toHaveURL(/\/posts\//);
  await expect(page.getByRole('textbox', { name: 'Write a comment' })).toBeVisible();

  await page.keyboard.press('r');
  await expect(page.getByRole('textbox', { name: 'Write a comment' })).toBeFocused();
  await page.keyboard.type('jkgf?');
  await page.keyboard.press('Enter');
  await expect(ada.comment('jkgf?')).toBeVisible();
  await expect(page, 'no letter acts while somebody types').toHaveURL(/\/posts\//);

  await page.getByRole('heading', { name: '1 comment' }).click();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await expect(ada.comment('jkgf?')).toBeFocused();
  await page.keyboard.press('r');
  await expect(page.getByRole('textbox', { name: 'Reply to Ada Lovelace' })).toBeFocused();
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('e');
  await expect(page.getByRole('form', { name: 'Edit the comment' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('form', { name: 'Edit the comment' })).toBeHidden();
});

test('sequences go places, n writes, r on the feed answers', async ({ ada }) => {
  await ada.writesAPost('Soup on Sunday');
  const page = ada.page;
  await page.keyboard.press('g');
  await page.keyboard.press('i');
  await expect(page).toHaveURL(/\/inbox$/);
  await page.keyboard.press('g');
  await page.keyboard.press('f');
  await expect(page).toHaveURL(/\/feed$/);
  await expect(ada.post('Soup on Sunday')).toBeVisible();
  await page.keyboard.press('Control+j');
  await expect(ada.post('Soup on Sunday'), 'a modifier makes it another key').not.toBeFocused();
  await page.keyboard.press('j');
  await page.keyboard.press('r');
  await expect(page.getByRole('textbox', { name: 'Write a comment' })).toBeFocused();
  await page.getByRole('heading', { name: 'Post', exact: true }).click();
  await page.keyboard.press('n');
  await expect(page.getByLabel('Title')).toBeFocused();
});

test('the palette finds places, people, posts and actions at once', async ({ ada, ben }) => {
  await ada.writesAPost('Budget 2027');
  await expect(ben.post('Budget 2027')).toBeVisible();
  const page = ben.page;
  const palette = page.getByRole('dialog', { name: 'Search or jump to' });
  const field = palette.getByRole('combobox', { name: 'Search or jump to' });
  await page.keyboard.press('Control+k');
  await expect(field).toBeFocused();
  await field.fill('love');
  await expect(palette.getByRole('option', { name: /@ada/ })).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('Enter');
  await expect(palette).toBeHidden();
  await expect(page).toHaveURL(/\/people\/ada$/);

  await page.keyboard.press('Control+k');
  await field.fill('budg');
  await palette.getByRole('option', { name: /Budget 2027/ }).click();
  await expect(page).toHaveURL(/\/posts\//);

  await page.keyboard.press('Control+k');
  await field.fill('zzzz');
  await expect(palette.getByRole('option')).toHaveText([/Search for “zzzz”/]);
  await field.fill('feed');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/feed$/);

  await page.keyboard.press('Control+k');
  await field.fill('dark');
  await page.keyboard.press('Enter');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');

  await page.keyboard.press('Control+k');
  await expect(field).toBeFocused();
  await page.keyboard.press('Control+k');
  await expect(palette).toBeHidden();
});

test('? lists every shortcut, and axe finds nothing in the dialogs', async ({ ada }) => {
  const page = ada.page;
  const problems = async () => {
    const result = await new AxeBuilder({ page }).withTags(TAGS).analyze();
    return result.violations.map((found) => `${found.id}: ${found.nodes.map((node) => node.html).join(' | ').slice(0, 300)}`);
  };
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await page.keyboard.press('?');
    const dialog = page.getByRole('dialog', { name: 'Shortcuts' });
    await expect(dialog.getByText('Go to the inbox')).toBeVisible();
    expect(await problems()).toEqual([]);
    await page.keyboard.press('j');
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
    await page.keyboard.press('Control+k');
    await expect(page.getByRole('dialog').getByRole('option').first()).toBeVisible();
    expect(await problems()).toEqual([]);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toBeHidden();
  }
});

test('the tools stay beside the focus while others write, wherever the pointer rests', async ({ ada, ben }) => {
  await Promise.all([opens(ada), opens(ben)]);
  const room = conversationOn(ben.page);
  for (let count = 0; count < 30; count += 1) await sends(ben.page, room, `line ${count}`);
  const focused = message(ada.page, 'line 29');
  const tools = focused.getByRole('toolbar');
  await message(ada.page, 'line 25').hover();
  await expect(message(ada.page, 'line 25').getByRole('toolbar')).toBeVisible();
  await focused.focus();
  await expect(tools).toBeVisible();
  // Rows go by under the pointer; the browser tells of each.
  for (let count = 30; count < 36; count += 1) {
    await sends(ben.page, room, `line ${count}`);
    await expect(message(ada.page, `line ${count}`)).toBeVisible();
    await frames(ada.page, 4);
    expect(await tools.isVisible(), `after line ${count}`).toBe(true);
  }
  await message(ada.page, 'line 33').hover();
  await expect(message(ada.page, 'line 33').getByRole('toolbar')).toBeVisible();
});
