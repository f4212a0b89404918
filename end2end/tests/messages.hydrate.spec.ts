// People talk: in rooms, in threads, across cut connections.
import { Browser, expect, Locator, Page } from '@playwright/test';
import { test, WORKSPACE } from '../helpers/fixtures.ts';
import { awake, Person } from '../helpers/person.ts';

/** The messages of the conversation on screen. */
function messages(page: Page): Locator {
  return page.getByRole('list', { name: 'Messages' }).getByRole('article');
}

function message(page: Page, text: string): Locator {
  return messages(page).filter({ hasText: text });
}

async function opens(person: Person, room: string, page = person.page) {
  await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: room }).click();
  await expect(page.getByRole('textbox', { name: `Message #${room}` })).toBeVisible();
}

async function says(page: Page, text: string) {
  const composer = page.getByRole('textbox', { name: /^Message / });
  await composer.fill(text);
  await composer.press('Enter');
}

/** How much of what was written is on this device's disk, waiting to be sent. */
async function kept(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((done, fail) => {
        const opening = indexedDB.open('hubbub');
        opening.onerror = () => fail(opening.error);
        opening.onsuccess = () => {
          const count = opening.result.transaction('outbox').objectStore('outbox').count();
          count.onsuccess = () => {
            opening.result.close();
            done(count.result);
          };
        };
      }),
  );
}

test('two people in a room see each other write, at once and once', async ({ ada, ben }) => {
  await opens(ada, 'general');
  await opens(ben, 'general');
  await expect(ben.page.getByRole('textbox', { name: 'Message #general' })).toBeFocused();
  await says(ada.page, 'Good morning');
  await expect(message(ben.page, 'Good morning')).toHaveCount(1);
  await says(ben.page, 'Morning, **Ada**');
  await expect(message(ada.page, 'Morning, Ada')).toHaveCount(1);
  await expect(message(ada.page, 'Morning, Ada').locator('strong')).toHaveText('Ada');
  await ada.page.reload();
  await ada.isLive();
  await expect(message(ada.page, 'Good morning')).toHaveCount(1);
  await expect(messages(ada.page).last()).toContainText('Morning');
});

test('a sidebar says what is unread and reading it takes that away, on all devices', async ({ ada, ben }) => {
  await opens(ada, 'general');
  await says(ada.page, 'Anybody here?');
  const link = ben.page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'general' });
  await expect(link).toHaveAccessibleName('general, unread');
  await says(ada.page, 'Hello @ben, lunch?');
  await expect(link).toHaveAccessibleName('general, 1 for you');
  const second = await ben.opensATab('/inbox');
  const there = second.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'general' });
  await expect(there).toHaveAccessibleName('general, 1 for you');
  await ben.page.bringToFront();
  await opens(ben, 'general');
  await expect(link).toHaveAccessibleName('general');
  await expect(there).toHaveAccessibleName('general');
});

test('a thread stands beside the room, and its answers are counted under the message', async ({ ada, ben }) => {
  await opens(ada, 'general');
  await says(ada.page, 'Who brings the rope?');
  await opens(ben, 'general');
  const row = message(ben.page, 'Who brings the rope?');
  await row.hover();
  await row.getByRole('link', { name: 'Reply in a thread' }).click();
  const composer = ben.page.getByRole('textbox', { name: 'Reply in the thread' });
  await composer.fill('I do');
  await composer.press('Enter');
  await expect(ben.page.getByRole('list', { name: 'Replies' }).getByRole('article')).toHaveText(/I do/);
  await expect(message(ada.page, 'Who brings the rope?').getByRole('link', { name: /1 reply/ })).toBeVisible();
  await expect(message(ada.page, 'I do')).toHaveCount(0);
  await message(ada.page, 'Who brings the rope?').getByRole('link', { name: /1 reply/ }).click();
  await expect(ada.page.getByRole('complementary', { name: 'Thread' })).toContainText('I do');
  await ada.page.getByLabel('Also send to #general').check();
  const answer = ada.page.getByRole('textbox', { name: 'Reply in the thread' });
  await answer.fill('Thank you, Ben');
  await answer.press('Enter');
  await expect(message(ben.page, 'Thank you, Ben')).toContainText('Answered in a thread');
});

test('reacting, editing and deleting reach the other window', async ({ ada, ben }) => {
  await opens(ada, 'general');
  await says(ada.page, 'First draft');
  await opens(ben, 'general');
  const theirs = message(ben.page, 'First draft');
  await theirs.hover();
  await theirs.getByRole('toolbar').locator('summary').first().click();
  await theirs.getByRole('button', { name: 'Party' }).click();
  await expect(message(ada.page, 'First draft').getByRole('button', { name: 'Party, 1' })).toBeVisible();
  // ↑ in the empty composer edits the last own message.
  await ada.page.getByRole('textbox', { name: 'Message #general' }).press('ArrowUp');
  const editor = ada.page.getByRole('textbox', { name: 'Text of the message' });
  await expect(editor).toBeFocused();
  await editor.fill('Final draft');
  await editor.press('Enter');
  await expect(message(ben.page, 'Final draft')).toContainText('edited');
  await expect(ada.page.getByRole('textbox', { name: 'Message #general' })).toBeFocused();
  const own = message(ada.page, 'Final draft');
  await own.hover();
  await own.locator('summary[aria-label^="More for"]').click();
  await own.getByRole('button', { name: 'Delete' }).click();
  await expect(own).toHaveCount(0);
  await ada.page.getByRole('button', { name: 'Undo' }).click();
  await expect(own).toHaveCount(1);
  await expect(message(ben.page, 'Final draft')).toHaveCount(1);
});

