// Access tokens and bots: empty, with a fresh token, with several; and where a bot's name stands.
import { expect, test } from '../helpers/fixtures.ts';
import { awake } from '../helpers/person.ts';
import type { Page } from '@playwright/test';

const SIZES = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
const THEMES = ['light', 'dark'] as const;

async function shots(page: Page, name: string) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const theme of THEMES) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await page.waitForTimeout(200);
      await page.screenshot({ path: `photos-results/tokens-${name}-${size}-${theme}.png` });
    }
  }
  await page.setViewportSize({ width: 1280, height: 860 });
}

test('tokens', async ({ ada }) => {
  await ada.page.goto('/settings/tokens');
  await awake(ada.page);
  await shots(ada.page, 'empty');
  for (const name of ['Deploys', 'A reader for the wall display in the hall']) {
    await ada.page.getByLabel('Name of the token').fill(name);
    await ada.page.getByRole('checkbox', { name: 'write posts' }).check();
    await ada.page.getByRole('button', { name: 'Make a token' }).click();
    await expect(ada.page.getByRole('list', { name: 'Your tokens' })).toContainText(name);
  }
  await ada.page.getByLabel('The new token').scrollIntoViewIfNeeded();
  await shots(ada.page, 'fresh');
  await ada.page.goto('/w/overhang-co-op/settings');
  await awake(ada.page);
  await ada.page.getByRole('heading', { name: 'Bots' }).scrollIntoViewIfNeeded();
  await shots(ada.page, 'workspace');
  await ada.page.getByRole('link', { name: 'Manage bots' }).click();
  await expect(ada.page.getByRole('heading', { name: 'No bots' })).toBeVisible();
  await shots(ada.page, 'no-bots');
  for (const [name, handle, colour] of [['Release bot', 'releases', 7], ['Weather', 'weather', 3]] as const) {
    await ada.page.getByLabel('Name', { exact: true }).fill(name);
    await ada.page.getByLabel('Handle').fill(handle);
    await ada.page.getByRole('radio', { name: `Colour ${colour}`, exact: true }).check({ force: true });
    await ada.page.getByRole('button', { name: 'Make a bot' }).click();
    await expect(ada.page.getByRole('heading', { name })).toBeVisible();
  }
  await ada.page.getByLabel('Name of the token').fill('Pipeline');
  await ada.page.getByRole('checkbox', { name: 'write posts' }).check();
  await ada.page.getByRole('button', { name: 'Make a token' }).click();
  const secret = ada.page.getByLabel('The new token');
  await expect(secret).toHaveValue(/^hubbub_token_/);
  await shots(ada.page, 'bots');
  const token = await secret.inputValue();
  const ask = async (command: string, body: object) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${ada.server.address}/api/${command}`, { method: 'POST', headers, body: JSON.stringify(body) });
    expect(answer.status, await answer.clone().text()).toBe(200);
    return answer.json();
  };
  const workspace = (await ask('account.get', {})).workspaces[0].workspace.id;
  const body = 'All **412** tests pass.';
  await ask('posts.create', { id: crypto.randomUUID(), workspace, title: 'Version 7 is out', body });
  const [{ conversation }] = await ask('conversations.list', { workspace });
  await ask('messages.send', { id: crypto.randomUUID(), conversation: conversation.id, body: 'Version 7 is out: all **412** tests pass.' });
  for (const [name, path] of [['feed', 'feed'], ['room', `c/${conversation.id}`], ['people', 'people'], ['profile', 'people/releases']]) {
    await ada.page.goto(`/w/overhang-co-op/${path}`);
    await awake(ada.page);
    await shots(ada.page, `bot-${name}`);
  }
});
