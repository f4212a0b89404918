// What others see of somebody: their status, whether they are here, what they have read.
import { expect, Locator, Page } from '@playwright/test';
import { test } from '../helpers/fixtures.ts';
import { Person } from '../helpers/person.ts';

/** The row of the direct conversation with somebody. */
function row(page: Page, name: string): Locator {
  return page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name });
}

/** The menu at one's own avatar. */
async function opensOwnMenu(person: Person): Promise<Locator> {
  const menu = person.page.locator('.own-menu');
  if ((await menu.getAttribute('open')) === null) await menu.locator('summary').click();
  return menu;
}

/** From the next page on its time can be moved: timers of the one before would not know the other clock. */
async function takesTheClock(person: Person) {
  await person.page.clock.install();
  await person.page.reload();
  await person.isLive();
}

async function opensTheTalk(person: Person, name: string) {
  await row(person.page, name).click();
  await expect(person.page.getByRole('textbox', { name: `Message ${name}` })).toBeVisible();
}

test('a status stands beside the name wherever the person does, and ends by itself', async ({ ada, ben }) => {
  await ben.writesToDirectly('ada', 'Good morning');
  const menu = await opensOwnMenu(ben);
  await menu.getByLabel('Emoji of your status').selectOption('🌴');
  await menu.getByLabel('Your status', { exact: true }).fill('In the hills');
  await menu.getByLabel('How long').selectOption({ label: 'For 30 minutes' });
  await menu.getByRole('button', { name: 'Set status' }).click();
  await expect(menu.getByRole('button', { name: 'Clear status' })).toBeVisible();
  const mark = row(ada.page, 'Ben Okafor').getByRole('img', { name: 'In the hills' });
  await expect(mark).toHaveText('🌴');
  await opensTheTalk(ada, 'Ben Okafor');
  const head = ada.page.getByRole('article').filter({ hasText: 'Good morning' });
  await expect(head.getByRole('img', { name: 'In the hills' })).toBeVisible();
  await head.getByRole('link', { name: 'Ben Okafor' }).click();
  await expect(ada.page.getByRole('main')).toContainText(/🌴 In the hills until/);
  // The server's first page says so as well.
  await takesTheClock(ada);
  await expect(ada.page.getByRole('main')).toContainText('In the hills');
  await ada.page.clock.fastForward('31:00');
  await expect(mark).toBeHidden();
  await expect(ada.page.getByRole('main')).not.toContainText('In the hills');
});

test('somebody is online, away after five minutes, not to be disturbed, and gone when they want', async ({ ada, ben }) => {
  await ben.writesToDirectly('ada', 'Good morning');
  const dot = row(ada.page, 'Ben Okafor').locator('.presence');
  await expect(dot).toHaveAttribute('data-presence', 'online');

  const second = await ben.opensATab('/inbox');
  await ben.isLive(second);
  await takesTheClock(ben);
  await ben.page.clock.fastForward('06:00');
  await second.keyboard.press('Shift');
  // One window in use is enough: whatever there was to tell of the other came before Ada's own status.
  const adas = await opensOwnMenu(ada);
  await adas.getByRole('button', { name: 'Do not disturb for 2 hours' }).click();
  await expect(adas).toContainText('until');
  await expect(row(ben.page, 'Ada Lovelace').locator('.presence')).toHaveAttribute('data-presence', 'busy');
  await expect(dot).toHaveAttribute('data-presence', 'online');
  await second.close();
  await expect(dot).toHaveAttribute('data-presence', 'away');
  await ben.page.keyboard.press('Shift');
  await expect(dot).toHaveAttribute('data-presence', 'online');

  const menu = await opensOwnMenu(ben);
  await menu.getByRole('button', { name: 'Invisible' }).click();
  await expect(menu.getByRole('button', { name: 'Invisible' })).toHaveAttribute('aria-pressed', 'true');
  await expect(dot).toHaveAttribute('data-presence', 'offline');
  await ben.page.reload();
  await ben.isLive();
  const again = await opensOwnMenu(ben);
  await expect(again.getByRole('button', { name: 'Invisible' })).toHaveAttribute('aria-pressed', 'true');
  await expect(dot).toHaveAttribute('data-presence', 'offline');
  await again.getByRole('button', { name: 'Online' }).click();
  await expect(dot).toHaveAttribute('data-presence', 'online');
});

test('who has read shows at once, to those who let others see it of them', async ({ ada, ben }) => {
  await ada.writesToDirectly('ben', 'Are you there?');
  await opensTheTalk(ada, 'Ben Okafor');
  const seen = ada.page.getByText('Seen by Ben Okafor');
  await expect(seen).toBeHidden();
  await opensTheTalk(ben, 'Ada Lovelace');
  await expect(seen).toBeVisible();

  await ben.page.goto('/settings');
  await ben.isLive();
  await ben.page.getByRole('button', { name: 'Do not let others see it' }).click();
  await expect(ben.page.getByRole('button', { name: 'Let others see what I have read' })).toBeVisible();
  await ada.page.reload();
  await ada.isLive();
  await expect(ada.page.getByRole('article').filter({ hasText: 'Are you there?' })).toBeVisible();
  await expect(seen).toBeHidden();
  await ben.page.getByRole('button', { name: 'Let others see what I have read' }).click();
  await expect(ben.page.getByRole('button', { name: 'Do not let others see it' })).toBeVisible();
  await ada.page.getByRole('textbox', { name: 'Message Ben Okafor' }).fill('And now?');
  await ada.page.keyboard.press('Enter');
  await ben.page.goBack();
  await expect(seen).toBeVisible();
});

test('on a phone one says it under "You"', async ({ ada, ben }) => {
  await ben.writesToDirectly('ada', 'Good morning');
  await ben.page.setViewportSize({ width: 390, height: 844 });
  await ben.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'You' }).click();
  const own = ben.page.getByRole('region', { name: 'Your status' });
  await own.getByLabel('Your status', { exact: true }).fill('On the train');
  await own.getByRole('button', { name: 'Set status' }).click();
  await expect(row(ada.page, 'Ben Okafor').getByRole('img', { name: 'On the train' })).toHaveText('💬');
  await own.getByRole('button', { name: 'Clear status' }).click();
  await expect(row(ada.page, 'Ben Okafor').getByRole('img', { name: 'On the train' })).toBeHidden();
});
