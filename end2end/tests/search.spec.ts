// The search without WASM: it is a page with a form.
import { expect, test } from '../helpers/fixtures.ts';

test('the search can be used without WASM', async ({ ada, browser, server }) => {
  await ada.writesAPost('Winter soup on Sunday', 'Bring a **bowl** and a spoon.');
  const context = await browser.newContext({
    baseURL: server.address,
    javaScriptEnabled: false,
    storageState: await ada.context.storageState(),
  });
  const page = await context.newPage();
  await page.goto(ada.page.url());
  await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'Search', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Find what was written' })).toBeVisible();
  await page.getByRole('searchbox').fill('bowl wint');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await expect(page).toHaveURL(/\/search\?q=bowl/);
  const hit = page.getByRole('list', { name: 'Results' }).getByRole('article');
  await expect(hit).toHaveCount(1);
  await expect(hit.locator('mark')).toHaveText(['Wint', 'bowl']);
  await page.getByRole('link', { name: 'Files' }).click();
  await expect(page.getByRole('heading', { name: 'Nothing found' })).toBeVisible();
  await page.getByRole('link', { name: 'Files' }).click();
  await page.getByRole('link', { name: 'Newest first' }).click();
  await hit.getByRole('link').click();
  await expect(page.getByRole('heading', { name: 'Winter soup on Sunday' })).toBeVisible();
  await context.close();
});
