// Other programs: what they publish is on open pages at once, can be filtered, and reaches the inbox.
import type { Page } from '@playwright/test';
import { expect, test } from '../helpers/fixtures.ts';
import { Person, awake } from '../helpers/person.ts';

const ACTIVITY = '/w/overhang-co-op/activity';

/** A bot with a token, made as its page makes them, and what it does from outside of any browser. */
async function makesABot(admin: Person, name: string, handle: string) {
  const inPage = (command: string, body: object) =>
    admin.page.evaluate(
      async ([command, body]) => {
        const headers = { 'content-type': 'application/json', accept: 'application/json' };
        const answer = await fetch(`/api/${command}`, { method: 'POST', headers, body: JSON.stringify(body) });
        if (!answer.ok) throw new Error(`${command}: ${await answer.text()}`);
        return answer.json();
      },
      [command, body] as const,
    );
  const me = await inPage('account.get', {});
  const workspace = me.workspaces[0].workspace.id;
  const bot = crypto.randomUUID();
  await inPage('bots.create', { id: bot, workspace, name, handle, role: 'member', hue: 8 });
  const token = { id: crypto.randomUUID(), name: 'Books', scopes: ['events'], days: 30, bot };
  const { secret } = await inPage('tokens.create', token);
  return async (kind: string, payload: unknown, more: object = {}) => {
    const events = [{ id: crypto.randomUUID(), kind, payload, ...more }];
    const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ workspace, events });
    const answer = await fetch(`${admin.server.address}/api/events.publish`, { method: 'POST', headers, body });
    expect(answer.status, await answer.clone().text()).toBe(200);
  };
}

function events(page: Page) {
  return page.getByRole('list', { name: 'Events' }).getByRole('article');
}

async function opensActivity(person: Person) {
  await person.page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Activity' }).click();
  await expect(person.page).toHaveURL(/\/activity$/);
  await person.isLive();
}

test('what a program publishes is on every open page at once, and in the inbox', async ({ ada, ben }) => {
  const publish = await makesABot(ada, 'Ledger', 'ledger');
  for (const person of [ada, ben]) {
    await opensActivity(person);
    await expect(person.page.getByRole('heading', { name: 'Nothing has happened yet' })).toBeVisible();
  }
  const notice = { text: 'Invoice 2026-041 was paid', link: 'https://books.example.org/41' };
  await publish('invoice:paid', { number: '2026-041', amount: 120.5, note: '<b>"&\u202e' }, { notice });
  for (const person of [ada, ben]) {
    const row = events(person.page).filter({ hasText: 'invoice paid' });
    await expect(row).toContainText('Ledger');
    await expect(row.getByText('Bot', { exact: true })).toBeVisible();
    await expect(row).toContainText('120.5');
    await expect(row.getByRole('link', { name: notice.text })).toHaveAttribute('href', notice.link);
    await row.getByText('Details').click();
    await expect(row.getByLabel('What the event carries')).toContainText('"note": "<b>\\"&\\u202e"');
  }
  await publish('stock:updated', { left: 3 });
  await expect(events(ben.page)).toHaveCount(2);
  await expect(events(ben.page).first()).toContainText('stock updated');

  await ben.page.getByRole('group', { name: 'What it is about' }).getByRole('link', { name: 'invoice' }).click();
  await expect(ben.page).toHaveURL(/\?kind=invoice$/);
  await expect(events(ben.page)).toHaveCount(1);
  await publish('stock:updated', { left: 2 });
  await publish('invoice:sent', { number: '2026-042' });
  await expect(events(ben.page)).toHaveCount(2);
  await expect(events(ben.page).first()).toContainText('invoice sent');
  await ben.page.reload();
  await awake(ben.page);
  await expect(events(ben.page)).toHaveCount(2);

  await ben.page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Inbox' }).click();
  const told = ben.page.getByRole('listitem').filter({ hasText: 'Ledger: invoice paid' });
  await expect(told).toContainText(notice.text);
  await expect(told.getByRole('link')).toHaveAttribute('href', notice.link);

  await events(ada.page).filter({ hasText: 'invoice paid' }).getByRole('button', { name: 'Delete' }).click();
  await expect(events(ada.page)).toHaveCount(3);
  await expect(ben.page.getByRole('listitem').filter({ hasText: notice.text })).toHaveCount(0);
});

test('a kind that admins register is enforced until they remove it', async ({ ada, ben }) => {
  await ada.page.goto('/w/overhang-co-op/settings');
  await awake(ada.page);
  await ada.page.getByRole('link', { name: 'Manage event kinds' }).click();
  await expect(ada.page.getByRole('heading', { name: 'No kinds' })).toBeVisible();
  // The refusals are the point.
  ada.expectsNetworkErrors = true;
  await ada.page.getByLabel('Kind', { exact: true }).fill('invoice:paid');
  await ada.page.getByLabel('JSON Schema').fill('{ "required": [');
  await ada.page.getByRole('button', { name: 'Register' }).click();
  await expect(ada.page.getByRole('alert')).toContainText('This is no JSON');
  await ada.page.getByLabel('JSON Schema').fill('{ "required": ["amount"] }');
  await ada.page.getByRole('button', { name: 'Register' }).click();
  const row = ada.page.getByRole('list', { name: 'Registered kinds' }).getByRole('listitem');
  await expect(row).toContainText('invoice:paid');
  const publish = await makesABot(ada, 'Ledger', 'ledger');
  await expect(publish('invoice:paid', {})).rejects.toThrow('amount');
  await ben.page.goto('/w/overhang-co-op/kinds');
  await awake(ben.page);
  await expect(ben.page.getByText('invoice:paid')).toBeVisible();
  await expect(ben.page.getByRole('button', { name: 'Remove invoice:paid' })).toHaveCount(0);
  await row.getByRole('button', { name: 'Remove invoice:paid' }).click();
  await expect(row).toHaveCount(0);
  await publish('invoice:paid', {});
});

test('older events load, and each page has an address', async ({ ada }) => {
  const publish = await makesABot(ada, 'Ledger', 'ledger');
  for (let n = 1; n <= 53; n += 1) await publish('stock:updated', { left: n });
  await ada.page.goto(ACTIVITY);
  await awake(ada.page);
  await expect(events(ada.page)).toHaveCount(50);
  const more = ada.page.getByRole('link', { name: 'Load more' });
  const address = await more.getAttribute('href');
  await more.click();
  await expect(events(ada.page)).toHaveCount(53);
  await expect(more).toHaveCount(0);
  await ada.page.goto(address!);
  await awake(ada.page);
  await expect(events(ada.page)).toHaveCount(3);
});
