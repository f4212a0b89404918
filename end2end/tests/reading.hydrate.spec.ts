// What somebody reads stays where it is: on any screen, however late its pictures come, however much arrives.
import { expect, Locator, Page } from '@playwright/test';
import { test } from '../helpers/fixtures.ts';
import { png } from '../helpers/files.ts';
import { Person } from '../helpers/person.ts';
import { ask, belowTheEnd, conversationOn, message, messages, newId, opens, places, roomLink, sends, uploads } from '../helpers/talk.ts';

/** Where something stands on the screen, in parts of a pixel. */
async function top(row: Locator): Promise<number> {
  return row.evaluate((element) => element.getBoundingClientRect().top);
}

/** Requests for pictures wait until they are let go. */
async function holdsPictures(page: Page) {
  let release = () => {};
  const until = new Promise<void>((done) => (release = done));
  let waiting = 0;
  await page.route('**/files/**', async (route) => {
    waiting += 1;
    await until;
    await route.continue();
  });
  return { waiting: () => waiting, release: () => release() };
}

/** Every picture of which a part is on screen has come. */
async function picturesAreThere(page: Page) {
  await expect
    .poll(() =>
      page.locator('.talk .scroll-end').evaluate((scroller) => {
        const view = scroller.getBoundingClientRect();
        const seen = [...scroller.querySelectorAll('img')].filter((image) => {
          const box = image.getBoundingClientRect();
          return box.top < view.bottom && view.top < box.bottom;
        });
        return seen.filter((image) => image.src.includes('/files/')).map((image) => image.complete && image.naturalWidth > 0);
      }),
    )
    .not.toContain(false);
}

/** A message with a picture, from somebody whose page is not looked at. */
async function sendsAPicture(page: Page, room: string, body: string, height: number) {
  const file = await uploads(page, room, `${body}.png`, png(320, height));
  return sends(page, room, body, { attachments: [file] });
}

/** The first message of which something is on screen. */
async function topmost(page: Page): Promise<Locator> {
  const id = await page.locator('.talk .scroll-end').evaluate((scroller) => {
    const top = scroller.getBoundingClientRect().top;
    const rows = [...scroller.querySelectorAll('article')];
    return rows.find((row) => top < row.getBoundingClientRect().bottom)!.id;
  });
  return page.locator(`[id="${id}"]`);
}

test('the first unread line stays in its place at any density of the screen, with late pictures and edits above it', async ({ ada, browser, server }) => {
  test.setTimeout(240_000);
  const link = await ada.invites();
  const people: Person[] = [];
  for (const [name, deviceScaleFactor] of [['Ben Okafor', 1], ['Cleo Tanaka', 1.5], ['Dov Adler', 2]] as const) {
    const person = await Person.at(browser, server, name, { deviceScaleFactor });
    await person.joins(link);
    people.push(person);
  }
  await opens(ada);
  const room = conversationOn(ada.page);
  const above: string[] = [];
  for (let n = 0; n < 24; n += 1) {
    const sent = n % 4 === 3 ? await sendsAPicture(ada.page, room, `old ${n}`, 180 + n) : await sends(ada.page, room, `old ${n}`);
    above.push(sent.id);
  }
  for (const person of people) {
    await opens(person);
    await message(person.page, 'old 23').scrollIntoViewIfNeeded();
    await expect(roomLink(person.page)).toHaveAccessibleName('general');
    await person.page.goto('/inbox');
    await person.isLive();
  }
  for (let n = 0; n < 16; n += 1) {
    if (n % 3 === 1) await sendsAPicture(ada.page, room, `new ${n}`, 200 + n);
    else await sends(ada.page, room, `new ${n}`);
  }
  for (const person of people) {
    const { page } = person;
    await expect(roomLink(page)).toHaveAccessibleName('general, unread');
    const pictures = await holdsPictures(page);
    await roomLink(page).click();
    const line = page.getByText(/16 new since/);
    await expect(line).toBeInViewport();
    await expect.poll(pictures.waiting).toBeGreaterThan(1);
    const before = await top(line);
    const rows = await messages(page).evaluateAll((rows) => rows.map((row) => row.getBoundingClientRect().height));
    const view = (await page.locator('.talk .scroll-end').boundingBox())!;
    expect((before - view.y) / view.height).toBeGreaterThan(0.2);
    expect((before - view.y) / view.height).toBeLessThan(0.5);
    pictures.release();
    await picturesAreThere(page);
    expect(Math.abs((await top(line)) - before), `${person.name}: pictures`).toBeLessThanOrEqual(1);
    expect(await messages(page).evaluateAll((rows) => rows.map((row) => row.getBoundingClientRect().height))).toEqual(rows);
    // What stands above the screen grows, line by line.
    for (let edit = 1; edit <= 6; edit += 1) {
      const body = Array.from({ length: edit * 3 }, (_, at) => `${person.handle} line ${at}`).join('\n\n');
      const base = (await ask<{ message: { version: number } }>(ada.page, 'messages.get', { id: above[14] })).message.version;
      await ask(ada.page, 'messages.update', { id: above[14], base, body });
      await expect(message(page, `${person.handle} line ${edit * 3 - 1}`)).toHaveCount(1);
      expect(Math.abs((await top(line)) - before), `${person.name}: edit ${edit}`).toBeLessThanOrEqual(1);
    }
    person.hasNoComplaints();
    await person.leaves();
  }
});

