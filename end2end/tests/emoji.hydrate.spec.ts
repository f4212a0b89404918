// The choice of emoji: by search, by what one used last, in a tone, by keyboard, and without WASM.
import { expect } from '@playwright/test';
import { test } from '../helpers/fixtures.ts';
import { Person } from '../helpers/person.ts';

async function opensThePicker(person: Person, title: string) {
  const picker = person.post(title).locator('.emoji-picker');
  await person.post(title).locator('summary[aria-label="Add a reaction"]').click();
  await expect(picker.getByRole('searchbox', { name: 'Find an emoji' })).toBeFocused();
  await expect(picker.getByRole('group', { name: 'Groups' })).toBeVisible();
  return picker;
}

test('an emoji is found by its name, comes first the next time, and takes the tone of one’s choice', async ({ ada, ben }) => {
  await ada.writesAPost('Zoo on Sunday', 'Who comes along?');
  const picker = await opensThePicker(ben, 'Zoo on Sunday');
  await ben.page.keyboard.type('fox');
  await picker.getByRole('button', { name: 'fox', exact: true }).click();
  await expect(picker).toBeHidden();
  await expect(ada.post('Zoo on Sunday').getByRole('button', { name: '🦊, 1' })).toBeVisible();

  await opensThePicker(ben, 'Zoo on Sunday');
  const grid = picker.locator('.emoji-grid');
  await expect(grid.getByRole('button').first()).toHaveAccessibleName('fox');
  await picker.getByRole('button', { name: 'Medium', exact: true }).click();
  await ben.page.keyboard.press('Escape');
  await expect(picker).toBeHidden();

  // By keyboard: into the grid, to the second one, and chosen.
  await opensThePicker(ben, 'Zoo on Sunday');
  await expect(grid.getByRole('button', { name: 'Thumbs up' })).toHaveText('👍🏽');
  await ben.page.keyboard.press('ArrowDown');
  await ben.page.keyboard.press('ArrowRight');
  await expect(grid.getByRole('button', { name: 'Thumbs up' })).toBeFocused();
  await ben.page.keyboard.press('Enter');
  await expect(ada.post('Zoo on Sunday').getByRole('button', { name: '👍🏽, 1' })).toBeVisible();

  await opensThePicker(ben, 'Zoo on Sunday');
  await ben.page.keyboard.type('no such thing');
  await expect(picker.getByText('No emoji has this name.')).toBeVisible();
  await picker.getByRole('searchbox').fill('');
  await picker.getByRole('button', { name: 'Flags' }).click();
  await expect(grid.getByRole('button', { name: 'flag: Iceland' })).toBeVisible();
});

test('all emoji are completed after a colon', async ({ ada }) => {
  await ada.page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'general' }).click();
  const composer = ada.page.getByRole('textbox', { name: 'Message #general' });
  await composer.pressSequentially('Look, a :hedge');
  await expect(ada.page.getByRole('listbox', { name: 'Suggestions' }).getByRole('option')).toHaveText([/hedgehog/]);
  await composer.press('Enter');
  await expect(composer).toHaveValue('Look, a 🦔 ');
});

test('without WASM the choice is a page', async ({ ada, browser, server }) => {
  await ada.writesAPost('On paper', '');
  const context = await browser.newContext({
    javaScriptEnabled: false,
    baseURL: server.address,
    storageState: await ada.page.context().storageState(),
  });
  const page = await context.newPage();
  await page.goto('/w/overhang-co-op/feed');
  await page.locator('summary[aria-label="Add a reaction"]').click();
  await page.getByRole('link', { name: 'Choose an emoji' }).click();
  await page.getByRole('button', { name: 'Party', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Party, 1' })).toBeVisible();
  await expect(ada.post('On paper').getByRole('button', { name: 'Party, 1' })).toBeVisible();
  await context.close();
});
