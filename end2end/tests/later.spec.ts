// Parts of the page that are fetched by route. Only a release has them: HUBBUB_PROGRAM names its program.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '../helpers/fixtures.ts';

const PARTS = /\/pkg\/(split|chunk)_.*\.wasm/;
const program = process.env.HUBBUB_PROGRAM ?? '';

test.skip(!existsSync(join(dirname(program), 'hash.txt')), 'a development page is in one piece');

test('the feed fetches no part of another page', async ({ ada }) => {
  const fetched: string[] = [];
  ada.page.on('request', (request) => fetched.push(request.url()));
  await ada.page.reload();
  await ada.isInTheFeed();
  expect(fetched.filter((url) => PARTS.test(url))).toEqual([]);
  await ada.page.goto('/settings');
  await ada.isLive();
  expect(fetched.filter((url) => /split_settings/.test(url))).toHaveLength(1);
});

test('a page whose part cannot be fetched says so, and comes when it can', async ({ ada }) => {
  ada.expectsNetworkErrors = true;
  await ada.page.route(PARTS, (route) => route.abort());
  await ada.page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'People', exact: true }).click();
  await expect(ada.page.getByRole('heading', { name: 'This page did not load' })).toBeVisible();
  await expect(ada.page.getByTestId('connection')).toHaveText('Connected');
  await ada.page.unroute(PARTS);
  await ada.page.getByRole('link', { name: 'Retry' }).click();
  await expect(ada.page.getByRole('heading', { name: 'People' }).first()).toBeVisible();
  // What the browser itself and the loader say about the requests that were refused on purpose.
  ada.problems.length = 0;
});

test('a page from the server stays readable without its part', async ({ ada }) => {
  ada.expectsNetworkErrors = true;
  await ada.page.route(PARTS, (route) => route.abort());
  await ada.page.goto('/settings');
  await expect(ada.page.getByLabel('Name', { exact: true })).toHaveValue('Ada Lovelace');
  await ada.page.getByLabel('Name', { exact: true }).fill('Ada King');
  await ada.page.getByRole('button', { name: 'Save the profile' }).click();
  await ada.page.unroute(PARTS);
  await ada.page.goto('/settings');
  await expect(ada.page.getByLabel('Name', { exact: true })).toHaveValue('Ada King');
  ada.problems.length = 0;
});
