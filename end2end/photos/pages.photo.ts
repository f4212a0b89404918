// Every page with the demo community, wide and on a phone, light and dark, into photos-results/.
// They are for looking at; what must not change is said by the tests.
import { test, type Browser, type Page } from '@playwright/test';
import { awake } from '../helpers/person.ts';
import { Server } from '../helpers/server.ts';

const SIZES = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
const THEMES = ['light', 'dark'] as const;
const PASSWORD = 'millbrook-demo';

let demo: Server;
let empty: Server;
test.beforeAll(async () => {
  demo = await Server.start({ demo: true });
  empty = await Server.start();
});
test.afterAll(async () => {
  await demo.stop();
  await empty.stop();
});

async function signIn(page: Page, handle: string) {
  await page.goto('/sign-in');
  await awake(page);
  await page.getByLabel('Handle').fill(handle);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(/\/feed/);
}

async function visit(page: Page, path: string) {
  await page.goto(path);
  await awake(page);
}

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const theme of THEMES) {
    const look = { viewport, colorScheme: theme, reducedMotion: 'reduce' } as const;
    const at = async (browser: Browser, server: Server) => {
      const context = await browser.newContext({ ...look, baseURL: server.address });
      const page = await context.newPage();
      const shot = async (name: string) => {
        await page.waitForTimeout(250);
        await page.screenshot({ path: `photos-results/${name}-${size}-${theme}.png` });
      };
      return { context, page, shot };
    };

    test(`the doors, ${size}, ${theme}`, async ({ browser }) => {
      const { context, page, shot } = await at(browser, empty);
      await visit(page, '/setup');
      await shot('setup');
      await context.close();
      const again = await at(browser, demo);
      await visit(again.page, '/sign-in');
      await again.shot('sign-in');
      await again.page.getByLabel('Handle').fill('nobody');
      await again.page.getByLabel('Password', { exact: true }).fill('a wrong password');
      await again.page.getByRole('button', { name: 'Sign in' }).click();
      await again.page.getByRole('alert').waitFor();
      await again.shot('sign-in-refused');
      await visit(again.page, '/register');
      await again.shot('register');
      await visit(again.page, '/join/ended');
      await again.shot('join-ended');
      await visit(again.page, '/nowhere');
      await again.shot('not-found');
      await again.context.close();
    });

    test(`places and administration, ${size}, ${theme}`, async ({ browser }) => {
      const { context, page, shot } = await at(browser, demo);
      await signIn(page, 'mara');
      await shot('feed');
      const feed = new URL(page.url()).pathname;
      const base = feed.replace(/\/feed$/, '');
      await visit(page, `${feed}?write`);
      await page.getByLabel('Title').fill('Winter set: 34 new boulders');
      await page.getByLabel('Text').pressSequentially('Who can help? @');
      await page.getByRole('listbox').waitFor();
      await shot('write-completion');
      await page.keyboard.press('Escape');
      await page.getByLabel('Text').fill('**Sectors B and C** are closed.\n\n- [ ] soup\n- [x] holds\n\n| a | b |\n|---|---|\n| 1 | 2 |');
      await page.getByRole('button', { name: 'Preview' }).click();
      await page.getByRole('region', { name: 'Preview' }).locator('strong').waitFor();
      await shot('write-preview');
      await page.getByRole('button', { name: 'Write', exact: true }).click();
      await page.getByLabel('Title').fill('');
      await page.getByLabel('Text').fill('');
      await visit(page, feed);
      const posts = await page.locator('[data-act=open]').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
      await page.locator('article summary[aria-label^="More for"]').first().click();
      await shot('feed-menu');
      await page.keyboard.press('Escape');
      await page.locator('article summary[aria-label="Add a reaction"]').first().click();
      await shot('feed-reactions');
      await visit(page, posts[1]!);
      await shot('post');
      await page.locator('#comments > .composer').scrollIntoViewIfNeeded();
      await page.getByRole('textbox', { name: 'Write a comment' }).pressSequentially('Thank you @');
      await page.getByRole('listbox').waitFor();
      await shot('post-comments');
      await page.getByRole('textbox', { name: 'Write a comment' }).fill('');
      await visit(page, `${posts[1]}?edit=${posts[1]!.split('/').pop()}`);
      await shot('post-edit');
      await visit(page, `${posts[1]}?history`);
      await shot('post-history');
      await visit(page, feed);
      await page.keyboard.press('j');
      await page.keyboard.press('j');
      await shot('feed-focus');
      await page.keyboard.press('Control+k');
      await page.getByRole('dialog').getByRole('option').first().waitFor();
      await shot('palette');
      await page.keyboard.type('an');
      await shot('palette-typed');
      await page.keyboard.type('zzz');
      await shot('palette-empty');
      await page.keyboard.press('Escape');
      await page.keyboard.press('?');
      await shot('shortcuts');
      const pages: Record<string, string> = {
        inbox: '/inbox', 'inbox-unread': '/inbox?show=unread', people: `${base}/people`, 'people-none': `${base}/people?q=zzzz`,
        person: `${base}/people/mara`, workspace: `${base}/settings`, settings: '/settings', notifications: '/settings/notifications', devices: '/settings/devices',
        search: `${base}/search`, 'search-found': `${base}/search?q=the`, 'search-filtered': `${base}/search?q=the%20from:@mara%20after:2025&order=newest`,
        'search-none': `${base}/search?q=zzzz`, 'search-refused': `${base}/search?q=before:soon`, password: '/settings/password', account: '/settings/account', admin: '/admin', 'admin-people': '/admin/people',
        'admin-workspaces': '/admin/workspaces', 'admin-audit': '/admin/audit', 'post-gone': `${base}/posts/018f0000-0000-7000-8000-000000000000`,
        'workspace-none': '/w/nowhere/feed',
      };
      for (const [name, path] of Object.entries(pages)) {
        await visit(page, path);
        await shot(name);
      }
      await context.close();
    });

    test(`conversations, ${size}, ${theme}`, async ({ browser }) => {
      const { context, page, shot } = await at(browser, demo);
      await signIn(page, 'mara');
      const base = new URL(page.url()).pathname.replace(/\/feed$/, '');
      await visit(page, `${base}/rooms`);
      await shot('rooms');
      for (const kind of ['room', 'group', 'direct']) {
        await visit(page, `${base}/new?kind=${kind}`);
        await shot(`new-${kind}`);
      }
      await visit(page, `${base}/chats`);
      await shot('chats');
      const links = page.locator('main a[href*="/c/"]');
      const paths = await links.evaluateAll((found) => found.map((link) => link.getAttribute('href') ?? ''));
      for (const [index, path] of [...new Set(paths)].slice(0, 4).entries()) {
        await visit(page, path);
        await shot(`conversation-${index}`);
      }
      await visit(page, paths[0] ?? '');
      await page.locator('article').last().hover();
      await shot('message-tools');
      const thread = page.locator('a[href*="thread="]').first();
      if (await thread.count()) {
        await visit(page, (await thread.getAttribute('href')) ?? '');
        await shot('thread');
      }
      await visit(page, `${paths[0]}?details`);
      await shot('details');
      await context.close();
    });
  }
}
