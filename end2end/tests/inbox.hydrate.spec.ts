// The inbox: everything that waits, on one page, worked through by keyboard.
import { expect, Page } from '@playwright/test';
import { test } from '../helpers/fixtures.ts';

async function writes(page: Page, text: string) {
  const composer = page.getByRole('textbox', { name: /^Message / });
  await composer.fill(text);
  await composer.press('Enter');
}

test('the inbox is worked through by keyboard, and what is read is read everywhere', async ({ ada, ben }) => {
  await ben.page.goto('/inbox');
  await ben.isLive();
  await expect(ben.page.getByRole('heading', { name: 'Nothing has happened yet' })).toBeVisible();
  const other = await ben.opensATab('/w/overhang-co-op/feed');
  await ben.page.bringToFront();

  const rail = ada.page.getByRole('navigation', { name: 'Places' });
  await rail.getByRole('link', { name: 'general' }).click();
  await writes(ada.page, 'The rope is wet');
  await writes(ada.page, 'Could @ben bring the other one?');
  const conversations = ben.page.getByRole('region', { name: 'Unread conversations' });
  const waiting = ben.page.getByRole('region', { name: 'Waiting for you' });
  await expect(conversations.getByRole('listitem')).toContainText('2 new messages');
  await ada.page.goto('/w/overhang-co-op/people/ben');
  await ada.isLive();
  await ada.page.getByRole('button', { name: 'Message', exact: true }).click();
  await writes(ada.page, 'Seriously, the rope');

  await expect(conversations.getByRole('listitem')).toHaveCount(2);
  await expect(conversations.getByRole('listitem').first()).toContainText('Ada');
  await expect(conversations.getByRole('listitem').last()).toContainText('2 new messages');
  await expect(waiting.getByRole('listitem')).toContainText('mentioned you in');
  const general = other.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'general' });
  await expect(general).toHaveAccessibleName('general, 1 for you');

  // The first one is marked read, the focus is on the next, which is opened and read.
  await ben.page.keyboard.press('j');
  await ben.page.keyboard.press('m');
  await expect(conversations.getByRole('listitem')).toHaveCount(1);
  await expect(conversations.getByRole('link', { name: /general/ })).toBeFocused();
  await ben.page.keyboard.press('m');
  await expect(conversations).toHaveCount(0);
  await expect(general).toHaveAccessibleName('general');
  await expect(waiting.getByRole('link')).toBeFocused();
  await ben.page.keyboard.press('m');
  await expect(waiting).toHaveCount(0);
  await expect(ben.page.getByRole('region', { name: 'Earlier' }).getByRole('listitem')).toHaveCount(1);
  await ben.page.reload();
  await ben.isLive();
  await expect(ben.page.getByRole('region', { name: 'Earlier' }).getByRole('listitem')).toHaveCount(1);
  await expect(conversations).toHaveCount(0);
});

test('everything is marked read at once', async ({ ada, ben }) => {
  await ada.page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'general' }).click();
  await writes(ada.page, 'Hello @ben, good morning');
  await ben.page.goto('/inbox');
  await ben.isLive();
  const conversations = ben.page.getByRole('region', { name: 'Unread conversations' });
  await expect(conversations.getByRole('listitem')).toHaveCount(1);
  await expect(ben.page.getByRole('region', { name: 'Waiting for you' })).toBeVisible();
  await ben.page.getByRole('main').getByRole('button', { name: 'Mark all read' }).click();
  await expect(conversations).toHaveCount(0);
  await expect(ben.page.getByRole('region', { name: 'Waiting for you' })).toHaveCount(0);
  await expect(ben.page.getByRole('main').getByRole('button', { name: 'Mark all read' })).toBeDisabled();
});

test('saved messages are kept on a page of their own, the same in two windows', async ({ ada, ben }) => {
  await ada.page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'general' }).click();
  await writes(ada.page, 'The door code is 4711');
  await ben.page.goto('/saved');
  await ben.isLive();
  await expect(ben.page.getByRole('heading', { name: 'Nothing is saved' })).toBeVisible();
  const other = await ben.opensATab('/w/overhang-co-op/feed');
  await other.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: /general/ }).click();
  const message = other.getByRole('list', { name: 'Messages' }).getByRole('article').filter({ hasText: '4711' });
  await message.hover();
  await message.getByRole('button', { name: 'Save', exact: true }).click();

  const saved = ben.page.getByRole('list', { name: 'Saved messages' }).getByRole('article');
  await expect(saved).toHaveCount(1);
  await expect(saved).toContainText('The door code is 4711');
  await saved.getByRole('link', { name: 'Go to the message' }).click();
  await expect(ben.page).toHaveURL(/\/c\/.*\?message=/);
  await ben.page.goBack();
  await saved.getByRole('button', { name: 'Take out' }).click();
  await expect(ben.page.getByRole('heading', { name: 'Nothing is saved' })).toBeVisible();
});
