// Posts, live in two browsers.
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '../helpers/fixtures.ts';

test('a post appears in the other browser without a reload, and so do its edit and its end', async ({ ada, ben }) => {
  await ada.writesAPost('Winter set', '**34** new boulders');
  const seen = ben.post('Winter set');
  await expect(seen).toBeVisible();
  await expect(seen.locator('strong')).toHaveText('34');

  await ada.opensPost('Winter set');
  await ada.page.getByRole('article', { name: /Winter set/ }).locator('summary[aria-label^="More for"]').click();
  await ada.page.getByRole('link', { name: 'Edit', exact: true }).click();
  await ada.page.getByLabel('Title').fill('Winter set, 36 boulders');
  await ada.page.getByRole('button', { name: 'Save' }).click();
  await expect(ben.post('Winter set, 36 boulders')).toBeVisible();
  await expect(ben.post('Winter set, 36 boulders').getByRole('link', { name: 'edited' })).toBeVisible();

  await ada.page.locator('summary[aria-label^="More for Winter"]').click();
  await ada.page.getByRole('button', { name: 'Delete' }).click();
  await expect(ada.page.getByRole('button', { name: 'Undo' })).toBeVisible();
  await expect(ben.post('Winter set, 36 boulders')).toHaveCount(0, { timeout: 20_000 });
});

test('undo brings a deleted post back, and nobody else has seen it go', async ({ ada, ben }) => {
  await ada.writesAPost('Keep me');
  await expect(ben.post('Keep me')).toBeVisible();
  await ada.post('Keep me').locator('summary[aria-label^="More for"]').click();
  await ada.page.getByRole('button', { name: 'Delete' }).click();
  await expect(ada.post('Keep me')).toBeHidden();
  await ada.page.getByRole('button', { name: 'Undo' }).click();
  await expect(ada.post('Keep me')).toBeVisible();
  await expect(ben.post('Keep me')).toBeVisible();
});

test('reactions count up in both browsers and are taken back', async ({ ada, ben }) => {
  await ada.writesAPost('Soup on Sunday');
  const mine = ada.post('Soup on Sunday');
  const his = ben.post('Soup on Sunday');
  await his.locator('summary[aria-label="Add a reaction"]').click();
  await his.getByRole('button', { name: 'Party', exact: true }).click();
  await expect(mine.getByRole('button', { name: 'Party, 1' })).toHaveAttribute('aria-pressed', 'false');
  await mine.getByRole('button', { name: 'Party, 1' }).click();
  await expect(his.getByRole('button', { name: 'Party, 2' })).toHaveAttribute('aria-pressed', 'true');
  await his.getByRole('button', { name: 'Party, 2' }).click();
  await expect(mine.getByRole('button', { name: 'Party, 1' })).toHaveAttribute('aria-pressed', 'true');
  await expect(his.getByRole('button', { name: 'Party, 1' })).toHaveAttribute('aria-pressed', 'false');
});

test('comments and replies arrive live, with who is writing', async ({ ada, ben }) => {
  await ada.writesAPost('Who brings rope?');
  await expect(ben.post('Who brings rope?')).toBeVisible();
  await ada.opensPost('Who brings rope?');
  await ben.opensPost('Who brings rope?');
  await ben.page.getByRole('textbox', { name: 'Write a comment' }).pressSequentially('I can');
  await expect(ada.page.getByText('Ben Okafor is writing…')).toBeVisible();
  await ben.page.getByRole('textbox', { name: 'Write a comment' }).press('Enter');
  await expect(ada.comment('I can')).toBeVisible();
  await expect(ada.page.getByText('Ben Okafor is writing…')).toBeHidden();
  await ada.comment('I can').getByRole('link', { name: 'Reply to Ben Okafor' }).click();
  await ada.page.getByRole('textbox', { name: 'Reply to Ben Okafor' }).fill('Thank you!');
  await ada.page.getByRole('textbox', { name: 'Reply to Ben Okafor' }).press('Enter');
  await expect(ben.comment('Thank you!')).toBeVisible();
  await expect(ben.page.getByRole('heading', { name: '2 comments' })).toBeVisible();
});

test('a pinned post stands at the top for everybody', async ({ ada, ben }) => {
  await ada.writesAPost('House rules');
  await ada.writesAPost('Lost glove');
  await ada.post('House rules').locator('summary[aria-label^="More for"]').click();
  await ada.page.getByRole('button', { name: 'Pin to the top' }).click();
  await expect(ben.page.getByRole('region', { name: 'Pinned posts' }).getByRole('heading', { name: 'House rules' })).toBeVisible();
});

test('new posts above what somebody reads become a pill and move nothing', async ({ ada, ben }) => {
  const long = Array.from({ length: 30 }, (_, line) => `Line ${line}`).join('\n\n');
  for (const title of ['One', 'Two', 'Three']) await ada.writesAPost(title, long);
  await expect(ben.post('Three')).toBeVisible();
  const reading = ben.post('Two');
  await reading.scrollIntoViewIfNeeded();
  const before = await reading.boundingBox();
  await ada.writesAPost('Four', long);
  const pill = ben.page.getByRole('button', { name: '1 new post' });
  await expect(pill).toBeVisible();
  expect((await reading.boundingBox())?.y).toBe(before?.y);
  await pill.click();
  await expect(ben.post('Four')).toBeInViewport();
});

test('two people edit one post: different words merge, nothing is lost', async ({ ada, ben }) => {
  await ada.writesAPost('Opening hours', 'We open at nine and close at ten.');
  await expect(ben.post('Opening hours')).toBeVisible();
  await ada.page.goto('/');
  // Ben may edit because he becomes an admin of the workspace.
  await ada.page.getByRole('link', { name: 'People' }).first().click();
  await ada.page.locator('summary[aria-label="For Ben Okafor"]').click();
  await ada.page.getByRole('button', { name: 'Make admin' }).click();
  await expect(ada.page.getByRole('row', { name: /Ben Okafor/ })).toContainText('Admin');
  await ada.page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Feed' }).click();

  for (const person of [ada, ben]) {
    await person.page.reload();
    await person.isLive();
    await person.opensPost('Opening hours');
    await person.page.locator('summary[aria-label="More for Opening hours"]').click();
    await person.page.getByRole('link', { name: 'Edit', exact: true }).click();
  }
  await ada.page.getByLabel('Text').fill('We open at eight and close at ten.');
  await ada.page.getByRole('button', { name: 'Save' }).click();
  await expect(ada.post('Opening hours')).toContainText('at eight');
  ben.expectsNetworkErrors = true;
  await ben.page.getByLabel('Text').fill('We open at nine and close at eleven.');
  await ben.page.getByRole('button', { name: 'Save' }).click();
  const dialog = ben.page.getByRole('dialog', { name: 'Ada Lovelace saved this while you were writing' });
  await expect(dialog.getByRole('region', { name: 'Text, theirs' })).toContainText('at eight and close at ten');
  await expect(dialog.getByRole('region', { name: 'Text, mine' })).toContainText('at nine and close at eleven');
  await expect(dialog.getByRole('textbox', { name: 'Text, merged text' })).toHaveValue('We open at eight and close at eleven.');
  for (const colorScheme of ['light', 'dark'] as const) {
    await ben.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const found = await new AxeBuilder({ page: ben.page }).analyze();
    expect(found.violations.map((violation) => `${colorScheme}: ${violation.id}`)).toEqual([]);
  }
  await dialog.getByRole('button', { name: 'Save merged' }).click();
  await expect(ada.post('Opening hours')).toContainText('We open at eight and close at eleven.');
});
