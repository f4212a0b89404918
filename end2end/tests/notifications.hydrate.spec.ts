// What concerns one person: the bell, the inbox, toasts, and the same on all their tabs.
import { expect, test } from '../helpers/fixtures.ts';

test('a mention rings, shows a toast, and is read on all tabs at once', async ({ ada, ben }) => {
  const second = await ben.opensATab('/inbox');
  await ben.page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'People', exact: true }).click();
  await ada.writesAPost('Rope check', 'Could @ben look at this?');
  await expect(ben.page.getByRole('link', { name: 'Inbox, 1 unread' }).first()).toBeVisible();
  await expect(ben.page.getByRole('region', { name: 'Messages' }).getByText('Ada Lovelace mentioned you in Rope check')).toBeVisible();
  await expect(second.getByText('Ada Lovelace mentioned you in Rope check').first()).toBeVisible();
  await second.getByRole('button', { name: 'Mark all read' }).click();
  await expect(ben.page.getByRole('link', { name: 'Inbox', exact: true }).first()).toBeVisible();
  await expect(ben.page.getByRole('link', { name: /unread/ })).toHaveCount(0);
});

test('reactions of several people are one notification', async ({ ada, ben, browser, server }) => {
  const link = await ada.invites();
  const { Person } = await import('../helpers/person.ts');
  const cleo = await Person.at(browser, server, 'Cleo Haddad');
  await cleo.joins(link);
  await ada.writesAPost('Soup');
  for (const person of [ben, cleo]) {
    await person.post('Soup').locator('summary[aria-label="Add a reaction"]').click();
    await person.post('Soup').getByRole('button', { name: 'Heart', exact: true }).click();
    await expect(ada.post('Soup').getByRole('button', { name: /^Heart, / })).toBeVisible();
  }
  await expect(ada.post('Soup').getByRole('button', { name: 'Heart, 2' })).toBeVisible();
  await ada.page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: /^Inbox/ }).click();
  await expect(ada.page.getByText(/Cleo Haddad and Ben Okafor reacted/).first()).toBeVisible();
  await cleo.leaves();
});

test('nobody is notified of what they do themselves', async ({ ada }) => {
  await ada.writesAPost('Note to @ada');
  await ada.opensPost('Note to @ada');
  await ada.comments('and @ada again');
  await expect(ada.comment('and @ada again')).toBeVisible();
  await ada.page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: /^Inbox/ }).click();
  await expect(ada.page.getByRole('heading', { name: 'Nothing has happened yet' })).toBeVisible();
});
