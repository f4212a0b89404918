// Cut connections: what was typed and sent survives, once and in order.
import { expect, test } from '../helpers/fixtures.ts';
import { awake } from '../helpers/person.ts';

test('the server is killed while Ada writes: a bar says so, she keeps writing, nothing is lost or doubled', async ({ ada, ben, server }) => {
  await ada.writesAPost('Before');
  await expect(ben.post('Before')).toBeVisible();
  ada.expectsNetworkErrors = ben.expectsNetworkErrors = true;
  await ada.page.getByRole('link', { name: 'New post' }).first().click();
  await ada.page.getByLabel('Title').fill('While it was');
  await server.kill();
  await ada.page.getByLabel('Title').pressSequentially(' away');
  await expect(ada.page.getByText(/Reconnecting.*you can keep writing/)).toBeVisible({ timeout: 15_000 });
  await expect(ada.page.getByRole('button', { name: 'Retry now' })).toBeVisible();
  await expect(ada.page.getByLabel('Title')).toHaveValue('While it was away');
  await expect(ada.page.getByLabel('Title')).toBeFocused();
  await ada.page.getByRole('button', { name: 'Post', exact: true }).click();
  await expect(ada.post('While it was away')).toContainText('Waiting for connection');
  await expect(ada.page.getByText(/\(1 waiting\)/)).toBeVisible();

  // Asking while it is still away loses nothing. Once it is back the page finds it by itself, and sooner
  // than anybody can press a button that goes away then.
  await ada.page.getByRole('button', { name: 'Retry now' }).click();
  await server.up();
  await expect(ben.post('While it was away')).toHaveCount(1, { timeout: 45_000 });
  await expect(ada.post('While it was away')).not.toContainText('Waiting for connection');
  await ada.page.reload();
  await ada.isLive();
  await expect(ada.post('While it was away')).toHaveCount(1);
  await expect(ada.post('Before')).toHaveCount(1);
});

test('comments written offline survive a closed tab and arrive once, in order', async ({ ada, ben, server }) => {
  await ada.writesAPost('Roll call');
  await expect(ben.post('Roll call')).toBeVisible();
  await ben.opensPost('Roll call');
  await ada.opensPost('Roll call');
  const address = ada.page.url();
  ada.expectsNetworkErrors = ben.expectsNetworkErrors = true;
  await server.kill();
  const texts = ['first', 'second', 'third', 'fourth', 'fifth'].map((word) => `${word} offline`);
  for (const text of texts) {
    await ada.comments(text);
    await expect(ada.comment(text)).toBeVisible();
  }
  await ada.page.close();
  await server.up();
  const again = await ada.context.newPage();
  await again.goto(address);
  await awake(again);
  const rows = ben.page.getByRole('region', { name: 'Comments' }).getByRole('article');
  await expect(rows).toHaveCount(5, { timeout: 45_000 });
  for (const [index, text] of texts.entries()) await expect(rows.nth(index)).toContainText(text);
  await expect(again.getByRole('region', { name: 'Comments' }).getByRole('article')).toHaveCount(5);
});

test('a reader who was away gets everything once on return', async ({ ada, ben }) => {
  ben.expectsNetworkErrors = true;
  await ben.context.setOffline(true);
  for (const title of ['One', 'Two', 'Three']) await ada.writesAPost(title);
  await ben.context.setOffline(false);
  await expect(ben.page.getByRole('button', { name: '3 new posts' }).or(ben.post('Three'))).toBeVisible({ timeout: 45_000 });
  const pill = ben.page.getByRole('button', { name: '3 new posts' });
  if (await pill.isVisible()) await pill.click();
  for (const title of ['One', 'Two', 'Three']) await expect(ben.post(title)).toHaveCount(1);
});

test('a draft survives a reload and is there in the other tab', async ({ ada }) => {
  await ada.page.getByRole('link', { name: 'New post' }).first().click();
  await ada.page.getByLabel('Title').fill('Not yet');
  await ada.page.getByLabel('Text').fill('half a sentence');
  const second = await ada.opensATab(ada.page.url());
  await expect(second.getByLabel('Text')).toHaveValue('half a sentence');
  await ada.page.reload();
  await ada.isLive();
  await expect(ada.page.getByLabel('Title')).toHaveValue('Not yet');
  await expect(ada.page.getByLabel('Text')).toHaveValue('half a sentence');
});
