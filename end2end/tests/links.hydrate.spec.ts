// Links: previews of pages come by themselves, rooms are completed after #, and the palette finds them.
import { createServer, Server as Site } from 'node:http';
import { AddressInfo } from 'node:net';
import { expect, test as base } from '../helpers/fixtures.ts';
import { awake, Person } from '../helpers/person.ts';
import { Server } from '../helpers/server.ts';

const test = base.extend<{ site: string }>({
  server: async ({}, use) => {
    const server = await Server.start({ settings: { HUBBUB_LINKS_TO_LOOPBACK: 'true' } });
    await use(server);
    await server.stop();
  },
  site: async ({}, use) => {
    const site: Site = createServer((_, answer) => {
      answer.setHeader('content-type', 'text/html; charset=utf-8');
      answer.end(`<head><title>Soup for many</title><meta property="og:site_name" content="Kitchen">
        <meta name="description" content="What to buy, <b>and</b> for how many."></head><body></body>`);
    });
    await new Promise<void>((done) => site.listen(0, '127.0.0.1', done));
    await use(`http://127.0.0.1:${(site.address() as AddressInfo).port}/soup`);
    await new Promise((done) => site.close(done));
  },
});

async function opensTheRoom({ page }: Person) {
  await page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'general' }).click();
  await expect(page.getByRole('textbox', { name: 'Message #general' })).toBeVisible();
}

test('what a page is stands below the message in both windows, until its author takes it away', async ({ ada, ben, site }) => {
  await opensTheRoom(ada);
  await opensTheRoom(ben);
  const composer = ada.page.getByRole('textbox', { name: /^Message / });
  await composer.fill(`Dinner: ${site}`);
  await composer.press('Enter');
  for (const person of [ada, ben]) {
    const pages = person.page.getByRole('list', { name: 'Linked pages' });
    await expect(pages.getByRole('link', { name: 'Soup for many' })).toHaveAttribute('href', site);
    await expect(pages).toContainText('Kitchen');
    await expect(pages, 'a stranger’s words are text').toContainText('What to buy, <b>and</b> for how many.');
  }
  await expect(ben.page.getByRole('button', { name: 'Remove the preview of Soup for many' })).toHaveCount(0);
  await ben.page.reload();
  await expect(ben.page.getByRole('list', { name: 'Linked pages' })).toBeVisible();
  await ada.page.getByRole('button', { name: 'Remove the preview of Soup for many' }).click();
  for (const person of [ada, ben]) {
    await expect(person.page.getByRole('list', { name: 'Linked pages' })).toHaveCount(0);
    await expect(person.page.getByText(`Dinner: ${site}`)).toBeVisible();
  }
});

test('an admin turns previews of links off and on', async ({ ada, ben }) => {
  await ada.page.goto('/w/overhang-co-op/settings');
  await awake(ada.page);
  await ada.page.getByRole('button', { name: 'Turn previews off' }).click();
  await expect(ada.page.getByRole('button', { name: 'Turn previews on' })).toBeVisible();
  await expect(ada.page.getByRole('button', { name: 'Turn previews off' })).toBeHidden();
  await ada.page.getByRole('button', { name: 'Turn previews on' }).click();
  await expect(ada.page.getByRole('button', { name: 'Turn previews off' })).toBeVisible();
  await ben.page.goto('/w/overhang-co-op/settings');
  await expect(ben.page.getByRole('heading', { name: 'Leave' })).toBeVisible();
  await expect(ben.page.getByRole('heading', { name: 'Previews of links' })).toHaveCount(0);
});

test('a room is completed after # and its link leads there; the palette finds it too', async ({ ada, ben }) => {
  await ada.page.goto('/w/overhang-co-op/new?kind=room');
  await awake(ada.page);
  await ada.page.getByLabel('Name').fill('winter set');
  await ada.page.getByRole('button', { name: 'Begin the room' }).click();
  await expect(ada.page).toHaveURL(/\/c\/[0-9a-f-]+$/);
  const room = new URL(ada.page.url()).pathname;

  await opensTheRoom(ben);
  const composer = ben.page.getByRole('textbox', { name: /^Message / });
  await composer.pressSequentially('See #set');
  const list = ben.page.getByRole('listbox', { name: 'Suggestions' });
  await expect(list.getByRole('option'), 'one that he has not joined').toHaveText(['winter-set']);
  await composer.press('Enter');
  await expect(composer).toHaveValue('See #winter-set ');
  await composer.press('Enter');
  const link = ben.page.getByRole('article').getByRole('link', { name: '#winter-set' });
  await expect(link).toHaveAttribute('href', room);
  await link.click();
  await expect(ben.page).toHaveURL(new RegExp(`${room}$`));

  await ben.page.keyboard.press('ControlOrMeta+k');
  const palette = ben.page.getByRole('dialog', { name: 'Search or jump to' });
  await palette.getByRole('combobox').pressSequentially('#gen');
  await expect(palette.getByRole('option').first()).toContainText('general');
  await ben.page.keyboard.press('Enter');
  await expect(ben.page.getByRole('heading', { name: /general/ }).first()).toBeVisible();
});
