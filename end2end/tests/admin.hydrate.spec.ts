// The administration: for administrators, and for nobody else.
import { expect, test } from '../helpers/fixtures.ts';

test('an administrator sees people, figures and the audit log', async ({ ada, ben }) => {
  await ada.page.getByRole('link', { name: 'Administration' }).click();
  await expect(ada.page.getByText('Everything runs')).toBeVisible();
  await expect(ada.page.getByText('Here now')).toBeVisible();
  await ada.page.getByRole('link', { name: 'People' }).first().click();
  await expect(ada.page.getByRole('row', { name: new RegExp(ben.name) })).toBeVisible();
  await ada.page.getByRole('link', { name: 'Audit log' }).click();
  await expect(ada.page.getByRole('row').filter({ hasText: 'session.started' }).first()).toBeVisible();
});

test('a member gets a designed 403, a stranger the sign-in page', async ({ ben, browser, server }) => {
  ben.expectsNetworkErrors = true;
  for (const path of ['/admin', '/admin/people', '/admin/workspaces', '/admin/audit']) {
    const answer = await ben.page.goto(path);
    expect(answer?.status(), path).toBe(403);
    await expect(ben.page.getByRole('heading', { name: 'This is not for you to see' })).toBeVisible();
  }
  const context = await browser.newContext({ baseURL: server.address });
  const page = await context.newPage();
  await page.goto('/admin');
  await expect(page).toHaveURL(/\/sign-in\?to=\/admin$/);
  await context.close();
});

test('deactivating somebody closes their page at once', async ({ ada, ben }) => {
  ben.expectsNetworkErrors = true;
  await ada.page.goto('/admin/people');
  await ada.isLive();
  await ada.page.locator('summary[aria-label="For Ben Okafor"]').click();
  await ada.page.getByRole('button', { name: 'Deactivate' }).click();
  await expect(ben.page.getByRole('dialog', { name: 'You were signed out' })).toBeVisible();
  await expect(ada.page.getByRole('row', { name: /Ben Okafor/ })).toContainText('Deactivated');
});
