// What several people do in one room at once: everybody is called, messages are pinned, linked, edited, marked unread.
import { expect, Page } from '@playwright/test';
import { test } from '../helpers/fixtures.ts';
import { Person } from '../helpers/person.ts';
import { composer, join, menuOf, message, messages, opens, places, roomLink, says } from '../helpers/talk.ts';

function dialog(page: Page) {
  return page.getByRole('dialog', { name: /^Notify [0-9]+ people\?$/ });
}

test('everybody is called only after a question that says how many, and hears of it', async ({ ada, ben, browser, server }) => {
  const cleo = await Person.at(browser, server, 'Cleo Haddad');
  await cleo.joins(await ada.invites());
  // With these there are 23 people; those without a browser were never here.
  for (const group of ['Ab', 'Cd']) {
    await join(server, await ada.invites(), Array.from({ length: 10 }, (_, n) => `${group}${n}`));
  }
  await places(cleo.page).getByRole('link', { name: 'People', exact: true }).click();
  await opens(ada);
  await opens(ben);
  const field = composer(ben.page);
  await field.fill('@room, lunch?');
  await field.press('Enter');
  await expect(dialog(ben.page)).toHaveAccessibleName('Notify 22 people?');
  await dialog(ben.page).getByRole('button', { name: 'Keep writing' }).click();
  await expect(dialog(ben.page)).toHaveCount(0);
  await expect(field).toHaveValue('@room, lunch?');
  await expect(message(ada.page, 'lunch?')).toHaveCount(0);
  await field.press('Enter');
  await dialog(ben.page).getByRole('button', { name: 'Send and notify' }).click();
  await expect(message(ada.page, 'lunch?')).toHaveCount(1);
  await expect(roomLink(cleo.page)).toHaveAccessibleName('general, 1 for you');
  await expect(cleo.page.getByRole('region', { name: 'Messages' }).getByText(/Ben Okafor mentioned you in/)).toBeVisible();
  await expect(cleo.page.getByRole('link', { name: 'Inbox, 1 unread' }).first()).toBeVisible();
  // Fewer were here a moment ago than one has to be asked about.
  await field.fill('@here, now?');
  await field.press('Enter');
  await expect(message(ada.page, 'now?')).toHaveCount(1);
  await expect(roomLink(cleo.page)).toHaveAccessibleName('general, 2 for you');
  cleo.hasNoComplaints();
  await cleo.leaves();
});

test('pins, links, earlier texts and "unread from here" are the same for everybody whom they concern', async ({ ada, ben, browser, server }) => {
  await opens(ada);
  await opens(ben);
  for (let n = 1; n <= 30; n += 1) await says(ada.page, `line ${n}.`);
  await expect(message(ben.page, 'line 30.')).toBeInViewport();
  await expect(roomLink(ben.page)).toHaveAccessibleName('general');

  // Pinned by one, found by the other.
  await (await menuOf(message(ada.page, 'line 28.'))).getByRole('button', { name: 'Pin' }).click();
  await expect(message(ben.page, 'line 28.')).toContainText('Pinned');
  await ben.page.goto(`${new URL(ben.page.url()).pathname}?pins`);
  await ben.isLive();
  const pins = ben.page.getByRole('complementary', { name: 'Pinned messages' });
  await expect(pins.getByRole('listitem')).toHaveText(/line 28\./);
  await pins.getByRole('link', { name: 'Close the pinned messages' }).click();

  // Edited by one, its first text is there for the other.
  await composer(ada.page).press('ArrowUp');
  await ada.page.getByRole('textbox', { name: 'Text of the message' }).fill('line thirty.');
  await ada.page.keyboard.press('Enter');
  await message(ben.page, 'line thirty.').getByRole('link', { name: 'edited' }).click();
  const history = ben.page.getByRole('complementary', { name: 'Edit history' });
  await expect(history).toContainText('line 30.');
  await expect(history).toContainText('line thirty.');
  await history.getByRole('link', { name: 'Close the history' }).click();

  // A copied link opens at its message, lit up, for somebody who looks elsewhere.
  await ada.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await (await menuOf(message(ada.page, 'line 29.'))).getByRole('button', { name: 'Copy the link' }).click();
  await expect(ada.page.getByText('Link copied')).toBeVisible();
  const link = await ada.page.evaluate(() => navigator.clipboard.readText());
  expect(link).toMatch(/\/c\/[0-9a-f-]+\?message=[0-9a-f-]+$/);
  const second = await Person.at(browser, server, ben.name);
  await second.signsIn();
  await second.page.goto(link);
  await second.isLive();
  await expect(message(second.page, 'line 29.')).toBeInViewport();
  await expect(message(second.page, 'line 29.')).toHaveClass(/is-target/);
  await expect(roomLink(second.page)).toHaveAccessibleName('general');

  // Unread from here, on all his devices; and read again when he comes again.
  await places(second.page).getByRole('link', { name: 'Feed' }).click();
  await (await menuOf(message(ben.page, 'line 27.'))).getByRole('button', { name: 'Mark unread from here' }).click();
  await expect(roomLink(second.page)).toHaveAccessibleName('general, unread');
  await expect(roomLink(ben.page)).toHaveAccessibleName('general, unread');
  await roomLink(second.page).click();
  await expect(second.page.getByText(/4 new since/)).toBeInViewport();
  await expect(roomLink(ben.page)).toHaveAccessibleName('general');
  second.hasNoComplaints();
  await second.leaves();
});

test('who is removed in the middle of a thread and a sentence loses both, and nothing more comes', async ({ ada, ben }) => {
  await ada.page.getByRole('link', { name: 'New group' }).click();
  await ada.page.getByLabel('Name', { exact: true }).fill('The Setters');
  await ada.page.getByLabel('Find people').fill('ben');
  await ada.page.getByRole('button', { name: /Ben Okafor/ }).click();
  await ada.page.getByRole('button', { name: 'Begin the group' }).click();
  await expect(ada.page.getByRole('textbox', { name: 'Message The Setters' })).toBeVisible();
  const room = ada.page.url();
  await says(ada.page, 'between us');
  await places(ben.page).getByRole('link', { name: 'The Setters' }).click();
  const row = message(ben.page, 'between us');
  await row.hover();
  await row.getByRole('link', { name: 'Reply in a thread' }).click();
  await ben.page.getByRole('textbox', { name: 'Reply in the thread' }).fill('I was about to s');
  await ada.page.getByRole('link', { name: '2 members' }).click();
  const panel = ada.page.getByRole('complementary', { name: 'Details' });
  await panel.locator('summary[aria-label="More for Ben Okafor"]').click();
  await panel.getByRole('button', { name: 'Remove' }).click();
  await expect(ben.page.getByRole('heading', { name: 'You are no longer in this conversation' })).toBeVisible();
  await expect(ben.page.getByRole('complementary', { name: 'Thread' })).toHaveCount(0);
  await expect(ben.page.getByText('between us')).toHaveCount(0);
  await says(ada.page, 'he is gone');
  await expect(message(ada.page, 'he is gone')).toHaveCount(1);
  ben.expectsNetworkErrors = true;
  await ben.page.goto(room);
  await expect(ben.page.getByText('he is gone')).toHaveCount(0);
  await expect(messages(ben.page)).toHaveCount(0);
  await expect(ben.page.getByRole('heading', { level: 1 })).toBeVisible();
});
