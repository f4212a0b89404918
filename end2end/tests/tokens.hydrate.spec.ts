// Programs: a token and a bot are made on their pages, work at once, and end when they are revoked.
import type { Page } from '@playwright/test';
import { expect, test } from '../helpers/fixtures.ts';
import { Person, awake } from '../helpers/person.ts';

const WORKSPACE = '/w/overhang-co-op';

/** What a program does with a token, from outside of any browser. */
async function does(person: Person, token: string, command: string, body: object): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return fetch(`${person.server.address}/api/${command}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function posts(person: Person, token: string, title: string): Promise<number> {
  const me = await (await does(person, token, 'account.get', {})).json();
  if (!me.workspaces) return 401;
  const post = { id: crypto.randomUUID(), workspace: me.workspaces[0].workspace.id, title, body: 'From a program.' };
  return (await does(person, token, 'posts.create', post)).status;
}

async function makesAToken(page: Page, name: string): Promise<string> {
  await page.getByLabel('Name of the token').fill(name);
  await page.getByRole('checkbox', { name: 'write posts' }).check();
  await page.getByRole('button', { name: 'Make a token' }).click();
  const secret = page.getByLabel('The new token');
  await expect(secret).toHaveValue(/^hubbub_token_.{43}$/);
  return secret.inputValue();
}

test('a token that somebody makes acts for them until they revoke it', async ({ ada, ben }) => {
  await ben.page.goto('/settings/tokens');
  await awake(ben.page);
  await expect(ben.page.getByRole('heading', { name: 'No tokens' })).toBeVisible();
  // The refusal is the point.
  ben.expectsNetworkErrors = true;
  await ben.page.getByLabel('Name of the token').fill('Nothing');
  await ben.page.getByRole('checkbox', { name: 'read and search' }).uncheck();
  await ben.page.getByRole('button', { name: 'Make a token' }).click();
  await expect(ben.page.getByRole('alert')).toHaveText('Choose what the token may do.');
  await ben.page.getByRole('checkbox', { name: 'read and search' }).check();
  const token = await makesAToken(ben.page, 'Deploys');
  const row = ben.page.getByRole('list', { name: 'Your tokens' }).getByRole('listitem');
  await expect(row).toContainText('Deploys');
  await expect(row).toContainText('Never used');
  await expect(row.locator('.tag')).toHaveText(['read', 'write']);

  expect(await posts(ben, token, 'Version 7')).toBe(200);
  await expect(ada.post('Version 7')).toContainText('Ben Okafor');
  await ben.page.reload();
  await awake(ben.page);
  await expect(row).toContainText('Last used');
  await expect(ben.page.getByLabel('The new token')).toHaveCount(0);
  await row.getByRole('button', { name: 'Revoke Deploys' }).click();
  await expect(row).toHaveCount(0);
  expect(await posts(ben, token, 'Version 8')).toBe(401);
});

test('a bot writes under its own name, and is gone when it is removed', async ({ ada, ben }) => {
  await ada.page.goto(`${WORKSPACE}/settings`);
  await awake(ada.page);
  await ada.page.getByRole('link', { name: 'Manage bots' }).click();
  await ada.page.getByLabel('Name', { exact: true }).fill('Release bot');
  await ada.page.getByLabel('Handle').fill('releases');
  await ada.page.getByRole('radio', { name: 'Colour 7' }).check({ force: true });
  await ada.page.getByRole('button', { name: 'Make a bot' }).click();
  await expect(ada.page.getByRole('heading', { name: 'Release bot' })).toBeVisible();
  const token = await makesAToken(ada.page, 'Pipeline');
  await expect(ada.page.getByRole('list', { name: 'Tokens of Release bot' })).toContainText('Pipeline');

  expect(await posts(ada, token, 'All green')).toBe(200);
  await expect(ben.post('All green')).toContainText('Release bot');
  await expect(ben.post('All green').locator('.byline')).toContainText('Bot');
  // The refusal is the point.
  ben.expectsNetworkErrors = true;
  await ben.page.goto(`${WORKSPACE}/bots`);
  await awake(ben.page);
  await expect(ben.page.getByText('Only admins of the workspace can do this.')).toBeVisible();

  await ada.page.getByRole('button', { name: 'Remove Release bot' }).click();
  await expect(ada.page.getByRole('heading', { name: 'No bots' })).toBeVisible();
  expect(await posts(ada, token, 'Too late')).toBe(401);
  await ben.page.goto(`${WORKSPACE}/feed`);
  await expect(ben.post('All green')).toContainText('Release bot');
});
