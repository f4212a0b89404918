// Getting in: first run, invitations, sign-in, devices.
import { PASSWORD, Person, awake } from '../helpers/person.ts';
import { WORKSPACE, expect, test } from '../helpers/fixtures.ts';

test('the first person sets up the instance, and nobody can do it again', async ({ ada, browser, server }) => {
  await expect(ada.page.getByRole('heading', { name: 'Nobody has written here yet' })).toBeVisible();
  const stranger = await Person.at(browser, server, 'Eve');
  await stranger.page.goto('/setup');
  await expect(stranger.page).toHaveURL(/\/sign-in$/);
  await stranger.leaves();
});

test('an invitation brings a second person in, and both see each other', async ({ ada, ben }) => {
  await expect(ada.page.getByTestId('online')).toHaveText('2 online');
  await expect(ben.page.getByTestId('online')).toHaveText('2 online');
});

test('an invitation that was revoked lets nobody in', async ({ ada, browser, server }) => {
  const link = await ada.invites();
  await ada.page.getByRole('link', { name: 'Invite people' }).click();
  await ada.page.getByRole('button', { name: 'Revoke' }).click();
  await expect(ada.page.getByRole('button', { name: 'Revoke' })).toHaveCount(0);
  const eve = await Person.at(browser, server, 'Eve');
  const answer = await eve.page.goto(link);
  expect(answer?.status()).toBe(404);
  await expect(eve.page.getByRole('heading', { name: 'This invitation has ended' })).toBeVisible();
  await eve.leaves();
});

test('a wrong password says so and keeps the handle', async ({ ada, browser, server }) => {
  const again = await Person.at(browser, server, 'Ada Lovelace');
  again.expectsNetworkErrors = true;
  await again.page.goto('/sign-in');
  await awake(again.page);
  await again.page.getByLabel('Handle').fill(ada.handle);
  await again.page.getByLabel('Password', { exact: true }).fill('wrong horse battery');
  await again.page.getByRole('button', { name: 'Sign in' }).click();
  await expect(again.page.getByRole('alert')).toBeVisible();
  await expect(again.page.getByLabel('Handle')).toHaveValue(ada.handle);
  await again.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await again.page.getByRole('button', { name: 'Sign in' }).click();
  await again.isInTheFeed();
  again.hasNoComplaints();
  await again.leaves();
});

test('a signed-out person signs in and lands on the page they wanted', async ({ ada, browser, server }) => {
  const phone = await Person.at(browser, server, 'Ada Lovelace');
  await phone.page.goto('/settings/devices');
  await expect(phone.page).toHaveURL(/\/sign-in\?to=/);
  await awake(phone.page);
  await phone.page.getByLabel('Handle').fill(ada.handle);
  await phone.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await phone.page.getByRole('button', { name: 'Sign in' }).click();
  await expect(phone.page).toHaveURL(/\/settings\/devices$/);
  await expect(phone.page.getByText('This device')).toBeVisible();
  await phone.leaves();
});

test('signing a device out from afar closes it at once and keeps what was typed', async ({ ada, browser, server }) => {
  const phone = await Person.at(browser, server, 'Ada Lovelace');
  phone.expectsNetworkErrors = true;
  await phone.signsIn();
  await phone.page.getByRole('link', { name: 'New post' }).first().click();
  await phone.page.getByLabel('Title').fill('Half a thought');
  await ada.page.goto('/settings/devices');
  await awake(ada.page);
  await ada.page.getByRole('button', { name: /^Sign out / }).first().click();
  await expect(phone.page.getByRole('dialog', { name: 'You were signed out' })).toBeVisible();
  const dialog = phone.page.getByRole('dialog');
  await dialog.getByLabel('Handle').fill(ada.handle);
  await dialog.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await expect(dialog).toBeHidden();
  await expect(phone.page.getByLabel('Title')).toHaveValue('Half a thought');
  await phone.leaves();
});

test('signing out leads to the sign-in page, and back does not lead in', async ({ ada }) => {
  await ada.page.goto('/settings');
  await ada.page.getByRole('button', { name: 'Sign out' }).click();
  await expect(ada.page).toHaveURL(/\/sign-in$/);
  await ada.page.goto(`/w/${WORKSPACE.toLowerCase().replace(/ /g, '-')}/feed`);
  await expect(ada.page).toHaveURL(/\/sign-in\?to=/);
});