test('twenty messages written while the server is away, in a tab that is closed, come once and in order', async ({ ada, ben, server }) => {
  await opens(ada, 'general');
  await opens(ben, 'general');
  await says(ada.page, 'before');
  await expect(message(ben.page, 'before')).toHaveCount(1);
  const address = ada.page.url();
  ada.expectsNetworkErrors = ben.expectsNetworkErrors = true;
  await server.kill();
  const texts = Array.from({ length: 20 }, (_, index) => `offline ${String(index + 1).padStart(2, '0')}`);
  for (const text of texts) {
    await says(ada.page, text);
    await expect(message(ada.page, text)).toHaveCount(1);
  }
  await expect.poll(() => kept(ada.page)).toBe(texts.length);
  await ada.page.close();
  await server.up();
  const again = await ada.context.newPage();
  await again.goto(address);
  await awake(again);
  await expect(message(ben.page, 'offline')).toHaveCount(20, { timeout: 60_000 });
  for (const [index, text] of texts.entries()) await expect(message(ben.page, 'offline').nth(index)).toContainText(text);
  await expect(message(again, 'offline')).toHaveCount(20);
});

test('a room opens at the first unread message, and a flood stays at the bottom', async ({ ada, ben }) => {
  await opens(ada, 'general');
  await opens(ben, 'general');
  await says(ada.page, 'read this');
  await expect(message(ben.page, 'read this')).toHaveCount(1);
  const link = ben.page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'general' });
  await expect(link).toHaveAccessibleName('general');
  await ben.page.goto('/inbox');
  await ben.isLive();
  for (let n = 1; n <= 40; n += 1) await says(ada.page, `flood ${n}`);
  await expect(message(ada.page, 'flood 40')).toBeInViewport();
  await expect(link).toHaveAccessibleName('general, unread');
  await link.click();
  const line = ben.page.getByText(/40 new since/);
  await expect(line).toBeInViewport();
  const box = await line.boundingBox();
  const list = await ben.page.locator('.talk .scroll-end').boundingBox();
  const share = (box!.y - list!.y) / list!.height;
  expect(share).toBeGreaterThan(0.2);
  expect(share).toBeLessThan(0.5);
  await ben.page.getByRole('button', { name: 'Jump to latest' }).click();
  await expect(message(ben.page, 'flood 40')).toBeInViewport();
  await expect(line).toHaveCount(1);
  await expect(link).toHaveAccessibleName('general');
});

test('who is removed from a group loses its page at once', async ({ ada, ben }) => {
  await ada.page.getByRole('link', { name: 'New group' }).click();
  await ada.page.getByLabel('Name', { exact: true }).fill('The Setters');
  await ada.page.getByLabel('Find people').fill('ben');
  await ada.page.getByRole('button', { name: /Ben Okafor/ }).click();
  await ada.page.getByRole('button', { name: 'Begin the group' }).click();
  await expect(ada.page.getByRole('textbox', { name: 'Message The Setters' })).toBeVisible();
  await ben.page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'The Setters' }).click();
  await says(ada.page, 'between us');
  await expect(message(ben.page, 'between us')).toHaveCount(1);
  await ada.page.getByRole('link', { name: '2 members' }).click();
  const panel = ada.page.getByRole('complementary', { name: 'Details' });
  await panel.locator('summary[aria-label="More for Ben Okafor"]').click();
  await panel.getByRole('button', { name: 'Remove' }).click();
  await expect(ben.page.getByRole('heading', { name: 'You are no longer in this conversation' })).toBeVisible();
  await expect(ben.page.getByText('between us')).toHaveCount(0);
  await expect(ben.page.getByRole('link', { name: 'The Setters' })).toHaveCount(0);
});

test('a room is found, read without joining, and joined', async ({ ada, ben }) => {
  await ada.page.getByRole('link', { name: 'New room' }).click();
  await ada.page.getByLabel('Name', { exact: true }).fill('Winter Set');
  await ada.page.getByRole('button', { name: 'Begin the room' }).click();
  await says(ada.page, 'First hold');
  await ben.page.getByRole('link', { name: 'Browse rooms' }).click();
  await ben.page.getByRole('link', { name: /winter-set/ }).click();
  await expect(message(ben.page, 'First hold')).toHaveCount(1);
  await says(ada.page, 'Second hold');
  await expect(message(ben.page, 'Second hold')).toHaveCount(1);
  await ben.page.getByRole('button', { name: 'Join room' }).click();
  await says(ben.page, 'I am in');
  await expect(message(ada.page, 'I am in')).toHaveCount(1);
});

test('a draft waits in its room, and arrow keys walk the messages', async ({ ada }) => {
  await opens(ada, 'general');
  await says(ada.page, 'one');
  await says(ada.page, 'two');
  await ada.page.getByRole('textbox', { name: 'Message #general' }).fill('half a sent');
  await ada.page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Feed' }).click();
  await opens(ada, 'general');
  await expect(ada.page.getByRole('textbox', { name: 'Message #general' })).toHaveValue('half a sent');
  await messages(ada.page).last().focus();
  await ada.page.keyboard.press('ArrowUp');
  await expect(messages(ada.page).nth(-2)).toBeFocused();
  await expect(messages(ada.page).nth(-2)).toHaveAccessibleName(/Ada Lovelace, one, /);
  await ada.page.keyboard.press('e');
  await expect(ada.page.getByRole('textbox', { name: 'Text of the message' })).toHaveValue('one');
});
