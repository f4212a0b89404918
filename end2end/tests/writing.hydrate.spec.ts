// Writing: names and emoji are completed, a preview shows what the text will be.
import { expect, test } from '../helpers/fixtures.ts';

test('a name is completed after @ by the keyboard, and Enter sends only when the list is closed', async ({ ada, ben }) => {
  await ada.writesAPost('Rope check');
  await ada.opensPost('Rope check');
  const composer = ada.page.getByRole('textbox', { name: 'Write a comment' });
  const list = ada.page.getByRole('listbox', { name: 'Suggestions' });
  await composer.pressSequentially('Could @oka');
  await expect(list.getByRole('option')).toHaveCount(1);
  await expect(composer).toHaveAttribute('aria-activedescendant', /-0$/);
  await composer.press('Enter');
  await expect(list).toBeHidden();
  await expect(composer).toHaveValue('Could @ben ');
  await composer.pressSequentially('look?');
  await composer.press('Enter');
  await expect(ada.comment('Could @ben look?')).toBeVisible();
  await expect(ben.page.getByRole('link', { name: 'Inbox, 1 unread' }).first()).toBeVisible();
});

test('Escape closes the list and not the form, a click chooses, arrows move', async ({ ada, ben }) => {
  await expect(ben.page.getByRole('heading', { name: 'Feed' })).toBeVisible();
  await ada.page.getByRole('link', { name: 'New post' }).first().click();
  const text = ada.page.getByLabel('Text');
  const list = ada.page.getByRole('listbox', { name: 'Suggestions' });
  await text.pressSequentially('@b');
  await expect(list).toBeVisible();
  await text.press('Escape');
  await expect(list).toBeHidden();
  await text.pressSequentially('e');
  await expect(list, 'closed for this word').toBeHidden();
  await expect(ada.page.getByRole('form', { name: 'New post' })).toBeVisible();
  await text.fill('');
  await text.pressSequentially('well done :th');
  // The usual ones first; all others follow once they were fetched.
  for (const [index, name] of ['Thumbs up', 'Thanks', 'Thinking'].entries()) {
    await expect(list.getByRole('option').nth(index)).toContainText(name);
  }
  await text.press('ArrowDown');
  await expect(list.getByRole('option', { name: 'Thanks' })).toHaveAttribute('aria-selected', 'true');
  await text.press('ArrowUp');
  await text.press('ArrowDown');
  await text.press('ArrowDown');
  await text.press('Tab');
  await expect(text).toHaveValue('well done 🤔 ');
  await expect(text).toBeFocused();
  await text.pressSequentially('and @be');
  await list.getByRole('option', { name: /Ben Okafor/ }).click();
  await expect(text).toHaveValue('well done 🤔 and @ben ');
  await expect(text).toBeFocused();
});

test('a composition is left alone', async ({ ada, ben }) => {
  await expect(ben.page.getByRole('heading', { name: 'Feed' })).toBeVisible();
  await ada.writesAPost('Names');
  await ada.opensPost('Names');
  const composer = ada.page.getByRole('textbox', { name: 'Write a comment' });
  await composer.pressSequentially('@be');
  await expect(ada.page.getByRole('listbox', { name: 'Suggestions' })).toBeVisible();
  // What an input method sends while it composes: its Enter ends the composition and chooses nothing.
  await composer.evaluate((area) => {
    area.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }));
  });
  await expect(composer).toHaveValue('@be');
  await expect(ada.page.getByRole('region', { name: 'Comments' }).getByRole('article')).toHaveCount(0);
});

test('a preview shows what will be stored, and the text is kept', async ({ ada, ben }) => {
  await expect(ben.page.getByRole('heading', { name: 'Feed' })).toBeVisible();
  await ada.page.getByRole('link', { name: 'New post' }).first().click();
  const form = ada.page.getByRole('form', { name: 'New post' });
  await form.getByLabel('Title').fill('Winter set');
  await form.getByLabel('Text').fill('**34** boulders, @ben\n\n<script>alert(1)</script>');
  await form.getByRole('button', { name: 'Preview' }).click();
  const preview = form.getByRole('region', { name: 'Preview' });
  await expect(preview.locator('strong')).toHaveText('34');
  await expect(preview.getByRole('link', { name: '@ben' })).toHaveAttribute('href', '/w/overhang-co-op/people/ben');
  await expect(preview.locator('script')).toHaveCount(0);
  await form.getByRole('button', { name: 'Write' }).click();
  await expect(form.getByLabel('Text')).toBeFocused();
  await expect(form.getByLabel('Text')).toHaveValue(/^\*\*34\*\* boulders/);
  await form.getByRole('button', { name: 'Preview' }).click();
  await form.getByRole('button', { name: 'Post', exact: true }).click();
  await expect(ada.post('Winter set').locator('strong')).toHaveText('34');
});

test('a text with markup stays a text when it is edited', async ({ ada }) => {
  await ada.writesAPost('Markup', '</textarea><h1 id="broken-out">out</h1> &amp; done');
  await ada.opensPost('Markup');
  await ada.page.locator('summary[aria-label="More for Markup"]').click();
  await ada.page.getByRole('link', { name: 'Edit', exact: true }).click();
  await expect(ada.page.getByLabel('Text')).toBeVisible();
  // As the server renders it, too.
  await ada.page.reload();
  await expect(ada.page.locator('#broken-out')).toHaveCount(0);
  await expect(ada.page.getByLabel('Text')).toHaveValue('</textarea><h1 id="broken-out">out</h1> &amp; done');
});
