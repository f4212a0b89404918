// Conversations without WASM: the first page can be read, and a plain form sends.
import { expect, test } from '../helpers/fixtures.ts';

test('a room can be read and written in without WASM', async ({ ada, browser, server }) => {
  await ada.page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'general' }).click();
  const composer = ada.page.getByRole('textbox', { name: 'Message #general' });
  await composer.fill('Written with everything');
  await composer.press('Enter');
  await expect(ada.page.getByRole('list', { name: 'Messages' })).toContainText('Written with everything');
  const context = await browser.newContext({
    baseURL: server.address,
    javaScriptEnabled: false,
    storageState: await ada.context.storageState(),
  });
  const plain = await context.newPage();
  await plain.goto(ada.page.url());
  const list = plain.getByRole('list', { name: 'Messages' });
  await expect(list).toContainText('Written with everything');
  await plain.getByRole('textbox', { name: 'Message #general' }).fill('Written with a plain form');
  await plain.getByRole('button', { name: 'Send' }).click();
  await expect(plain.getByRole('list', { name: 'Messages' })).toContainText('Written with a plain form');
  await expect(ada.page.getByRole('list', { name: 'Messages' }).getByRole('article').last()).toContainText('plain form');

  await plain.goto('/w/overhang-co-op/people/ada');
  await plain.getByRole('button', { name: 'Notes to yourself' }).click();
  await expect(plain).toHaveURL(/\/c\/[0-9a-f-]+$/);
  await context.close();
});