test('a flood of a hundred stays at the bottom, moves nothing for who reads above, and pictures come into it', async ({ ada, ben }) => {
  await opens(ada);
  await opens(ben);
  const room = conversationOn(ada.page);
  const flood = async (word: string) => {
    for (let n = 1; n <= 100; n += 10) {
      await Promise.all(Array.from({ length: 10 }, (_, at) => sends(ada.page, room, `${word} ${n + at}`)));
      if (n % 30 === 1) await sendsAPicture(ada.page, room, `${word} picture ${n}`, 240);
    }
    await sends(ada.page, room, `${word} last`);
  };
  await places(ada.page).getByRole('link', { name: 'Feed' }).click();
  // From the first to the last of them the end was never lost.
  await ben.page.locator('.talk .scroll-end').evaluate((scroller) => {
    const kept = window as unknown as { farthest: number };
    kept.farthest = 0;
    const look = () => {
      const list = scroller.firstElementChild!.getBoundingClientRect();
      kept.farthest = Math.max(kept.farthest, list.bottom - scroller.getBoundingClientRect().bottom);
      requestAnimationFrame(look);
    };
    look();
  });
  await flood('first');
  await expect(message(ben.page, 'first last')).toBeInViewport();
  expect(await belowTheEnd(ben.page)).toBeLessThanOrEqual(1);
  expect(await ben.page.evaluate(() => (window as unknown as { farthest: number }).farthest)).toBeLessThanOrEqual(1);

  await ben.page.locator('.talk .scroll-end').hover();
  await ben.page.mouse.wheel(0, -1500);
  await expect.poll(() => belowTheEnd(ben.page)).toBeGreaterThan(1400);
  const reading = await topmost(ben.page);
  const before = await top(reading);
  await flood('second');
  const pill = ben.page.getByRole('button', { name: /^10[0-9] new$/ });
  await expect(pill).toBeVisible();
  expect(Math.abs((await top(reading)) - before)).toBeLessThanOrEqual(1);
  await pill.click();
  await expect(message(ben.page, 'second last')).toBeInViewport();
  await expect.poll(() => belowTheEnd(ben.page)).toBeLessThanOrEqual(1);
  await expect(pill).toHaveCount(0);
});

test('a comment far down a post is found: from a link, from a search, and by who is told of it', async ({ ada, ben }) => {
  await ada.writesAPost('Who brings what');
  await ada.opensPost('Who brings what');
  const post = /\/posts\/([0-9a-f-]+)/.exec(ada.page.url())![1];
  await ben.page.getByRole('navigation', { name: 'Places' }).getByRole('link', { name: 'People', exact: true }).click();
  const ids: string[] = [];
  for (let n = 1; n <= 120; n += 1) {
    const body = n === 115 ? 'needle for @ben' : `comment ${n}`;
    const comment = await ask<{ id: string }>(ada.page, 'comments.create', { id: newId(), post, body });
    ids.push(comment.id);
  }
  const { page } = ben;
  const found = page.locator(`[id="comment-${ids[114]}"]`);
  await page.goto(`/w/overhang-co-op/posts/${post}#comment-${ids[114]}`);
  await expect(found).toBeInViewport();
  await expect(found).toBeFocused();

  await page.goto('/w/overhang-co-op/search?q=needle');
  await ben.isLive();
  await page.getByRole('list', { name: 'Results' }).getByRole('article').getByRole('link').click();
  await expect(found).toBeInViewport();
  await expect(found).toHaveClass(/is-target/);

  await page.goto('/inbox');
  await ben.isLive();
  await page.getByRole('link', { name: /mentioned you in Who brings what/ }).click();
  await expect(found).toBeInViewport();
  await expect(found).toBeFocused();

  // One that is gone is said to be gone.
  await ask(ada.page, 'comments.delete', { id: ids[114] });
  await page.goto(`/w/overhang-co-op/posts/${post}#comment-${ids[114]}`);
  await page.reload();
  await expect(page.getByText('This comment is not here any more.')).toBeVisible();
});
