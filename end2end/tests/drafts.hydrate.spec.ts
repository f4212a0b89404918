// What was begun is there again: after a reload, in a browser that was killed, on another device.
import { BrowserContext, chromium, expect, Page } from '@playwright/test';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from '../helpers/fixtures.ts';
import { awake, PASSWORD, Person } from '../helpers/person.ts';
import { composer, message, opens, says } from '../helpers/talk.ts';

function answer(page: Page) {
  return page.getByRole('textbox', { name: 'Reply in the thread' });
}

test('a draft per room and per thread survives a reload and comes to another device', async ({ ada, browser, server }) => {
  await opens(ada);
  await says(ada.page, 'Who brings the rope?');
  const row = message(ada.page, 'Who brings the rope?');
  await row.hover();
  await row.getByRole('link', { name: 'Reply in a thread' }).click();
  await answer(ada.page).fill('in the thread');
  await composer(ada.page).fill('in the room');
  const address = ada.page.url();
  await ada.page.reload();
  await ada.isLive();
  await expect(answer(ada.page)).toHaveValue('in the thread');
  await expect(composer(ada.page)).toHaveValue('in the room');

  const phone = await Person.at(browser, server, 'Ada Lovelace', { viewport: { width: 390, height: 844 } });
  await phone.signsIn();
  await phone.page.goto(address);
  await phone.isLive();
  await expect(answer(phone.page)).toHaveValue('in the thread');
  await phone.page.getByRole('complementary', { name: 'Thread' }).getByRole('link', { name: 'Back' }).click();
  await expect(composer(phone.page)).toHaveValue('in the room');
  // What goes on there comes here, to a page in which nobody writes.
  await ada.page.getByRole('heading', { name: 'Thread' }).click();
  await composer(phone.page).fill('in the room, on the phone');
  await expect(composer(ada.page)).toHaveValue('in the room, on the phone');
  // Sent there, it is gone here.
  await composer(phone.page).press('Enter');
  await expect(message(ada.page, 'in the room, on the phone')).toHaveCount(1);
  await expect(composer(ada.page)).toHaveValue('');
  await expect(answer(ada.page)).toHaveValue('in the thread');
  phone.hasNoComplaints();
  await phone.leaves();
});

/** The process of a browser on this profile. */
function processOf(profile: string): number {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const found = processes.find((id) => {
    try {
      const words = readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0');
      return words.includes(`--user-data-dir=${profile}`) && !words.some((word) => word.startsWith('--type='));
    } catch {
      return false; // It ended meanwhile.
    }
  });
  if (!found) throw new Error(`no browser on ${profile}`);
  return Number(found);
}

/** Whether a text is in what the browser wrote of its storage to the disk. */
function isOnDisk(profile: string, text: string): boolean {
  const folder = join(profile, 'Default/Local Storage/leveldb');
  return readdirSync(folder).some((name) => readFileSync(join(folder, name)).includes(text));
}

test('a draft that no server has is there again after the browser was killed', async ({ ada, server }, { project }) => {
  test.skip(process.platform !== 'linux', 'finds the browser in /proc');
  await opens(ada);
  const address = ada.page.url();
  const profile = mkdtempSync(join(tmpdir(), 'hubbub-profile-'));
  const begins = async (): Promise<[BrowserContext, Page]> => {
    const context = await chromium.launchPersistentContext(profile, {
      ...project.use.launchOptions,
      baseURL: server.address,
      serviceWorkers: 'block',
    });
    return [context, context.pages()[0] ?? (await context.newPage())];
  };
  try {
    // Signed in, and closed as people close it: the session is on the disk.
    const [first, page] = await begins();
    await page.goto('/sign-in');
    await awake(page);
    await page.getByLabel('Handle').fill(ada.handle);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page).toHaveURL(/\/feed/);
    await first.close();

    const [second, writing] = await begins();
    await writing.goto(address);
    await awake(writing);
    await expect(writing.getByTestId('connection')).toHaveText('Connected');
    await second.setOffline(true);
    await composer(writing).fill('written on a dead line');
    await expect.poll(() => isOnDisk(profile, 'written on a dead line')).toBe(true);
    const gone = new Promise((done) => second.once('close', done));
    process.kill(processOf(profile), 'SIGKILL');
    await gone;

    const [third, again] = await begins();
    await again.goto(address);
    await awake(again);
    await expect(composer(again)).toHaveValue('written on a dead line');
    // Now the server hears of it too.
    await expect(composer(ada.page)).toHaveValue('written on a dead line');
    await third.close();
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
});
